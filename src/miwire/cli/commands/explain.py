"""miwire explain."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated

import typer

from miwire.cli import completion
from miwire.cli.every_command import Format, NoColor, Output, Quiet
from miwire.cli.printer import Printer
from miwire.cli.results import ExplainResult
from miwire.cli.streams import configure_logging
from miwire.errors import BadRequest
from miwire.explain import catalog, lookup

_LONGEST = 1 << 20
"""Bytes of a pasted text: a log of some thousand lines."""


def explain(
    code: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CODE|-",
            help="A code, or an error message; - reads it from stdin (default: list all codes).",
            autocompletion=completion.codes,
        ),
    ] = None,
    output: Output = Format.TEXT,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> int:
    """
    Explain an error code, a check, an HTTP status or a whole error message.

    Nothing is requested. CODE is an id of a check (MIW205), an AADSTS or IDX code, an error code
    of Azure, Microsoft Graph or miwire, an HTTP status of an app (403), or a text that contains
    some of them: an error of az or an SDK, JSON, a log, a web page, response headers.

    Exit code 1: the input has no known code; the nearest ones are shown.
    """
    configure_logging(verbose=False, debug=False, no_color=no_color)
    if code is None:
        result = ExplainResult(lookup.Explained(catalog.every()), listed=True)
    else:
        text = _of_stdin() if code == ["-"] else " ".join(code)
        result = ExplainResult(lookup.alone(text) or _found_in(text))
    Printer(output, quiet=quiet).result(result)
    return result.exit_code


def _found_in(text: str) -> lookup.Explained:
    # One code is looked up without what it takes to read whole answers.
    found: lookup.Explained = import_module("miwire.explain.pasted").explain(text)
    return found


def _of_stdin() -> str:
    if sys.stdin is None:
        raise BadRequest("stdin is closed.", hint="Pass the message as an argument.")
    raw = sys.stdin.buffer.read(_LONGEST + 1)
    if len(raw) > _LONGEST:
        raise BadRequest(
            "The input is larger than 1 MiB.", hint="Pass the lines around the error only."
        )
    # PowerShell 5 pipes and saves UTF-16; a text that isn't UTF-8 still has its codes in ASCII.
    encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return raw.decode(encoding, "replace")
