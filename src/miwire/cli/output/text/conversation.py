"""What is said on stderr while a command works, and when it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from miwire.cli.output.terminal import mark, stderr

if TYPE_CHECKING:
    from miwire.errors import MiwireError
    from miwire.operations.change import Change


def changed(change: Change) -> None:
    """Tell that a change was made."""
    stderr().print(f"{mark('pass')} {escape(change.summary)}")


def error(failure: MiwireError, command: str) -> None:
    """Print the sentence and the hint."""
    del command
    console = stderr()
    console.print(f"[bad]error\\[{failure.code}][/bad]: {escape(failure.message)}")
    if failure.hint:
        console.print(f"hint: {escape(failure.hint)}")
