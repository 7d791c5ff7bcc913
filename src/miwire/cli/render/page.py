"""
Text for a terminal or a pipe, laid out without one: the same parts give the same page anywhere.

Every part is made safe as it is added: no control character, token or key of another's text is
left in it. Colors are a page's own, and stand only beside a mark or a word that says the same.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from miwire.redaction import safe_line
from miwire.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ASCII = {
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{RIGHTWARDS ARROW}": "->",
    "\N{CHECK MARK}": "ok",
    "\N{BALLOT X}": "X",
    "\N{DOUBLE EXCLAMATION MARK}": "!",
    "\N{MIDDLE DOT}": "-",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
}
"""What a sign of miwire's own is written as where an encoding lacks it."""
_IN_ASCII = str.maketrans(ASCII)
_GAP = "  "
_NARROWEST = 24
"""Cells that the last column keeps; with fewer left, it begins on a line of its own."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a page will stand."""

    width: int | None = None
    """Cells per line; None: lines are as long as they are, as in a pipe."""
    color: bool = False
    ascii: bool = False
    """Whether its encoding has nothing but ASCII."""
    quiet: bool = False
    """Whether only the result is wanted: no heading, no notes, nothing to do next."""
    heading: bool = True
    """Whether a result says where, as whom and from what to what; not after a plan that did."""


class Styled(NamedTuple):
    """A part of a line in a style."""

    text: str
    style: str


Part = str | Styled
Line = Part | tuple[Part, ...]
_CODES = {"good": "32", "bad": "1;31", "doubt": "33", "quiet": "2", "name": "1"}
_MARKS = {"pass": ("✓", "good"), "fail": ("✗", "bad"), "warn": ("‼", "doubt")}
_UNKNOWN = ("–", "doubt")  # noqa: RUF001  the style card's sign


def good(text: str) -> Styled:
    """Return text in the style of what holds."""
    return Styled(text, "good")


def bad(text: str) -> Styled:
    """Return text in the style of what does not hold."""
    return Styled(text, "bad")


def doubt(text: str) -> Styled:
    """Return text in the style of what should make somebody look again."""
    return Styled(text, "doubt")


def quiet(text: str) -> Styled:
    """Return text in the style of what is there to be looked up."""
    return Styled(text, "quiet")


def name(text: str) -> Styled:
    """Return text in the style of a name."""
    return Styled(text, "name")


def mark(verdict: str) -> Styled:
    """Return the sign of a verdict: pass, fail, warn or unknown."""
    return Styled(*_MARKS.get(verdict, _UNKNOWN))


class Page:
    """Lines for one screen, collected."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self._lines: list[str] = []

    def __str__(self) -> str:
        return "".join(f"{line}\n" for line in self._lines)

    def line(self, *parts: Part, indent: int = 0, hanging: int = 0) -> None:
        """Add a line, wrapped between words where the screen has a width."""
        self._add([self._safe(each) for each in parts], indent, indent + hanging)

    def fits(self, text: str) -> bool:
        """Return whether a text takes no more than one line."""
        return self.screen.width is None or _cells(text) <= self.screen.width

    def paragraphs(self, text: str, *, indent: int = 0) -> None:
        """Add text of several lines, each wrapped by itself."""
        for each in text.split("\n"):
            self.line(each, indent=indent)

    def verbatim(self, text: str) -> None:
        """Add a line that is there to be copied: whole, so that only the terminal wraps it."""
        self._lines.append(printable(text))

    def blank(self) -> None:
        """Add an empty line."""
        self._lines.append("")

    def rows(self, rows: Iterable[Sequence[Line]], *, indent: int = 0) -> None:
        """Add rows in columns; only the last cell of a row is wrapped, and nothing is cut off."""
        safe = [[[self._safe(part) for part in _parts(cell)] for cell in row] for row in rows]
        if not safe:
            return
        columns = max(map(len, safe)) - 1
        widths = [max(_cells_of(row[n]) for row in safe if n < len(row)) for n in range(columns)]
        start = indent + sum(widths) + len(_GAP) * columns
        for row in safe:
            *before, last = row
            head: list[Styled] = []
            for cell, width in zip(before, widths, strict=False):
                head += [*cell, Styled(" " * (width - _cells_of(cell)) + _GAP, "")]
            if not _cells_of(last):
                self._add(head, indent, start)
            elif self.screen.width is not None and self.screen.width - start < _NARROWEST:
                self._add(head, indent, indent)
                self._add(last, indent + 4, indent + 4)
            else:
                self._add([*head, *last], indent, start)

    def _safe(self, part: Part) -> Styled:
        text, style = part if isinstance(part, Styled) else (part, "")
        safe = safe_line(text)
        return Styled(safe.translate(_IN_ASCII) if self.screen.ascii else safe, style)

    def _add(self, parts: Sequence[Styled], indent: int, hanging: int) -> None:
        """Add parts as one line, or as several of which all but the first begin at *hanging*."""
        line, used = [Styled(" " * indent, "")], indent
        for word, space, style in _words(parts):
            room = self.screen.width
            too_long = room is not None and used + space + _cells(word) > room
            if too_long and space and used > hanging:
                self._end(line)
                line, used, space = [Styled(" " * hanging, "")], hanging, 0  # noqa: PLW2901
            line.append(Styled(" " * space + word, style))
            used += space + _cells(word)
        self._end(line)

    def _end(self, line: list[Styled]) -> None:
        runs = groupby(line, key=lambda part: part.style)
        merged = (Styled("".join(part.text for part in run), style) for style, run in runs)
        self._lines.append("".join(map(self._colored, merged)).rstrip())

    def _colored(self, part: Styled) -> str:
        code = _CODES.get(part.style)
        if not self.screen.color or code is None:
            return part.text
        bare = part.text.lstrip()
        return f"{part.text[: len(part.text) - len(bare)]}\x1b[{code}m{bare}\x1b[0m"


def _parts(cell: Line) -> tuple[Part, ...]:
    return (cell,) if isinstance(cell, str | Styled) else cell


def _words(parts: Sequence[Styled]) -> Iterator[tuple[str, int, str]]:
    """Yield words with the blanks before each and its style; blanks at the end are one word."""
    blanks = 0
    for text, style in parts:
        for n, word in enumerate(text.split(" ")):
            blanks += n > 0
            if word:
                yield word, blanks, style
                blanks = 0


def _cells_of(parts: Sequence[Styled]) -> int:
    return sum(_cells(each.text) for each in parts)


def _cells(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF")
        for each in text
    )
