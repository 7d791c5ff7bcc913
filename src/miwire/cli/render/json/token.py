"""decode-token as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire import timestamps as moment
from miwire.cli.render.json.envelope import document, findings
from miwire.cli.render.json.probe import prediction
from miwire.tokens.notes import notes

if TYPE_CHECKING:
    from miwire.cli.results import TokenResult
    from miwire.operations.decode_token import AtGate
    from miwire.tokens.access_token import AccessToken
    from miwire.tokens.pasted import PastedToken


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
            **({"input": _input(report.pasted)} if report.pasted else {}),
            **({"predicted": _predicted(report.gate)} if report.gate else {}),
        },
        verbatim=("token",),
    )


def _input(pasted: PastedToken) -> dict[str, object]:
    """Return what the token was pasted in: the kinds of what was beside it, never their values."""
    return {
        "role": pasted.role.value,
        "foundIn": pasted.found_in or None,
        "ignored": list(pasted.beside),
    }


def _predicted(at: AtGate) -> dict[str, object]:
    return {"target": at.target, **prediction(at.verdict)}


def _members(token: AccessToken) -> dict[str, object]:
    return {
        "header": token.header,
        "claims": token.claims,
        "version": token.version,
        "kind": token.kind,
        "client": token.client,
        "issuedAt": _time(token.issued_at),
        "notBefore": _time(token.not_before),
        "expiresAt": _time(token.expires_at),
        "fingerprint": token.fingerprint,
        "notes": [{"kind": each.kind, "sentence": each.sentence} for each in notes(token)],
    }


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else moment.iso(seconds)
