"""
What can stop miwire from answering.

MiwireError
├─ NotAToken       what should be a token is none                              exit 1
├─ BadRequest      the command line makes no sense, or not for what is there   exit 2
├─ NotFound        the thing that was named does not exist                     exit 3
├─ NotSignedIn     no credential could get a token                             exit 4
├─ NotPermitted    signed in, but not allowed                                  exit 5
├─ Unreachable     no HTTP answer at all, or Azure kept failing                exit 6
├─ WaitTimeout     the wait ran out                                          exit 7
│  └─ NotYetVisible  Azure answered, and never with what was waited for      exit 7
├─ StateChanged           the live state changed under the plan or the run            exit 8
└─ Interrupted     somebody pressed Ctrl-C                                     exit 130

A problem that miwire was asked to look for is not an error: it is a Finding, and exits 1.
"""

from __future__ import annotations

import traceback
from enum import IntEnum
from typing import Any, Self


class ExitCode(IntEnum):
    """What the process says to the shell."""

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
    """A sentence that says what stopped miwire, and a hint that says what to do next."""

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
    """What should be a token is none; the message quotes nothing of it."""

    exit_code = ExitCode.DOES_NOT_HOLD

    def __init__(self, message: str) -> None:
        super().__init__(
            message,
            hint="Give the access token itself, three parts between dots, on stdin or as @FILE.",
        )


class BadRequest(MiwireError):
    """The command line makes no sense, or not for what is there."""

    exit_code = ExitCode.USAGE


class NotFound(MiwireError):
    """The thing that was named does not exist."""

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
    """No HTTP answer at all, or Azure kept failing."""

    exit_code = ExitCode.UNREACHABLE

    def __init__(self, message: str, *, hint: str | None = None, lasting: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.lasting = lasting
        """Whether somebody has to do something about it: time alone does not mend it."""


class WaitTimeout(MiwireError):
    """The wait ran out before Azure came to rest."""

    exit_code = ExitCode.GAVE_UP_WAITING
    code = "GaveUpWaiting"


class NotYetVisible(WaitTimeout):
    """Azure answered each time it was asked, and never with what was waited for."""


class StateChanged(MiwireError):
    """The live state changed under the plan, or since the run was recorded."""

    exit_code = ExitCode.MOVED
    code = "Moved"


class Interrupted(MiwireError):
    """Somebody pressed Ctrl-C; what was done stays done."""

    exit_code = ExitCode.INTERRUPTED

    @classmethod
    def while_changing(cls, message: str) -> Self:
        """Return the error of a command that changes something, and may be run again."""
        again = "Run the same command again: it looks first, and goes on where it stopped."
        return cls(message, hint=again)

    @classmethod
    def after(cls, changes: int) -> Self:
        """Return the error of a command that made so many changes, and no other."""
        return cls.while_changing(f"Interrupted; changes made: {changes}.")


def bug(error: Exception) -> MiwireError:
    """Return what is told of an exception that nobody foresaw; its own words may hold a secret."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return MiwireError(
        f"This is a bug in miwire: {type(error).__name__} at {frame.name}, line {frame.lineno}.",
        hint="Please report it, with the command line and this line.",
    )
