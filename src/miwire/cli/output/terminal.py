"""The two streams: the answer goes to stdout, the conversation to stderr."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from miwire.domain.printable import printable
from miwire.domain.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_THEME = Theme(
    {"good": "green", "bad": "bold red", "doubt": "yellow", "quiet": "dim", "name": "bold"},
)
_MARKS = {
    "pass": ("✓", "ok", "good"),
    "fail": ("✗", "X", "bad"),
    "warn": ("‼", "!", "doubt"),
    "unknown": ("–", "-", "doubt"),  # noqa: RUF001  the style card's sign
}
_UNBROKEN = 10_000


def stdout() -> Console:
    """Return a console for the answer."""
    return _console(stderr=False)


def stderr() -> Console:
    """Return a console for progress, questions, errors and hints."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    # A pipe has no width, unless COLUMNS says one: a line that grep looks for must not be broken.
    width = None if stream.isatty() or "COLUMNS" in os.environ else _UNBROKEN
    return Console(stderr=stderr, theme=_THEME, highlight=False, width=width, emoji=False)


def show_rows(rows: Iterable[tuple[str, ...]], console: Console | None = None) -> None:
    """
    Print rows of markup in columns: wrapped on a terminal, whole in a pipe.

    *console* is that of stdout where none is given.
    """
    kept = list(rows)
    if not kept:
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    for number in range(len(kept[0])):
        # Ids are there to be copied: only the last column gives way, and nothing is cut off.
        table.add_column(overflow="fold", no_wrap=number < len(kept[0]) - 1)
    for row in kept:
        table.add_row(*row)
    console = console or stdout()
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        console.file.write(line.rstrip() + "\n")
    console.file.flush()


def show_indented(text: str, by: int) -> None:
    """Print plain text on stdout, *by* columns to the right; wrapped only on a terminal."""
    console = stdout()
    if console.is_terminal:
        console.print(Padding(Text(text), (0, 0, 0, by), expand=False))
        return
    for line in text.splitlines():
        sys.stdout.write(f"{' ' * by}{line}".rstrip() + "\n")


def terminal_width() -> int | None:
    """Return the width of the terminal that stdout is; None where it is none."""
    console = stdout()
    return console.width if console.is_terminal else None


def shown(text: str) -> str:
    """
    Return text of unknown origin as markup.

    Nothing in it steers the terminal or hides, and no token or key is left in it: what was typed
    may have held one.
    """
    return escape(printable(redacted(text)))


def show_doubts(notes: Iterable[str]) -> None:
    """Print on stderr what should make somebody look again."""
    for note in notes:
        stderr().print(f"[doubt]{shown(note)}[/doubt]")


def show_way_back(run: str | None) -> None:
    """Print how a run is taken back, where there was one."""
    if run:
        stdout().print(f"[quiet]back:[/quiet] miwire undo {run}")


def mark(verdict: str) -> str:
    """Return the sign of a verdict as markup, in ASCII where the stream has no more."""
    sign, ascii_sign, style = _MARKS[verdict]
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower()
    return f"[{style}]{sign if 'utf' in encoding else ascii_sign}[/{style}]"


@contextmanager
def step(doing: str) -> Iterator[None]:
    """Show that something takes its time: a spinner on a terminal, one plain line elsewhere."""
    console = stderr()
    if console.is_terminal:
        with console.status(shown(doing)):
            yield
    else:
        console.print(f"{shown(doing)} …")
        yield
