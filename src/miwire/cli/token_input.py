"""Where a token comes from: stdin, a file, or the command line itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from miwire.errors import BadRequest, NotAToken, NotFound
from miwire.redaction import redacted
from miwire.text import listed
from miwire.tokens import pasted
from miwire.tokens.jws import LONGEST, is_compact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from miwire.tokens.pasted import PastedToken

_SCHEME = "bearer"


def read_token(words: Sequence[str]) -> PastedToken:
    """
    Return the token in what the words of the command line are, or say where to find.

    `-` or nothing is stdin, `@FILE` a file. Raises NotAToken where there is no token in it,
    NotFound for a file that cannot be read, and BadRequest where nothing was given and nobody pipes
    anything in. Not a word of the input is in any message.
    """
    return pasted.read(pasted.text_of(_raw(words)))


def bare_token(source: str) -> str:
    """
    Return the one access token that `-`, `@FILE` or `env:NAME` holds, to be sent somewhere.

    A `Bearer` before it is dropped. Raises BadRequest for anything else, such as the JSON of an
    answer, which may hold a refresh token too, and for a token on the command line itself; NotFound
    for a file that cannot be read. Not a word of *source* or the input is in the message.
    """
    if source.startswith("env:"):
        raw = os.environ.get(source[4:], "").encode("utf-8", "surrogateescape")
    elif source == "-" or source.startswith("@"):
        try:
            raw = _raw([source])
        except NotFound as error:
            error.message = "Couldn't read the file in --token."
            raise
    else:
        raise BadRequest(
            "--token doesn't accept a token, so that none ends up in the shell history.",
            hint="Use - (stdin), @FILE or env:NAME.",
        )
    token = _without_scheme(raw)
    if not is_compact(token):
        raise BadRequest(
            f"--token doesn't refer to a single access token. {_described(raw)}",
            hint="Only one token by itself is sent. To get one from az: "
            "az account get-access-token --query accessToken --output tsv",
        )
    return token


def _without_scheme(raw: bytes) -> str:
    """Return the text without white space and `Bearer`; empty where it isn't ASCII or too long."""
    text = raw.decode("ascii").strip() if raw.isascii() and len(raw) <= LONGEST else ""
    scheme, *rest = text.split(maxsplit=1) or [""]
    return "".join(rest) if scheme.lower() == _SCHEME else text


def _described(raw: bytes) -> str:
    """Say what an input is that isn't a token alone."""
    try:
        found = pasted.read(pasted.text_of(raw))
    except NotAToken as error:
        return error.message
    beside = f", beside it: {listed(found.beside)}" if found.beside else ""
    return f"There is other text around the {found.role}{beside}."


def _raw(words: Sequence[str]) -> bytes:
    match words:
        case [] | ["-"] if sys.stdin is None:
            raise BadRequest("No token: stdin is closed.", hint="Read it from a file: @FILE")
        case [] if sys.stdin.isatty():
            raise BadRequest(
                "No token given.",
                hint="Pipe it in, or read it from a file: miwire decode-token @FILE",
            )
        case [] | ["-"]:
            return sys.stdin.buffer.read(LONGEST + 1)
        case [word] if word.startswith("@"):
            return _of_file(word[1:])
        case _:
            typer.echo(
                "hint: a token on the command line stays in the shell history. Use "
                "stdin instead: miwire decode-token -",
                err=True,
            )
            return " ".join(words).encode("utf-8", "surrogateescape")


def _of_file(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(LONGEST + 1)
    except OSError as error:
        raise NotFound(
            f"Couldn't read {redacted(name)}: {error.strerror}.",
            hint="Specify a file that contains a token.",
        ) from error
