"""miwire connect."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from miwire.azure import Azure
from miwire.cli import checked, handing_off
from miwire.cli import output as renderers
from miwire.cli.agreement import chosen
from miwire.cli.arguments import (
    AppId,
    AppRole,
    Close,
    Debug,
    DryRun,
    ExcludePath,
    Format,
    Group,
    Identity,
    InCloud,
    InSubscription,
    KeepSignIn,
    ManagementReference,
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
from miwire.domain.wiring import Wiring
from miwire.errors import BadRequest, ExitCode, Unreachable
from miwire.operations import connect as operation
from miwire.operations import enable_identity, inside, observe
from miwire.operations.change import Outcome
from miwire.operations.proof import Proof, prove
from miwire.operations.protect import CLOSE_OR_KEEP, Protection


def connect(
    source: Source,
    target: Target,
    identity: Identity = None,
    prepare: Annotated[
        bool,
        typer.Option(
            "--prepare", help="Everything but the gate, so that SOURCE can send tokens first."
        ),
    ] = False,
    handoff: Annotated[
        Path | None,
        typer.Option(
            help="Write what you may not do to this file, as a script of az commands.",
            metavar="FILE",
        ),
    ] = None,
    app_id: AppId = None,
    app_role: AppRole = "Caller",
    exclude_path: ExcludePath = None,
    close: Close = False,
    keep_sign_in: KeepSignIn = False,
    service_management_reference: ManagementReference = None,
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
    Let SOURCE call TARGET, and nobody else, and prove it.

    enable-identity, protect --allow and the proof in one: one plan, shown, applied, then called
    without a token and as a stranger. Running it again changes nothing. -s and -g are for both
    apps, --slot is TARGET's.
    """
    talk(verbose=verbose, debug=debug, no_color=no_color)
    only_with_dry_run(exit_code, dry_run)
    if close and keep_sign_in:
        raise BadRequest("--close and --keep-sign-in exclude each other.", hint=CLOSE_OR_KEEP)
    show = renderers.of(output)
    reference = service_management_reference
    asked = Protection(
        app_role=checked.role(app_role),
        excluded_paths=tuple(checked.path(each) for each in exclude_path or ()),
        close=close,
        keep_sign_in=keep_sign_in,
        prepare=prepare,
        service_management_reference=checked.guid(reference, "a GUID") if reference else None,
    )
    (chosen_identity,) = enable_identity.resource_ids([identity]) if identity else (None,)
    named = observe.Named(
        sources=(AppName.parse(source).within(subscription, group),),
        app_id=checked.guid(app_id, "a client id") if app_id else None,
        identity=chosen_identity,
        enables=True,
        looks_inside=True,
    )
    name = app_name(target, group, subscription, slot)
    with session(cloud, wait, no_wait=no_wait, show=show, alone=not dry_run) as azure:
        with show.step(f"Reading {source} and {target}"):
            wiring = observe.target(azure, name, named)
        asked = chosen(wiring, asked)
        plan = operation.plan(wiring, asked, chosen_identity)
        if handoff is not None and plan and not dry_run:
            left = handing_off.parted(azure, plan)
            if left:
                again = _again(wiring, asked, named, cloud)
                return handing_off.hand_off(azure, left, handoff, again, show, yes=yes)
        outcome = carried_out(azure, plan, show, "connect", dry_run=dry_run, yes=yes)
        proof = Proof()
        if not (dry_run or prepare):
            with show.step("Proving it"):
                proof = _proved(azure, outcome, asked)
    code = code_of(plan, dry_run=dry_run, exit_code=exit_code)
    if not proof.holds:
        code = proof.never.exit_code if proof.never else ExitCode.DOES_NOT_HOLD
    show.connection(
        outcome, proof, inside.lines(outcome.wiring), code, dry_run=dry_run, prepared=prepare
    )
    return code


def _again(wiring: Wiring, asked: Protection, named: observe.Named, cloud: str) -> list[str]:
    """Return the command line that goes on once somebody else has done his part."""
    reference = asked.service_management_reference
    return [
        *("miwire", "connect", wiring.the_source.ref.id, wiring.the_target.ref.id),
        *(("--identity", named.identity) if named.identity else ()),
        *(("--app-id", named.app_id) if named.app_id else ()),
        *(("--service-management-reference", reference) if reference else ()),
        *(("--app-role", asked.app_role) if asked.app_role != "Caller" else ()),
        *(word for path in asked.excluded_paths for word in ("--exclude-path", path)),
        *(("--close",) if asked.close else ()),
        *(("--keep-sign-in",) if asked.keep_sign_in else ()),
        *(("--prepare",) if asked.prepare else ()),
        *(("--cloud", cloud) if cloud != "AzureCloud" else ()),
    ]


def _proved(azure: Azure, outcome: Outcome, asked: Protection) -> Proof:
    """Return the proof; what was done before one that could not be taken is in the error."""
    try:
        return prove(azure, outcome.wiring, asked.mode, changed=bool(outcome.plan))
    except Unreachable as error:
        error.changes, error.run = outcome.planned, outcome.run
        raise
