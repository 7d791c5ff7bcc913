"""miwire protect."""

from __future__ import annotations

from typing import Annotated

import typer

from miwire.cli import checked
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
    InCloud,
    InSubscription,
    KeepSignIn,
    ManagementReference,
    NoColor,
    NoWait,
    Output,
    PlanDecides,
    Slot,
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
from miwire.errors import BadRequest
from miwire.operations import observe
from miwire.operations import protect as operation
from miwire.operations.protect import CLOSE_OR_KEEP, Protection


def protect(
    target: Target,
    allow: Annotated[
        list[str] | None,
        typer.Option(help="Let this app in; may be given again.", metavar="SOURCE"),
    ] = None,
    allow_client: Annotated[
        list[str] | None,
        typer.Option(help="Let this app-only client in, by its client id.", metavar="CLIENT_ID"),
    ] = None,
    app_id: AppId = None,
    app_role: AppRole = "Caller",
    exclude_path: ExcludePath = None,
    close: Close = False,
    keep_sign_in: KeepSignIn = False,
    allow_any_in_tenant: Annotated[
        bool,
        typer.Option(
            "--allow-any-in-tenant", help="Let every identity of the tenant in (not closed)."
        ),
    ] = False,
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
    Require Entra ID tokens at TARGET, and let in only who is named.

    Makes the app registration and its service principal where they are missing, no secret
    anywhere, and keeps every setting that is there. Nobody is let in who is not named.
    """
    talk(verbose=verbose, debug=debug, no_color=no_color)
    only_with_dry_run(exit_code, dry_run)
    show = renderers.of(output)
    asked = Protection(
        app_role=checked.role(app_role),
        excluded_paths=tuple(checked.path(each) for each in exclude_path or ()),
        close=close,
        keep_sign_in=keep_sign_in,
        any_in_tenant=allow_any_in_tenant,
        service_management_reference=(
            checked.guid(service_management_reference, "a GUID")
            if service_management_reference
            else None
        ),
    )
    named = observe.Named(
        sources=tuple(AppName.parse(each).within(subscription, group) for each in allow or ()),
        client_ids=tuple(checked.guid(each, "a client id") for each in allow_client or ()),
        app_id=checked.guid(app_id, "a client id") if app_id else None,
    )
    _refuse_contradictions(asked, named)
    name = app_name(target, group, subscription, slot)
    with session(cloud, wait, no_wait=no_wait, show=show, alone=not dry_run) as azure:
        with show.step(f"Reading {target}"):
            wiring = observe.target(azure, name, named)
        plan = operation.plan(wiring, chosen(wiring, asked))
        outcome = carried_out(azure, plan, show, "protect", dry_run=dry_run, yes=yes)
    code = code_of(plan, dry_run=dry_run, exit_code=exit_code)
    show.protection(outcome, code, dry_run=dry_run)
    return code


def _refuse_contradictions(asked: Protection, named: observe.Named) -> None:
    if asked.close and asked.keep_sign_in:
        raise BadRequest("--close and --keep-sign-in exclude each other.", hint=CLOSE_OR_KEEP)
    if asked.any_in_tenant and (named.sources or named.client_ids or asked.keep_sign_in):
        raise BadRequest(
            "--allow-any-in-tenant lets everybody in, so it goes with no other choice of callers.",
            hint="Leave it out: then only who is named gets in.",
        )
