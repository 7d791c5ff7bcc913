"""The entry point: the one place where errors are printed, and the exit code."""

from __future__ import annotations

import gc
import logging
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import typer
from typer.exceptions import TyperException

from miwire.cli import completion, streams
from miwire.cli.command_line import arranged, command_of, format_of
from miwire.cli.printer import Printer
from miwire.cli.remedies import hint_of
from miwire.cli.root import root
from miwire.errors import BadRequest, ExitCode, Interrupted, MiwireError, Unreachable, bug
from miwire.redaction import redacted, without_words

if TYPE_CHECKING:
    from collections.abc import Sequence

_AGAIN = "Run the same command again."


def run(arguments: Sequence[str] | None = None) -> None:
    """Run miwire as a process does: print what is to be printed and exit."""
    # A command lives for seconds: collecting what its imports made costs a tenth of them.
    gc.disable()
    streams.install_safe_streams()
    code = main(list(sys.argv[1:] if arguments is None else arguments))
    streams.end()
    sys.exit(code)


def main(arguments: list[str]) -> int:
    """Run one command line and return its exit code; every error is printed here."""
    # Libraries warn on stderr by themselves of what miwire says in its own words.
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger("azure.identity").setLevel(logging.CRITICAL)
    try:
        if completion.ASKED in os.environ:
            return completion.answer(root(), os.environ[completion.ASKED])
        returned = root().main(arranged(arguments), prog_name="miwire", standalone_mode=False)
        sys.stdout.flush()
    except TyperException as error:
        if not error.format_message():  # help was printed instead
            return ExitCode.USAGE
        message = without_words(error.format_message(), arguments)
        said = BadRequest(message, hint=f"See {_typed(error, arguments)} --help")
        return _failed(arguments, said)
    except MiwireError as error:
        return _failed(arguments, error)
    except typer.Abort:
        return _failed(arguments, Interrupted("Cancelled. Nothing was changed."))
    except Exception as error:  # noqa: BLE001  the last resort: a bug must not look like an answer
        return _failed(arguments, bug(error))
    if returned == ExitCode.INTERRUPTED and not isinstance(returned, ExitCode):
        # Typer turns a Ctrl-C into a return value; who changes something told it before that.
        return _failed(
            arguments, Interrupted("Interrupted before the command finished.", hint=_AGAIN)
        )
    return int(returned) if isinstance(returned, int) else ExitCode.OK


def _failed(arguments: Sequence[str], error: MiwireError) -> int:
    if isinstance(error, streams.ReaderGone):
        return error.exit_code
    # The command line may hold a token in the wrong place, and a message may repeat it.
    hint = hint_of(error)
    error.message, error.hint = redacted(error.message), hint and redacted(hint)
    # Where stdout cannot be written, its document is lost; the sentence stands on stderr.
    with suppress(Unreachable):
        Printer(format_of(arguments)).failed(error, command_of(arguments))
        sys.stdout.flush()
    return error.exit_code


def _typed(error: TyperException, arguments: Sequence[str]) -> str:
    """Return the command whose help says what can be typed where Typer stopped reading."""
    context = getattr(error, "ctx", None)
    return str(context.command_path) if context else f"miwire {command_of(arguments)}".rstrip()
