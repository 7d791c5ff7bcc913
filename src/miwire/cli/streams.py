"""The process's own streams, made fit for a reader that is gone, a full disk and a closed one."""

from __future__ import annotations

import codecs
import io
import logging
import os
import sys
from contextlib import suppress
from typing import BinaryIO, TextIO, cast

from miwire.cli.plain_text import PlainText
from miwire.cli.render.page import ASCII
from miwire.errors import ExitCode, Unreachable
from miwire.redaction import safe_line

_ESCAPED = "miwire.ascii"
_SIZES = {"COLUMNS": (40, 1000), "LINES": (2, 1000), "TERMINAL_WIDTH": (40, 1000)}
"""Variables by which a terminal is measured, with the least and the most that can be written to."""


class ReaderGone(Unreachable):
    """Stdout is a pipe whose reader has read enough: that is no fault of anybody's."""

    exit_code = cast("ExitCode", 128 + 13)  # as the shell tells a SIGPIPE


class _Answer(PlainText):
    """Stdout: Unreachable is raised where it cannot be written."""

    ended = False
    """Whether everything is said: the interpreter flushes once more when it ends."""

    def write(self, text: str, /) -> int:
        """Write; raise Unreachable where that fails."""
        try:
            return super().write(text)
        except OSError as error:
            raise _unwritten(error) from error

    def flush(self) -> None:
        """Flush; raise Unreachable where that fails."""
        try:
            super().flush()
        except OSError as error:
            if not self.ended:
                raise _unwritten(error) from error


def _unwritten(error: OSError) -> Unreachable:
    if isinstance(error, BrokenPipeError):
        return ReaderGone("The reader of stdout is gone.")
    return Unreachable(
        f"Couldn't write to stdout: {error.strerror}.",
        hint="Check the file or device that stdout is redirected to.",
    )


class _Conversation(PlainText):
    """Stderr: what cannot be said there must not stop what is being done."""

    def write(self, text: str, /) -> int:
        """Write, if anybody listens."""
        with suppress(OSError):
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, if anybody listens."""
        with suppress(OSError):
            super().flush()


def install_safe_streams() -> None:
    """
    Replace the three standard streams; what a terminal's encoding lacks is written as an escape.

    A stream that is closed is None in Python, and the next file or connection would get its
    number: it is given to the null device, which stdout may not write to.
    """
    codecs.register_error(_ESCAPED, _spelled)
    _measure()
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(_null(os.O_RDONLY, "rb"), encoding="utf-8")
    sys.stdout = _over(_Answer, sys.stdout, os.O_RDONLY)
    sys.stderr = _over(_Conversation, sys.stderr, os.O_WRONLY)


def _spelled(error: UnicodeError) -> tuple[str | bytes, int]:
    """Write what an encoding lacks in ASCII: a sign of miwire's own by its form, others escaped."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    written = "".join(
        ASCII.get(sign) or sign.encode("ascii", "backslashreplace").decode() for sign in lacking
    )
    return written, error.end


def _measure() -> None:
    """Take variables for the size of a terminal that no text fits into out of the environment."""
    for name, (least, most) in _SIZES.items():
        text = os.environ.get(name)
        if text is None:
            continue
        if text.isascii() and text.isdigit() and len(text) < 9 and int(text):  # noqa: PLR2004
            os.environ[name] = str(min(max(int(text), least), most))
        else:
            del os.environ[name]


def end() -> None:
    """Let the interpreter end in silence: what cannot be written was told."""
    if isinstance(sys.stdout, _Answer):
        sys.stdout.ended = True


def _over(kind: type[io.TextIOWrapper], stream: TextIO | None, access: int) -> TextIO:
    """Return a stream of that *kind* in the place of another, of the null device if it is None."""
    if stream is None:
        return kind(_null(access, "wb"), encoding="utf-8", errors=_ESCAPED)
    return kind(
        stream.buffer,
        encoding=stream.encoding,
        errors=_ESCAPED,
        line_buffering=getattr(stream, "line_buffering", False),
        write_through=getattr(stream, "write_through", False),
    )


def _null(access: int, mode: str) -> BinaryIO:
    """Return the null device under the lowest number that is free."""
    return cast("BinaryIO", os.fdopen(os.open(os.devnull, access), mode))


def configure_logging(*, verbose: bool, debug: bool, no_color: bool) -> None:
    """Set up logging to stderr, with secrets redacted."""
    if no_color:
        os.environ["NO_COLOR"] = "1"
    if not (verbose or debug):
        return
    logging.basicConfig(stream=sys.stderr, level=logging.CRITICAL, format="%(message)s", force=True)
    logging.getLogger("miwire").setLevel(logging.INFO)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(_SafeFormatter("%(message)s"))
    if debug:
        for exchange in ("azure.core.pipeline.policies.http_logging_policy", "httpx"):
            logging.getLogger(exchange).setLevel(logging.INFO)


class _SafeFormatter(logging.Formatter):
    """
    Makes what miwire and libraries log fit for a terminal, tracebacks too.

    Lines after the first are marked: none of them can pass for a line of miwire's own.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as lines without secrets and control characters."""
        return "\n  | ".join(map(safe_line, super().format(record).split("\n")))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's own name
        """Return the message; only azure-core writes several lines, which hold no line break."""
        azure = record.name.startswith("azure.")
        return record.message if azure else safe_line(record.message)
