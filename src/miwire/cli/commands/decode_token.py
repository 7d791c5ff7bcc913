"""miwire decode-token."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Annotated

import typer

from miwire import timestamps as moment
from miwire.azure.session import Azure
from miwire.cli import completion
from miwire.cli.options import Asking, Where
from miwire.cli.results import TokenResult
from miwire.cli.token_input import read_token
from miwire.errors import BadRequest, ExitCode
from miwire.model.site import AppName
from miwire.operations import decode_token as operation
from miwire.tokens.expectation import LEEWAY

_SECONDS = re.compile(r"\d{1,6}", re.ASCII)
_VERIFYING = "With --verify"


def decode_token(
    token: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TOKEN|-|@FILE", help="The token, or where to read it (default: stdin)."
        ),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Check signature, times, audience and issuer.")
    ] = False,
    at: Annotated[
        str | None,
        typer.Option(
            help=(
                "Evaluate the token at this time instead of now: ISO 8601, or seconds since 1970."
            ),
            metavar="TIME",
        ),
    ] = None,
    audience: Annotated[
        list[str] | None,
        typer.Option(
            help="Accepted aud (repeatable).",
            metavar="AUD",
            rich_help_panel=_VERIFYING,
        ),
    ] = None,
    issuer: Annotated[
        list[str] | None,
        typer.Option(
            help="Accepted iss (repeatable).",
            metavar="ISS",
            rich_help_panel=_VERIFYING,
        ),
    ] = None,
    tenant: Annotated[
        str | None,
        typer.Option(
            help="ID of the tenant that must have issued it (v1 and v2 issuers are accepted).",
            metavar="TID",
            rich_help_panel=_VERIFYING,
        ),
    ] = None,
    jwks: Annotated[
        str | None,
        typer.Option(
            help="Verify with these keys instead of the issuer's published keys.",
            metavar="FILE|URL",
            rich_help_panel=_VERIFYING,
        ),
    ] = None,
    leeway: Annotated[
        str | None,
        typer.Option(
            help="Allowed clock skew in seconds (default 300, as in Easy Auth).",
            metavar="S",
            rich_help_panel=_VERIFYING,
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--for",
            help=(
                "Predict how this app would respond; with --verify, expect what its "
                "settings accept."
            ),
            metavar="TARGET",
            autocompletion=completion.apps,
        ),
    ] = None,
    *,
    where: Where,
    how: Asking,
) -> int:
    """
    Decode and explain an access token; verify it with --verify.

    Without --verify, the token is only decoded, even if it expired; no
    request is sent. With --verify, specify what to expect: --audience, and
    --tenant or --issuer, or --for an app whose settings contain it.

    The token may stand in what you copied: a header, the JSON of az or of a
    token endpoint, a curl command, wrapped lines. Other secrets in it are
    ignored; only their kinds are shown.
    """
    show = how.begin()
    now = moment.parse(at) if at is not None else time.time()
    name = where.app(target) if target is not None else None
    if not verify:
        _nothing_to_verify(audience, issuer, tenant, jwks, leeway)
        pasted = read_token(token or [])
        report = replace(operation.decode(pasted.token, now), pasted=pasted)
        if name is not None:
            with how.azure() as azure:
                report = operation.at_gate(azure, report, operation.target_of(azure, name))
        show.result(TokenResult(report))
        return ExitCode.OK
    demand = operation.Demand(
        audiences=tuple(audience or ()),
        issuers=tuple(issuer or ()),
        tenant=tenant,
        jwks=jwks,
        leeway=_seconds(leeway),
    )
    with how.azure() as azure:
        report = _verified(azure, token or [], demand, now, name)
    code = ExitCode.OK if report.verified else ExitCode.DOES_NOT_HOLD
    show.result(TokenResult(report, code))
    return code


def _verified(
    azure: Azure, words: list[str], demand: operation.Demand, now: float, name: AppName | None
) -> operation.TokenReport:
    if name is None:
        demand.sensible()
        pasted = read_token(words)
        report = operation.verify(azure, pasted.token, demand, now)
    else:
        pasted = read_token(words)
        target = operation.target_of(azure, name)
        demand = demand.filled_from(target)
        demand.sensible()
        verified = operation.verify(azure, pasted.token, demand, now)
        report = operation.at_gate(azure, verified, target)
    return replace(report, pasted=pasted)


def _nothing_to_verify(*expectations: object) -> None:
    """Reject expectations without --verify: it would look like a check."""
    if any(expectations):
        raise BadRequest(
            "--audience, --issuer, --tenant, --jwks and --leeway require --verify.",
            hint="Add --verify.",
        )


def _seconds(text: str | None) -> float:
    if text is None:
        return LEEWAY
    # The text is not repeated: a token may have slipped into the wrong place.
    if _SECONDS.fullmatch(text) is None:
        raise BadRequest(
            "--leeway must be a whole number of seconds.", hint="Example: --leeway 300"
        )
    return float(text)
