"""What a gate was foretold to answer, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from miwire.easyauth.predict import GateVerdict


def foretold(verdict: GateVerdict) -> str:
    """Return the answer and the rule behind it, in a few words."""
    if verdict.lets_through:
        return f"let through ({verdict.rule})"
    if not verdict.unknown:
        return f"{verdict.status} ({verdict.rule})"
    return f"unknown, likely {verdict.likely} ({verdict.rule})" if verdict.likely else "unknown"
