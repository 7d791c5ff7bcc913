"""Where a token comes from: stdin, a file, or the command line itself."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from miwire.errors import BadRequest, NotAToken, NotFound
from miwire.redaction import redacted
from miwire.tokens.jws import LONGEST, is_compact

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

_SCHEME = "bearer"


def read_token(words: Sequence[str]) -> str:
    """
    Return the token that the words of the command line are, or say where to find.

    `-` or nothing is stdin, `@FILE` a file. White space around the token and `Bearer` before it,
    as copied from a request, are dropped. Raises NotAToken, NotFound for a file that cannot be
    read, and BadRequest where nothing was given and nobody pipes anything in. Not a word of the
    input is in any message.
    """
    match words:
        case [] | ["-"] if sys.stdin is None:
            raise BadRequest("No token: stdin is closed.", hint="Read it from a file: @FILE")
        case [] if sys.stdin.isatty():
            raise BadRequest(
                "No token given.",
                hint="Pipe it in, or read it from a file: miwire decode-token @FILE",
            )
        case [] | ["-"]:
            return _read(sys.stdin.buffer)
        case [word] if word.startswith("@"):
            return _of_file(word[1:])
        case _:
            typer.echo(
                "hint: a token on the command line stays in the shell history. Use "
                "stdin instead: miwire decode-token -",
                err=True,
            )
            return _bare(" ".join(words).encode("utf-8", "surrogateescape"))


def bare_token(source: str) -> str:
    """
    Return the one access token that `-`, `@FILE` or `env:NAME` holds, to be sent somewhere.

    A `Bearer` before it is dropped. Raises BadRequest for anything else, such as the JSON of an
    answer, which may hold a refresh token too, and for a token on the command line itself; NotFound
    for a file that cannot be read. Not a word of *source* or the input is in the message.
    """
    if source.startswith("env:"):
        raw = os.environ.get(source[4:], "").encode("utf-8", "surrogateescape")
        read = partial(_bare, raw)
    elif source == "-" or source.startswith("@"):
        read = partial(read_token, [source])
    else:
        raise BadRequest(
            "--token doesn't accept a token, so that none ends up in the shell history.",
            hint="Use - (stdin), @FILE or env:NAME.",
        )
    try:
        token = read()
    except NotAToken:
        token = ""
    except NotFound as error:
        error.message = "Couldn't read the file in --token."
        raise
    if not is_compact(token):
        raise BadRequest(
            "--token doesn't refer to a single access token.",
            hint="An access token has three parts between dots. To get one from az: "
            "az account get-access-token --query accessToken --output tsv",
        )
    return token


def _of_file(name: str) -> str:
    try:
        with Path(name).open("rb") as file:
            return _read(file)
    except OSError as error:
        raise NotFound(
            f"Couldn't read {redacted(name)}: {error.strerror}.",
            hint="Specify a file that contains a token.",
        ) from error


def _read(stream: BinaryIO) -> str:
    return _bare(stream.read(LONGEST + 1))


def _bare(raw: bytes) -> str:
    if len(raw) > LONGEST:
        raise NotAToken("This isn't an Entra ID token: it is longer than 64 KiB.")
    try:
        text = raw.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise NotAToken("This isn't a JWT: it contains invalid characters.") from error
    scheme, *rest = text.split(maxsplit=1) or [""]
    return "".join(rest) if scheme.lower() == _SCHEME else text
