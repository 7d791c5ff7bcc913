"""
Errors that end a command, and their exit codes.

MiwireError
├─ NotAToken       the input isn't a token                                     exit 1
├─ Cancelled       the answer to a confirmation prompt is no                   exit 1
├─ BadRequest      the command line is invalid, or doesn't fit the resources   exit 2
├─ NotFound        a named resource doesn't exist                              exit 3
├─ NotSignedIn     no credential could get a token                             exit 4
├─ NotPermitted    signed in, but not allowed                                  exit 5
├─ Unreachable     no HTTP response, or Azure kept failing                     exit 6
├─ WaitTimeout     timed out                                                   exit 7
│  └─ NotYetVisible  Azure responded, but never with what was waited for       exit 7
├─ StateChanged    the resource changed since the plan or the run              exit 8
└─ Interrupted     Ctrl-C was pressed                                          exit 130

A problem that miwire was asked to look for is not an error: it is a Finding, and exits 1.
"""

from __future__ import annotations

import traceback
from enum import IntEnum
from typing import Any, Self


class ExitCode(IntEnum):
    """Exit codes of the process."""

    OK = 0
    DOES_NOT_HOLD = 1
    USAGE = 2
    NOT_FOUND = 3
    NOT_SIGNED_IN = 4
    NOT_PERMITTED = 5
    UNREACHABLE = 6
    GAVE_UP_WAITING = 7
    MOVED = 8
    BUG = 70
    INTERRUPTED = 130


class MiwireError(Exception):
    """An error with a message that states the fact and a hint that says what to do."""

    exit_code = ExitCode.BUG

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.changes: tuple[Any, ...] = ()
        """What was planned and how much of it was done, where a plan was under way."""
        self.run: str | None = None
        """The name of that run's record."""

    @property
    def code(self) -> str:
        """The name that the JSON document carries."""
        return type(self).__name__


class NotAToken(MiwireError):
    """The input isn't a token; the message quotes none of it."""

    exit_code = ExitCode.DOES_NOT_HOLD

    def __init__(self, message: str, *, kind: str = "not-a-jwt", hint: str | None = None) -> None:
        super().__init__(
            message,
            hint=hint
            or "Pass the access token itself (three parts separated by dots) on stdin or as @FILE.",
        )
        self.kind = kind
        """What the input is instead, for programs."""


class Cancelled(MiwireError):
    """The answer to a confirmation prompt is no; nothing was changed."""

    exit_code = ExitCode.DOES_NOT_HOLD


class BadRequest(MiwireError):
    """The command line is invalid, or doesn't fit the resources."""

    exit_code = ExitCode.USAGE


class NotFound(MiwireError):
    """A named resource doesn't exist."""

    exit_code = ExitCode.NOT_FOUND


class NotSignedIn(MiwireError):
    """No credential could get a token."""

    exit_code = ExitCode.NOT_SIGNED_IN


class NotPermitted(MiwireError):
    """Signed in, but not allowed; the message names the missing right."""

    exit_code = ExitCode.NOT_PERMITTED

    def __init__(
        self, message: str, *, hint: str | None = None, missing: tuple[Any, ...] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.missing = missing
        """The rights that are certainly missing, where they were looked at before a write."""


class Unreachable(MiwireError):
    """No HTTP response, or Azure kept failing."""

    exit_code = ExitCode.UNREACHABLE

    def __init__(self, message: str, *, hint: str | None = None, lasting: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.lasting = lasting
        """Whether waiting doesn't help: somebody has to act."""


class WaitTimeout(MiwireError):
    """The wait timed out before the changes took effect."""

    exit_code = ExitCode.GAVE_UP_WAITING
    code = "GaveUpWaiting"


class NotYetVisible(WaitTimeout):
    """Azure answered each time it was asked, and never with what was waited for."""


class StateChanged(MiwireError):
    """The resource changed since the plan was made or the run was recorded."""

    exit_code = ExitCode.MOVED
    code = "Moved"


class Interrupted(MiwireError):
    """Ctrl-C was pressed; changes already made stay."""

    exit_code = ExitCode.INTERRUPTED

    @classmethod
    def while_changing(cls, message: str) -> Self:
        """Return the error of a command that changes something, and may be run again."""
        again = "Run the same command again: it continues where it stopped."
        return cls(message, hint=again)

    @classmethod
    def after(cls, changes: int) -> Self:
        """Return the error of a command that made so many changes, and no other."""
        return cls.while_changing(f"Interrupted; changes made: {changes}.")


def bug(error: Exception) -> MiwireError:
    """Return the error for an unexpected exception; its own message may contain a secret."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return MiwireError(
        f"Bug in miwire: {type(error).__name__} at {frame.name}, line {frame.lineno}.",
        hint="Please report it with this message and the command line.",
    )
