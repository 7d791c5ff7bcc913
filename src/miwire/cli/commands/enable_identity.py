"""miwire enable-identity."""

from __future__ import annotations

from typing import Annotated

import typer

from miwire.cli import completion, parsing
from miwire.cli.options import Changing, Where
from miwire.cli.results import EnableIdentityResult
from miwire.observe import identity
from miwire.operations import enable_identity as operation
from miwire.plan.apply import untouched


def enable_identity(
    site: Annotated[
        str,
        typer.Argument(
            metavar="SITE",
            help="The app to enable an identity on.",
            autocompletion=completion.apps,
        ),
    ],
    user_assigned: Annotated[
        list[str] | None,
        typer.Option(
            help="Attach this user-assigned identity instead (repeatable).",
            metavar="RESOURCE_ID",
        ),
    ] = None,
    *,
    where: Where,
    how: Changing,
) -> int:
    """
    Enable a managed identity on an app (existing identities are kept).

    Default: the system-assigned identity. If it is already enabled, nothing is changed: its
    principal ID and its role assignments stay.
    """
    show = how.begin()
    identities = parsing.resource_ids(user_assigned or [])
    name = where.app(site)
    with how.changed_azure(show) as azure:
        with show.step(f"Reading {site}"):
            wiring = identity.observe(azure, name)
        plan = operation.plan(wiring, identities)
        outcome = untouched(plan) if how.dry_run else how.progress.apply(azure, plan, show.changed)
    code = how.code_of(plan)
    show.result(EnableIdentityResult(outcome=outcome, exit_code=code, dry_run=how.dry_run))
    if not how.dry_run:
        for each in operation.unknown(outcome.wiring):
            show.doubt(each)
    return code
