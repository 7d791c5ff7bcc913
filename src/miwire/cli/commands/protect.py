"""miwire protect."""

from __future__ import annotations

from typing import Annotated

import typer

from miwire.cli import completion, parsing
from miwire.cli.confirm import carried_out, chosen
from miwire.cli.options import Changing, Where
from miwire.cli.parsing import Target
from miwire.cli.protecting import Protecting
from miwire.cli.results import ProtectResult
from miwire.errors import BadRequest
from miwire.observe import target as observe
from miwire.observe.callers import ObserveRequest
from miwire.operations import protect as operation
from miwire.operations.protect import Protection
from miwire.plan.changes.auth_settings import aftermath


def protect(
    target: Target,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            help="Allow this app to call TARGET (repeatable).",
            metavar="SOURCE",
            autocompletion=completion.apps,
        ),
    ] = None,
    allow_client: Annotated[
        list[str] | None,
        typer.Option(
            help="Allow this app-only client, by client ID (repeatable).", metavar="CLIENT_ID"
        ),
    ] = None,
    allow_any_in_tenant: Annotated[
        bool,
        typer.Option(
            "--allow-any-in-tenant", help="Allow every identity of the tenant (not recommended)."
        ),
    ] = False,
    *,
    protecting: Protecting,
    where: Where,
    how: Changing,
) -> int:
    """
    Require Entra ID tokens at TARGET and allow only the listed callers.

    Creates the app registration and its service principal if they are missing (without a
    secret), and keeps all other settings. By default, only the listed callers are allowed.
    """
    show = how.begin()
    asked = protecting.asked(any_in_tenant=allow_any_in_tenant)
    named = ObserveRequest(
        sources=tuple(where.app_beside(each) for each in allow or ()),
        client_ids=tuple(parsing.guid(each, "a client id") for each in allow_client or ()),
        app_id=protecting.registration(),
        closes=asked.closes,
    )
    _refuse_contradictions(asked, named)
    name = where.app(target)
    with how.changed_azure(show) as azure:
        with show.step(f"Reading {target}"):
            wiring = observe.target(azure, name, named)
        plan = operation.plan(wiring, chosen(wiring, asked))
        outcome = carried_out(azure, plan, show, "protect", how)
    code = how.code_of(plan)
    show.result(ProtectResult(outcome=outcome, exit_code=code, dry_run=how.dry_run))
    if not how.dry_run:
        for each in aftermath(outcome):
            show.doubt(each)
    return code


def _refuse_contradictions(asked: Protection, named: ObserveRequest) -> None:
    if asked.any_in_tenant and (named.sources or named.client_ids or asked.keep_sign_in):
        raise BadRequest(
            "--allow-any-in-tenant allows every identity of the tenant, so it "
            "can't be combined with other callers.",
            hint="Omit --allow-any-in-tenant to allow only the listed callers.",
        )
