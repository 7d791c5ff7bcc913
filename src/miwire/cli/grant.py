"""miwire grant."""

from __future__ import annotations

from miwire.cli import checked
from miwire.cli import output as renderers
from miwire.cli.arguments import (
    AppRole,
    Debug,
    DryRun,
    Format,
    Group,
    Identity,
    InCloud,
    InSubscription,
    NoColor,
    NoWait,
    Output,
    PlanDecides,
    Slot,
    Source,
    Target,
    Verbose,
    Wait,
    Yes,
    app_name,
    only_with_dry_run,
    session,
    talk,
)
from miwire.cli.carrying_out import carried_out, code_of
from miwire.domain.resource import AppName
from miwire.operations import enable_identity, observe
from miwire.operations import grant as operation


def grant(
    source: Source,
    target: Target,
    app_role: AppRole = "Caller",
    identity: Identity = None,
    group: Group = None,
    subscription: InSubscription = None,
    slot: Slot = None,
    dry_run: DryRun = False,
    exit_code: PlanDecides = False,
    yes: Yes = False,
    wait: Wait = "3m",
    no_wait: NoWait = False,
    cloud: InCloud = "AzureCloud",
    output: Output = Format.TEXT,
    verbose: Verbose = False,
    debug: Debug = False,
    no_color: NoColor = False,
) -> int:
    """
    Let SOURCE in to TARGET, which is protected, beside those who are let in.

    It gets the app role and a place in each list that restricts; nothing else is touched. -s and
    -g are for both apps, --slot is TARGET's.
    """
    talk(verbose=verbose, debug=debug, no_color=no_color)
    only_with_dry_run(exit_code, dry_run)
    show = renderers.of(output)
    (chosen_identity,) = enable_identity.resource_ids([identity]) if identity else (None,)
    named = observe.Named(
        sources=(AppName.parse(source).within(subscription, group),),
        identity=chosen_identity,
        looks_inside=True,
    )
    name, role = app_name(target, group, subscription, slot), checked.role(app_role)
    with session(cloud, wait, no_wait=no_wait, show=show, alone=not dry_run) as azure:
        with show.step(f"Reading {source} and {target}"):
            wiring = observe.target(azure, name, named)
        plan = operation.plan(wiring, role)
        outcome = carried_out(azure, plan, show, "grant", dry_run=dry_run, yes=yes)
    code = code_of(plan, dry_run=dry_run, exit_code=exit_code)
    show.access("grant", outcome, code, dry_run=dry_run)
    return code
