"""miwire probe."""

from __future__ import annotations

import re
import time
from typing import Annotated

import typer

from miwire.azure.session import Azure
from miwire.cli import completion
from miwire.cli.options import Asking, Where
from miwire.cli.parsing import duration
from miwire.cli.results import ProbeResult
from miwire.cli.token_input import bare_token
from miwire.errors import BadRequest, ExitCode, Unreachable
from miwire.model.site import AppName
from miwire.operations import probe as operation
from miwire.probe.model import (
    FORGED,
    WITH_TOKEN,
    WITHOUT_TOKEN,
    ProbeReport,
    ProbeRequest,
    ProbeTarget,
)
from miwire.redaction import header_name

_PAUSE = 2.0
_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]{1,40}", re.ASCII)
"""A token of RFC 9110, as methods and headers are named, of a length that servers take."""


def probe(
    target: Annotated[
        str,
        typer.Argument(metavar="TARGET", help="An app, or a URL.", autocompletion=completion.apps),
    ],
    with_token: Annotated[
        bool | None,
        typer.Option("--with-token/--without-token", help="Run only this check (default: both)."),
    ] = None,
    forged: Annotated[
        bool, typer.Option("--forged", help="Also send five forged tokens; all must be rejected.")
    ] = False,
    token: Annotated[
        str | None,
        typer.Option(help="Send this token instead of acquiring one.", metavar="-|@FILE|env:NAME"),
    ] = None,
    audience: Annotated[
        str | None,
        typer.Option(
            help="Request a token for this API. Required if TARGET is a URL.", metavar="URI"
        ),
    ] = None,
    path: Annotated[str | None, typer.Option(help="Path to request.")] = None,
    method: Annotated[str, typer.Option(help="The HTTP method.")] = "GET",
    header: Annotated[
        list[str] | None, typer.Option(help="Header to send (repeatable).", metavar="K:V")
    ] = None,
    expect: Annotated[
        int | None,
        typer.Option(help="Expected HTTP status.", min=100, max=599, metavar="STATUS"),
    ] = None,
    timeout: Annotated[
        float, typer.Option(help="Seconds to wait for a response.", min=0.1, max=3600, metavar="S")
    ] = 30.0,
    wait: Annotated[
        str | None,
        typer.Option(
            help="Retry until the check passes, up to this long (90s, 3m).", metavar="TIME"
        ),
    ] = None,
    *,
    where: Where,
    how: Asking,
) -> int:
    """
    Call TARGET without and with a token, and show who responded.

    If TARGET's settings can be read, each response is compared with the predicted one.

    The token is the signed-in account's; inside an app, its managed identity's. Its audience is
    --audience, or else taken from TARGET's settings in ARM, never from TARGET itself: without an
    audience, no token is sent. It is sent only to TARGET's https host; redirects aren't followed.
    """
    show = how.begin()
    asked = ProbeRequest(
        cases=(*_cases(with_token), *(FORGED if forged else ())),
        method=_method(method),
        headers=_headers(header or []),
        timeout=timeout,
        expect=expect,
        token=bare_token(token) if token else None,
        audience=audience,
    )
    seconds = duration(wait) if wait else 0.0
    name = where.app(target)
    with how.azure() as azure, show.step(f"Calling {target}"):
        place = _where(azure, name, target, path)
        for each in operation.warnings(place, asked):
            show.warning(each)
        report = _until_it_holds(azure, place, asked, seconds)
    code = _exit_code(report, waited=bool(wait))
    show.result(ProbeResult(report, code))
    if report.unnamed is not None:
        show.error(report.unnamed)
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
    if _NAME.fullmatch(typed) is None:
        raise BadRequest(
            "--method isn't a valid HTTP method.", hint="Use a method such as GET or POST."
        )
    return typed.upper()


def _where(azure: Azure, name: AppName, target: str, path: str | None) -> ProbeTarget:
    if path is not None and not path.startswith("/"):
        raise BadRequest("--path isn't a path.", hint="A path starts with /.")
    if name.host is not None:
        return operation.url_target(target, path)
    return operation.app_target(azure, name, path)


def _until_it_holds(
    azure: Azure, target: ProbeTarget, asked: ProbeRequest, seconds: float
) -> ProbeReport:
    """
    Return the first report that holds, or the last one at the timeout.

    A target that does not respond may do so later; raises the error of the last try.
    """
    left = seconds
    while True:
        began = time.monotonic()
        try:
            report = operation.run(azure, target, asked)
            if report.holds or report.unnamed is not None:
                return report
            silent = None
        except Unreachable as error:
            silent = error
        left -= time.monotonic() - began
        if left <= 0:
            break
        pause = min(_PAUSE, left)
        azure.waiter.pause(pause)
        left -= pause
    if silent is not None:
        raise silent
    return report


def _exit_code(report: ProbeReport, *, waited: bool) -> ExitCode:
    if report.unnamed is not None:
        return report.unnamed.exit_code
    if report.fails:
        return ExitCode.GAVE_UP_WAITING if waited else ExitCode.DOES_NOT_HOLD
    return ExitCode.UNREACHABLE if report.shows_nothing else ExitCode.OK


def _headers(typed: list[str]) -> dict[str, str]:
    """Return headers by their names in lower case; no message repeats what may be a key."""
    headers = {}
    for each in typed:
        name, colon, value = (part.strip() for part in each.partition(":"))
        if not colon or _NAME.fullmatch(name) is None:
            named = header_name(each)
            told = f"--header {named} …" if named else "The value of --header"
            raise BadRequest(f"{told} isn't a header.", hint="Write it as NAME:VALUE.")
        if not _is_a_value(value):
            raise BadRequest(
                f"The value of the header {header_name(each) or 'given'} contains "
                "characters that aren't allowed in HTTP headers.",
                hint="Use ASCII on one line.",
            )
        if name.lower() in {"content-length", "transfer-encoding", "host", "connection"}:
            raise BadRequest(f"{name} can't be set: miwire sets it.", hint="Leave it out.")
        if name.lower() == "authorization":
            raise BadRequest(
                "Don't put a token on the command line: it stays in the shell history.",
                hint="Use --token - (stdin), --token @FILE or --token env:NAME.",
            )
        headers[name.lower()] = value
    return headers


def _is_a_value(text: str) -> bool:
    return text.isascii() and text.replace("\t", " ").isprintable()
