"""What is said on stderr while a command works, and when it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.cli.render.terminal import (
    mark,
    show_doubts,
    show_rows,
    shown,
    stderr,
    stdout,
    step,
    terminal_width,
)
from miwire.cli.render.text.differences import rows
from miwire.shell_words import sh

if TYPE_CHECKING:
    from miwire.errors import MiwireError
    from miwire.plan.plan import Change, Plan

__all__ = ["changed", "error", "preview", "step", "terminal_width", "version", "waiting", "warning"]


def changed(change: Change) -> None:
    """Tell that a change was made."""
    stderr().print(f"{mark('pass')} {shown(change.summary)}")


def waiting(reason: str, seconds: float, at_most: float) -> None:
    """Tell what is waited for, since when and how long at most."""
    told = f"waiting for {reason} ({seconds:.0f} of at most {at_most:.0f} s)"
    stderr().print(f"[quiet]{shown(told)}[/quiet]")


def version(miwire: str, python: str) -> None:
    """Print the version of miwire."""
    del python
    stdout().print(f"miwire {shown(miwire)}")


def error(failure: MiwireError, command: str) -> None:
    """Print what was done before it, the sentence and the hint."""
    del command
    console = stderr()
    console.print(f"[bad]error\\[{shown(failure.code)}][/bad]: {shown(failure.message)}")
    if failure.hint:
        console.print(f"hint: {shown(failure.hint)}")
    if failure.run:
        console.print(f"To undo: miwire undo {shown(sh(failure.run))}")


def warning(text: str) -> None:
    """Print on stderr what should be known before it happens."""
    show_doubts([text])


def preview(plan: Plan) -> None:
    """Tell what is about to be changed, from what to what, and who notices."""
    console = stderr()
    for note in plan.notes:
        console.print(shown(note))
    if console.is_terminal and plan:
        numbered = enumerate(plan.changes, start=1)
        show_rows([(f"{n:3}", shown(each.summary)) for n, each in numbered], console)
        show_rows(rows(plan.differences()), console)
    for question in plan.questions:
        console.print(f"[doubt]confirmation required:[/doubt] {shown(question)}")
