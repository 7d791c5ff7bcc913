"""The envelope of every JSON document, and the members that several share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.cli.remedies import spelled
from miwire.errors import ExitCode, NotAToken
from miwire.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from miwire.errors import MiwireError
    from miwire.finding import Finding
    from miwire.model.cloud import Account
    from miwire.plan.plan import Planned

SCHEMA_VERSION = 1


def document(
    command: str,
    exit_code: int,
    members: Mapping[str, object],
    *,
    verbatim: tuple[str, ...] = (),
) -> dict[str, object]:
    """
    Return the one document of a run: the envelope and the command's own *members*.

    What looks like a token or a key is taken out of every text, except for the members in
    *verbatim*, which the user requested.
    """
    told = {
        name: value if name in verbatim else _without_secrets(value)
        for name, value in members.items()
    }
    return {
        "schemaVersion": SCHEMA_VERSION,
        "command": command,
        "ok": exit_code == ExitCode.OK,
        "exitCode": int(exit_code),
        **told,
    }


def _without_secrets(value: object) -> object:
    match value:
        case str():
            return redacted(value)
        case dict():
            return {redacted(str(name)): _without_secrets(each) for name, each in value.items()}
        case list() | tuple():
            return [_without_secrets(each) for each in value]
    return value


def error_members(failure: MiwireError) -> dict[str, object]:
    """Return `error` of a document; `kind` says what an input is that isn't a token."""
    members: dict[str, object] = {
        "code": failure.code,
        "message": failure.message,
        "hint": failure.hint,
    }
    if failure.check:
        members["check"] = failure.check
    if isinstance(failure, NotAToken):
        members["kind"] = failure.kind
    return members


def context(account: Account | None) -> dict[str, object] | None:
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


def changes(planned: Iterable[Planned]) -> list[dict[str, object]]:
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


def findings(found: Iterable[Finding]) -> list[dict[str, object]]:
    """Return `findings` of a document."""
    return [
        {
            "id": each.id,
            "title": each.title,
            "verdict": each.verdict.value,
            "seen": each.seen,
            "fix": spelled(each.fix),
            "docs": each.docs,
            "category": each.category.value,
            "severity": each.severity.value,
            **({"follows": each.follows} if each.follows else {}),
        }
        for each in found
    ]
