"""The two streams: the answer goes to stdout, the conversation to stderr."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from rich.console import Console
from rich.live import Live
from rich.padding import Padding
from rich.segment import Segment
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from miwire.cli.plain_text import rendered
from miwire.redaction import safe_line
from miwire.shell_words import sh
from miwire.text import printable_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TextIO

    from rich.console import Console, ConsoleOptions, RenderableType

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
_BEFORE_A_BRACKET = re.compile(r"(\\*)\[")
_GAP = 2


class _Console(Console):
    """A console whose texts steer nothing: only what rich itself makes of styles and spinners."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        """Yield the segments of a renderable, plain."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else _plain(segment)


class _Rendered:
    """A stream for what a console has rendered, colors and all."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with rendered():
            return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever the stream has
        return getattr(self._stream, name)


def _plain(segment: Segment) -> Segment:
    # A link would show one address and lead to another; miwire makes none.
    style = segment.style.update_link(None) if segment.style else None
    return Segment(printable_lines(segment.text), style)


def stdout() -> Console:
    """Return a console for the answer."""
    return _console(stderr=False)


def stderr() -> Console:
    """Return a console for progress, questions, errors and hints."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    stream: TextIO = sys.stderr if stderr else sys.stdout
    # A pipe has no width, unless COLUMNS says one: a line that grep looks for must not be broken.
    width = None if stream.isatty() or "COLUMNS" in os.environ else _UNBROKEN
    file = cast("TextIO", _Rendered(stream))
    return _Console(file=file, theme=_THEME, highlight=False, width=width, emoji=False)


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


def show_paragraph(text: str, by: int = 0, *, style: str = "", sign: str = "") -> None:
    """
    Print plain text on stdout, *by* columns to the right, wrapped between words only.

    An id, a code or an address is never broken, be it longer than the line. *sign* is a verdict
    whose mark goes before the text.
    """
    console = stdout()
    lead = f"{' ' * by}{mark(sign)} " if sign else " " * by
    indent = by + (2 if sign else 0)
    width = max(console.width - indent, 1)
    lines = textwrap.wrap(safe_line(text), width, break_long_words=False, break_on_hyphens=False)
    for number, line in enumerate(lines):
        before = lead if number == 0 else " " * indent
        told = shown(line)
        console.print(
            f"{before}[{style}]{told}[/{style}]" if style else before + told, soft_wrap=True
        )


def show_command(label: str, command: str) -> None:
    """Print a command that is there to be copied, on a line of its own and never broken."""
    stdout().print(f"{label}  {shown(command)}", soft_wrap=True)


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
    # Rich's own `escape` leaves a bracket whose partner stands in another value.
    return _BEFORE_A_BRACKET.sub(r"\1\1\[", _ends_before_markup(safe_line(text)))


def _ends_before_markup(text: str) -> str:
    """Double the backslashes at the end, which would else belong to the markup that follows."""
    bare = text.rstrip("\\")
    return text + "\\" * (len(text) - len(bare))


def show_doubts(notes: Iterable[str]) -> None:
    """Print on stderr what should make somebody look again."""
    for note in notes:
        stderr().print(f"[doubt]{shown(note)}[/doubt]")


def show_way_back(run: str | None) -> None:
    """Print how a run is taken back, where there was one."""
    if run:
        stdout().print(f"[quiet]To undo:[/quiet] miwire undo {shown(sh(run))}")


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
        spinner = Spinner("dots", text=shown(doing), style="status.spinner")
        # The streams stay ours: rich's stand-ins would take escapes in what others write for style.
        with Live(
            spinner,
            console=console,
            refresh_per_second=12.5,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        ):
            yield
    else:
        console.print(f"{shown(doing)} …")
        yield


def print_columns(
    console: Console,
    rows: Sequence[Sequence[str]],
    styles: Sequence[str],
    *,
    least: int = 0,
) -> None:
    """
    Print *rows* of plain text (no markup) in columns of *styles*.

    *least* is the width that the last column keeps on a terminal. In a pipe nothing is wrapped, and
    nothing is padded behind the last column, so that a pager has no blanks to wrap.
    """
    if console.is_terminal:
        console.print(_table(rows, styles, least))
        return
    widths = [max((len(row[n]) for row in rows), default=0) for n in range(len(styles) - 1)]
    for row in rows:
        padded = [cell.ljust(width + _GAP) for cell, width in zip(row, widths, strict=False)]
        console.print(Text("".join([*padded, row[-1]]).rstrip()))


def _table(rows: Sequence[Sequence[str]], styles: Sequence[str], least: int) -> Table:
    table = Table.grid(padding=(0, _GAP))
    for style in styles[:-1]:
        table.add_column(style=style)
    table.add_column(style=styles[-1], overflow="fold", min_width=least)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
