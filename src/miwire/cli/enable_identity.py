"""miwire enable-identity."""

from __future__ import annotations

from typing import Annotated

import typer

from miwire.cli import output as renderers
from miwire.cli.arguments import (
    Debug,
    DryRun,
    Format,
    Group,
    InCloud,
    InSubscription,
    NoColor,
    NoWait,
    Output,
    PlanDecides,
    Slot,
    Verbose,
    Wait,
    app_name,
    only_with_dry_run,
    session,
    talk,
)
from miwire.errors import ExitCode
from miwire.operations import enable_identity as operation


def enable_identity(
    site: Annotated[str, typer.Argument(metavar="SITE", help="The app that is to call others.")],
    user_assigned: Annotated[
        list[str] | None,
        typer.Option(
            help="Attach this user-assigned identity instead; may be given again.",
            metavar="RESOURCE_ID",
        ),
    ] = None,
    group: Group = None,
    subscription: InSubscription = None,
    slot: Slot = None,
    dry_run: DryRun = False,
    exit_code: PlanDecides = False,
    wait: Wait = "3m",
    no_wait: NoWait = False,
    cloud: InCloud = "AzureCloud",
    output: Output = Format.TEXT,
    verbose: Verbose = False,
    debug: Debug = False,
    no_color: NoColor = False,
) -> int:
    """
    Give SITE a managed identity, and keep every identity that it has.

    Without --user-assigned it is the system-assigned one. If it is on already, nothing is done:
    its principal id stays as it is, and with it every role that it holds.
    """
    talk(verbose=verbose, debug=debug, no_color=no_color)
    only_with_dry_run(exit_code, dry_run)
    show = renderers.of(output)
    identities = operation.resource_ids(user_assigned or [])
    name = app_name(site, group, subscription, slot)
    with session(cloud, wait, no_wait=no_wait, show=show, alone=not dry_run) as azure:
        with show.step(f"Reading {site}"):
            wiring = operation.observe(azure, name)
        plan = operation.plan(wiring, identities)
        outcome = plan.untouched() if dry_run else plan.apply(azure, show.changed)
    code = ExitCode.DOES_NOT_HOLD if dry_run and exit_code and plan else ExitCode.OK
    show.identity(outcome, code, dry_run=dry_run)
    return code
