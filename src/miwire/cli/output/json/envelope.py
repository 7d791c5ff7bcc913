"""The envelope of every JSON document, and the conversation beside it."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from miwire.domain.redaction import redacted
from miwire.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from miwire.domain.finding import Finding
    from miwire.errors import MiwireError
    from miwire.operations.change import Change, Planned

SCHEMA_VERSION = 1


@contextmanager
def step(doing: str) -> Iterator[None]:
    """Tell on stderr what is being done: the document is alone on stdout."""
    sys.stderr.write(f"{redacted(doing)} …\n")
    yield


def terminal_width() -> None:
    """Tell that a document has no width."""


def changed(change: Change) -> None:
    """Tell on stderr that a change was made."""
    sys.stderr.write(f"done: {change.summary}\n")


def error(failure: MiwireError, command: str) -> None:
    """Print the document of a command that failed; the sentence stands on stderr too."""
    sys.stderr.write(f"error[{failure.code}]: {failure.message}\n")
    if failure.hint:
        sys.stderr.write(f"hint: {failure.hint}\n")
    members: dict[str, Any] = {
        "error": {"code": failure.code, "message": failure.message, "hint": failure.hint}
    }
    if failure.changes:
        members |= {"changes": changes(failure.changes), "run": failure.run}
    document(command, failure.exit_code, members)


def document(command: str, exit_code: int, members: dict[str, Any]) -> None:
    """Print the one document of a run: the envelope and the command's own *members*."""
    whole = {
        "schemaVersion": SCHEMA_VERSION,
        "command": command,
        "ok": exit_code == ExitCode.OK,
        "exitCode": int(exit_code),
        **members,
    }
    # In ASCII, so that no claim of a token can steer the terminal that shows it.
    sys.stdout.write(json.dumps(whole, indent=2) + "\n")


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
