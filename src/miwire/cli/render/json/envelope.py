"""The envelope of every JSON document, and the members that several share."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from miwire.errors import ExitCode
from miwire.redaction import redacted
from miwire.text import ascii_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from miwire.errors import MiwireError
    from miwire.finding import Finding
    from miwire.model.cloud import Account
    from miwire.plan.plan import Planned

SCHEMA_VERSION = 1


def document(
    command: str, exit_code: int, members: dict[str, Any], *, verbatim: tuple[str, ...] = ()
) -> None:
    """
    Print the one document of a run: the envelope and the command's own *members*.

    What looks like a token or a key is taken out of every text, except for the members in
    *verbatim*, which the user requested.
    """
    told = {
        name: value if name in verbatim else _without_secrets(value)
        for name, value in members.items()
    }
    whole = {
        "schemaVersion": SCHEMA_VERSION,
        "command": command,
        "ok": exit_code == ExitCode.OK,
        "exitCode": int(exit_code),
        **told,
    }
    # In ASCII, so that no claim of a token can steer the terminal that shows it.
    sys.stdout.write(ascii_json(whole, indent=2) + "\n")
    # Now, so that an answer that cannot be written is told while what was done is known.
    sys.stdout.flush()


def _without_secrets(value: Any) -> Any:  # noqa: ANN401  a JSON value is anything
    match value:
        case str():
            return redacted(value)
        case dict():
            return {redacted(str(name)): _without_secrets(each) for name, each in value.items()}
        case list() | tuple():
            return [_without_secrets(each) for each in value]
    return value


def error_members(failure: MiwireError) -> dict[str, Any]:
    """Return `error` of a document."""
    return {"code": failure.code, "message": failure.message, "hint": failure.hint}


def context(account: Account | None) -> dict[str, Any] | None:
    """Return `context` of a document: where and as whom a command worked."""
    if account is None:
        return None
    name = account.subscription_name
    return {
        "cloud": account.cloud,
        "tenant": {"id": account.tenant_id},
        "subscription": {"id": account.subscription_id, **({"name": name} if name else {})},
        "signedInAs": account.signed_in_as or None,
    }


def changes(planned: Iterable[Planned]) -> list[dict[str, Any]]:
    """Return `changes` of a document."""
    return [
        {
            "action": each.change.action,
            "summary": each.change.summary,
            "done": each.done,
            **({"begun": True} if each.begun else {}),
        }
        for each in planned
    ]


def findings(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return `findings` of a document."""
    return [
        {
            "id": each.id,
            "title": each.title,
            "verdict": each.verdict.value,
            "seen": each.seen,
            "fix": each.fix,
            "docs": each.docs,
        }
        for each in found
    ]
