"""Where a token comes from: stdin, a file, or the command line itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from miwire.domain.jws import LONGEST
from miwire.domain.redaction import redacted
from miwire.errors import BadRequest, NotAToken, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

_SCHEME = "bearer"


def given(words: Sequence[str]) -> str:
    """
    Return the token that the words of the command line are, or say where to find.

    `-` or nothing is stdin, `@FILE` a file. White space around the token and `Bearer` before it,
    as copied from a request, are dropped. Raises NotAToken, NotFound for a file that cannot be
    read, and BadRequest where nothing was given and nobody pipes anything in. Not a word of the
    input is in any message.
    """
    match words:
        case [] if sys.stdin is None or sys.stdin.isatty():
            raise BadRequest(
                "No token was given.",
                hint="Pipe it in, or name a file that holds it: miwire decode-token @FILE",
            )
        case [] | ["-"]:
            return _read(sys.stdin.buffer)
        case [word] if word.startswith("@"):
            return _of_file(word[1:])
        case _:
            typer.echo(
                "hint: a token on the command line stays in the shell's history; "
                "stdin keeps it out: … | miwire decode-token",
                err=True,
            )
            return _bare(" ".join(words).encode("utf-8", "surrogateescape"))


def _of_file(name: str) -> str:
    try:
        with Path(name).open("rb") as file:
            return _read(file)
    except OSError as error:
        raise NotFound(
            f"{redacted(name)} cannot be read: {error.strerror}.", hint="Name a file with a token."
        ) from error


def _read(stream: BinaryIO) -> str:
    return _bare(stream.read(LONGEST + 1))


def _bare(raw: bytes) -> str:
    if len(raw) > LONGEST:
        raise NotAToken("This is not a token of Entra ID: it is longer than 64 KiB.")
    try:
        text = raw.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise NotAToken("This is not a JWT: it holds characters that no JWT has.") from error
    scheme, *rest = text.split(maxsplit=1) or [""]
    return "".join(rest) if scheme.lower() == _SCHEME else text
