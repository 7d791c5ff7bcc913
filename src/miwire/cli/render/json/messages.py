"""What is not about one command: an error, and the version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.cli.render.json.envelope import changes, document, error_members
from miwire.errors import ExitCode

if TYPE_CHECKING:
    from miwire.cli.results import FailedResult, VersionResult


def failed(result: FailedResult) -> dict[str, object]:
    """Return the document of a command that failed."""
    failure = result.failure
    members: dict[str, object] = {"error": error_members(failure)}
    lacked = getattr(failure, "missing", ())
    if lacked:
        members["missing"] = [{"right": each.text, "role": each.role} for each in lacked]
    if failure.changes:
        members |= {"changes": changes(failure.changes), "run": failure.run}
    return document(result.command, failure.exit_code, members)


def version(result: VersionResult) -> dict[str, object]:
    """Return the versions."""
    members = {"version": result.miwire, "python": result.python}
    return document("version", ExitCode.OK, members)
