"""Rows of a few columns: wrapped on a terminal, one line each in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

_GAP = 2


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
