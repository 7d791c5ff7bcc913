"""decode-token as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire import timestamps as moment
from miwire.cli.render.json.envelope import document, findings
from miwire.cli.render.json.probe import prediction

if TYPE_CHECKING:
    from miwire.cli.results import TokenResult
    from miwire.operations.decode_token import AtGate
    from miwire.tokens.access_token import AccessToken


def token(result: TokenResult) -> dict[str, object]:
    """Return the token, decoded, and what the checks said of it."""
    report = result.report
    return document(
        "decode-token",
        result.exit_code,
        {
            "token": _members(report.token),
            "verified": report.verified,
            "findings": findings(report.findings),
            **({"gate": _gate(report.gate)} if report.gate else {}),
        },
        verbatim=("token",),
    )


def _gate(at: AtGate) -> dict[str, object]:
    return {"target": at.target, **prediction(at.verdict)}


def _members(token: AccessToken) -> dict[str, object]:
    return {
        "header": token.header,
        "claims": token.claims,
        "version": token.version,
        "kind": token.kind,
        "issuedAt": _time(token.issued_at),
        "notBefore": _time(token.not_before),
        "expiresAt": _time(token.expires_at),
        "fingerprint": token.fingerprint,
    }


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else moment.iso(seconds)
