"""miwire revoke."""

from __future__ import annotations

from miwire.cli import output as renderers
from miwire.cli.arguments import (
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
from miwire.operations import revoke as operation


def revoke(
    source: Source,
    target: Target,
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
    Let SOURCE in to TARGET no more, at once, and leave everybody else as they are.

    Every identity of SOURCE is taken from the lists and loses its app role, or only the one that
    --identity names. No list is left empty. -s and -g are for both apps, --slot is TARGET's.
    """
    talk(verbose=verbose, debug=debug, no_color=no_color)
    only_with_dry_run(exit_code, dry_run)
    show = renderers.of(output)
    (chosen_identity,) = enable_identity.resource_ids([identity]) if identity else (None,)
    named = observe.Named(
        sources=(AppName.parse(source).within(subscription, group),),
        identity=chosen_identity,
        leaving=True,
    )
    name = app_name(target, group, subscription, slot)
    with session(cloud, wait, no_wait=no_wait, show=show, alone=not dry_run) as azure:
        with show.step(f"Reading {source} and {target}"):
            wiring = observe.target(azure, name, named)
        plan = operation.plan(wiring, identity_named=chosen_identity is not None)
        outcome = carried_out(azure, plan, show, "revoke", dry_run=dry_run, yes=yes)
    code = code_of(plan, dry_run=dry_run, exit_code=exit_code)
    show.access("revoke", outcome, code, dry_run=dry_run)
    return code
