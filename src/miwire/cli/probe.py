"""miwire probe."""

from __future__ import annotations

import os
import re
import time
from typing import Annotated

import typer

from miwire.azure import Azure
from miwire.cli.arguments import duration
from miwire.cli.option_groups import Asking, Where
from miwire.cli.token_input import given
from miwire.cli.typed_words import header_name
from miwire.domain.probing import (
    FORGED,
    WITH_TOKEN,
    WITHOUT_TOKEN,
    ProbeReport,
    ProbeRequest,
    ProbeTarget,
)
from miwire.domain.resource import AppName
from miwire.errors import BadRequest, ExitCode, Unreachable
from miwire.operations import probe as operation

_PAUSE = 2.0
_METHOD = re.compile(r"[\w!#$%&'*+.^`|~-]{1,40}", re.ASCII)
"""A token of RFC 9110, of a length that servers take."""


def probe(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="A URL, or an app.")],
    with_token: Annotated[
        bool | None,
        typer.Option("--with-token/--without-token", help="Only this case; both without either."),
    ] = None,
    forged: Annotated[
        bool, typer.Option("--forged", help="Send five forged tokens too: each must be refused.")
    ] = False,
    token: Annotated[
        str | None,
        typer.Option(help="A token to send instead of one's own.", metavar="-|@FILE|env:NAME"),
    ] = None,
    audience: Annotated[
        str | None, typer.Option(help="The audience to ask a token for.", metavar="URI")
    ] = None,
    path: Annotated[str | None, typer.Option(help="The path to ask for.")] = None,
    method: Annotated[str, typer.Option(help="The HTTP method.")] = "GET",
    header: Annotated[
        list[str] | None, typer.Option(help="A header to send; may be given again.", metavar="K:V")
    ] = None,
    expect: Annotated[
        int | None,
        typer.Option(help="The exact status that holds.", min=100, max=599, metavar="STATUS"),
    ] = None,
    timeout: Annotated[
        float, typer.Option(help="Seconds to wait for an answer.", min=0.1, max=3600, metavar="S")
    ] = 30.0,
    wait: Annotated[
        str | None,
        typer.Option(help="Ask again until it holds, for so long: 90, 90s, 3m.", metavar="TIME"),
    ] = None,
    *,
    where: Where,
    how: Asking,
) -> int:
    """
    Call TARGET without and with a token, and say who answered.

    Where its settings can be read, each answer is compared with the one they foretell.

    The token is that of where miwire runs: inside an app, its managed identity's. It goes only to
    TARGET's own https host, and redirects are never followed.
    """
    show = how.begin()
    asked = ProbeRequest(
        cases=(*_cases(with_token), *(FORGED if forged else ())),
        method=_method(method),
        headers=_headers(header or []),
        timeout=timeout,
        expect=expect,
        token=_given(token) if token else None,
        audience=audience,
    )
    seconds = duration(wait) if wait else 0.0
    name = where.app(target)
    with how.azure() as azure, show.step(f"Asking {target}"):
        place = _where(azure, name, target, path)
        report = _until_it_holds(azure, place, asked, seconds)
    code = _exit_code(report, waited=bool(wait))
    show.probed(report, code)
    return code


def _cases(with_token: bool | None) -> tuple[str, ...]:
    match with_token:
        case None:
            return (WITHOUT_TOKEN, WITH_TOKEN)
        case True:
            return (WITH_TOKEN,)
        case False:
            return (WITHOUT_TOKEN,)


def _method(typed: str) -> str:
    if _METHOD.fullmatch(typed) is None:
        raise BadRequest(f"{typed!r} is no HTTP method.", hint="Write one such as GET or POST.")
    return typed.upper()


def _where(azure: Azure, name: AppName, target: str, path: str | None) -> ProbeTarget:
    if path is not None and not path.startswith("/"):
        raise BadRequest(f"{path!r} is not a path.", hint="A path starts with /.")
    if name.host is not None:
        return operation.url_target(target, path)
    return operation.app_target(azure, name, path)


def _until_it_holds(
    azure: Azure, target: ProbeTarget, asked: ProbeRequest, seconds: float
) -> ProbeReport:
    """
    Return the first report that holds, or the last one when the time is over.

    A target that does not answer may do so later; raises what kept the last try from one.
    """
    left = seconds
    while True:
        began = time.monotonic()
        try:
            report = operation.run(azure, target, asked)
            if report.holds:
                return report
            silent = None
        except Unreachable as error:
            silent = error
        left -= time.monotonic() - began
        if left <= 0:
            break
        pause = min(_PAUSE, left)
        azure.patience.pause(pause)
        left -= pause
    if silent is not None:
        raise silent
    return report


def _exit_code(report: ProbeReport, *, waited: bool) -> ExitCode:
    if report.holds:
        return ExitCode.OK
    return ExitCode.GAVE_UP_WAITING if waited else ExitCode.DOES_NOT_HOLD


def _headers(typed: list[str]) -> dict[str, str]:
    headers = {}
    for each in typed:
        name, colon, value = each.partition(":")
        if not colon or not name.strip() or not name.isascii() or not value.isascii():
            named = header_name(each)
            told = f"--header {named} …" if named else "What --header was given"
            raise BadRequest(f"{told} is not a header.", hint="Write it as NAME:VALUE.")
        if not value.isprintable() or not name.isprintable():
            raise BadRequest(
                f"The header {header_name(each) or 'that was given'} holds control characters.",
                hint="Is a line break at the end of its value?",
            )
        if name.strip().lower() in {"content-length", "transfer-encoding", "host", "connection"}:
            raise BadRequest(f"{name.strip()} is set by the request itself.", hint="Leave it out.")
        if name.strip().lower() == "authorization":
            raise BadRequest(
                "A token does not belong on the command line.",
                hint="Give it with --token - on stdin, --token @FILE or --token env:NAME.",
            )
        headers[name.strip().lower()] = value.strip()
    return headers


def _given(source: str) -> str:
    """Return the token that --token names; never take one from the command line itself."""
    if source.startswith("env:"):
        token = os.environ.get(source[4:], "").strip()
    elif source == "-" or source.startswith("@"):
        token = given([source])
    else:
        raise BadRequest(
            "--token takes no token itself, so that none ends in the shell's history.",
            hint="Give it as - (stdin), @FILE or env:NAME.",
        )
    if not token or not token.isascii() or not token.isprintable():
        raise BadRequest(
            f"There is no token in {source}.", hint="A token is one line of ASCII characters."
        )
    return token
