"""What a gate was foretold to answer, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from miwire.easyauth.predict import GateVerdict


def foretold(verdict: GateVerdict) -> dict[str, Any]:
    """Return `predicted` of a probe's case, and `gate` of a token; status 200: the app's own."""
    return {
        "status": verdict.status,
        "rule": verdict.rule.value,
        "sentence": verdict.sentence,
        "unknown": verdict.unknown,
        "likely": verdict.likely,
    }
