"""
The one place that prints: results on stdout, the conversation about them on stderr.

What is printed is rendered before; here it is only decided where it goes and what the stream can
show.
"""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from miwire.cli.every_command import Format, ReportFormat
from miwire.cli.plain_text import rendered
from miwire.cli.render import formats
from miwire.cli.render.page import Screen
from miwire.cli.results import FailedResult
from miwire.redaction import safe_line
from miwire.text import ascii_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from miwire.cli.results import Result
    from miwire.errors import MiwireError
    from miwire.plan.plan import Change, Plan


def screen_of(stream: TextIO, *, quiet: bool = False, heading: bool = True) -> Screen:
    """Return what a stream can show: a pipe has no width, unless COLUMNS says one."""
    terminal = stream.isatty()
    wide = terminal or "COLUMNS" in os.environ
    # A stream in memory has no encoding: it takes every character.
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return Screen(
        width=shutil.get_terminal_size().columns if wide else None,
        color=(terminal or bool(os.environ.get("FORCE_COLOR"))) and _takes_color(),
        ascii="utf" not in encoding.lower(),
        quiet=quiet,
        heading=heading,
    )


def _takes_color() -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM", "").lower() in {"dumb", "unknown"}:
        return False
    # An old console of Windows shows escapes as they are; newer ones set one of these.
    return os.name != "nt" or "WT_SESSION" in os.environ or "TERM" in os.environ


class Printer:
    """Results and conversation of one command, in one format."""

    def __init__(self, output: Format | ReportFormat, *, quiet: bool = False) -> None:
        self._output = output
        self._quiet = quiet
        self._asked_on_a_terminal = False

    @property
    def _text(self) -> bool:
        return self._output == Format.TEXT

    @property
    def screen(self) -> Screen:
        """What stdout can show."""
        # On one terminal, a result does not repeat what stood above the question.
        said = self._asked_on_a_terminal and sys.stdout.isatty()
        return screen_of(sys.stdout, quiet=self._quiet, heading=not said)

    def result(self, result: Result) -> None:
        """Print a result on stdout."""
        if self._text:
            text = formats.text(result, self.screen)
            with rendered():
                sys.stdout.write(text)
        elif self._output == ReportFormat.JUNIT:
            sys.stdout.write(formats.junit(result))
        elif (document := formats.document(result)) is not None:
            # In ASCII, so that no claim of a token can steer the terminal that shows it.
            sys.stdout.write(ascii_json(document, indent=2) + "\n")
        # Now, so that an answer that cannot be written is told while what was done is known.
        sys.stdout.flush()

    def failed(self, failure: MiwireError, command: str) -> None:
        """Print an error: its sentence on stderr, and where JSON is wanted its document."""
        self.error(failure)
        if not self._text:
            self.result(FailedResult(failure, command))

    def error(self, failure: MiwireError) -> None:
        """Print the sentence and the hint of an error on stderr."""
        if self._text:
            from miwire.cli.render.text.messages import error

            self._tell(error(failure, screen_of(sys.stderr)))
            return
        self._plain(f"error[{failure.code}]: {failure.message}")
        if failure.hint:
            self._plain(f"hint: {failure.hint}")

    @contextmanager
    def step(self, doing: str) -> Iterator[None]:
        """Show that something takes its time: a spinner on a terminal, one plain line elsewhere."""
        if self._quiet:
            yield
        elif self._text and sys.stderr.isatty():
            from miwire.cli.spinner import spinning

            with spinning(safe_line(doing)):
                yield
        else:
            self._plain(f"{doing} …")
            yield

    def preview(self, plan: Plan) -> None:
        """Tell people what is about to be changed, before they are asked."""
        if self._quiet or not self._text:
            return
        from miwire.cli.render.text.plan import preview

        terminal = sys.stderr.isatty()
        self._asked_on_a_terminal = terminal and bool(plan)
        self._tell(preview(plan, screen_of(sys.stderr, heading=self._asked_on_a_terminal)))

    def changed(self, change: Change) -> None:
        """Tell that a change was made."""
        if self._quiet:
            return
        if self._text:
            from miwire.cli.render.text.messages import changed

            self._tell(changed(change, screen_of(sys.stderr)))
        else:
            self._plain(f"done: {change.summary}")

    def waiting(self, reason: str, seconds: float, at_most: float) -> None:
        """Tell what is waited for, since when and how long at most."""
        if self._quiet:
            return
        if self._text:
            from miwire.cli.render.text.messages import waiting

            self._tell(waiting(reason, seconds, at_most, screen_of(sys.stderr)))
        else:
            self._plain(f"waiting for {reason} ({seconds:.0f} of at most {at_most:.0f} s)")

    def warning(self, text: str) -> None:
        """Tell what should be known before it happens."""
        if self._text:
            self.doubt(text)
        else:
            self._plain(text)

    def doubt(self, text: str) -> None:
        """Tell people what should make them look again; a document has it as a member."""
        if self._quiet or not self._text:
            return
        from miwire.cli.render.text.messages import told

        self._tell(told(text, screen_of(sys.stderr)))

    def announce(self, text: str) -> None:
        """Tell beside a document what is being done; people read it on stdout."""
        if not self._text and not self._quiet:
            self._plain(text)

    def remark(self, text: str) -> None:
        """Tell people something beside the result; a document has it as a member."""
        if self._text and not self._quiet:
            self._plain(text)

    @staticmethod
    def _tell(text: str) -> None:
        with rendered():
            sys.stderr.write(text)

    @staticmethod
    def _plain(text: str) -> None:
        sys.stderr.write(f"{safe_line(text)}\n")
