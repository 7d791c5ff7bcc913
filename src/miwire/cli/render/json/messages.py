"""What is said on stderr while a command works, and the document of one that failed."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from miwire.cli.render.json.envelope import changes, document, error_members
from miwire.errors import ExitCode
from miwire.redaction import safe_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.errors import MiwireError
    from miwire.plan.plan import Change, Plan


@contextmanager
def step(doing: str) -> Iterator[None]:
    """Tell on stderr what is being done: the document is alone on stdout."""
    sys.stderr.write(f"{safe_line(doing)} …\n")
    yield


def terminal_width() -> None:
    """Tell that a document has no width."""


def changed(change: Change) -> None:
    """Tell on stderr that a change was made."""
    sys.stderr.write(f"done: {safe_line(change.summary)}\n")


def version(miwire: str, python: str) -> None:
    """Print the versions of miwire and of the Python that runs it."""
    document("version", ExitCode.OK, {"version": miwire, "python": python})


def error(failure: MiwireError, command: str) -> None:
    """Print the document of a command that failed; the sentence stands on stderr too."""
    say(failure)
    members: dict[str, Any] = {"error": error_members(failure)}
    lacked = getattr(failure, "missing", ())
    if lacked:
        members["missing"] = [{"right": each.text, "role": each.role} for each in lacked]
    if failure.changes:
        members |= {"changes": changes(failure.changes), "run": failure.run}
    document(command, failure.exit_code, members)


def say(failure: MiwireError) -> None:
    """Print the sentence and the hint on stderr."""
    sys.stderr.write(f"error[{failure.code}]: {safe_line(failure.message)}\n")
    if failure.hint:
        sys.stderr.write(f"hint: {safe_line(failure.hint)}\n")


def warning(text: str) -> None:
    """Print on stderr what should be known before it happens."""
    sys.stderr.write(f"{safe_line(text)}\n")


def preview(plan: Plan) -> None:
    """Leave the plan to the document."""
    del plan


def waiting(reason: str, seconds: float, at_most: float) -> None:
    """Tell on stderr what is waited for, since when and how long at most."""
    sys.stderr.write(
        f"waiting for {safe_line(reason)} ({seconds:.0f} of at most {at_most:.0f} s)\n"
    )
