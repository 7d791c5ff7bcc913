"""miwire protect."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
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
    Yes,
    agreed,
    app_name,
    on_a_terminal,
    only_with_dry_run,
    runs_folder,
    session,
    talk,
)
from miwire.domain.resource import AppName
from miwire.domain.wiring import Wiring
from miwire.errors import BadRequest, ExitCode, Interrupted
from miwire.operations import observe, run_record
from miwire.operations import protect as operation
from miwire.operations.change import Plan
from miwire.operations.protect import CLOSE_OR_KEEP, Protection

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PATH = re.compile(r"/(?!.*(//|\.\.))[^\"'\s]*")
_ROLE = re.compile(r"[\w.:/+-]{1,120}")


def protect(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="The app that is called.")],
    allow: Annotated[
        list[str] | None,
        typer.Option(help="Let this app in; may be given again.", metavar="SOURCE"),
    ] = None,
    allow_client: Annotated[
        list[str] | None,
        typer.Option(help="Let this app-only client in, by its client id.", metavar="CLIENT_ID"),
    ] = None,
    app_id: Annotated[
        str | None,
        typer.Option(help="Use this app registration.", metavar="CLIENT_ID"),
    ] = None,
    app_role: Annotated[
        str, typer.Option(help="The app role that callers hold.", metavar="NAME")
    ] = "Caller",
    exclude_path: Annotated[
        list[str] | None,
        typer.Option(help="Leave this path open, such as /health.", metavar="PATH"),
    ] = None,
    close: Annotated[
        bool, typer.Option("--close", help="Close a target that signs people in like any other.")
    ] = False,
    keep_sign_in: Annotated[
        bool, typer.Option("--keep-sign-in", help="Leave the people who sign in as they are.")
    ] = False,
    allow_any_in_tenant: Annotated[
        bool,
        typer.Option(
            "--allow-any-in-tenant", help="Let every identity of the tenant in (not closed)."
        ),
    ] = False,
    service_management_reference: Annotated[
        str | None,
        typer.Option(help="For tenants that demand one.", metavar="GUID"),
    ] = None,
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
        app_role=_checked(_ROLE, app_role, "the value of an app role"),
        excluded_paths=tuple(_checked(_PATH, path, "a path") for path in exclude_path or ()),
        close=close,
        keep_sign_in=keep_sign_in,
        any_in_tenant=allow_any_in_tenant,
        service_management_reference=(
            _checked(_GUID, service_management_reference, "a GUID")
            if service_management_reference
            else None
        ),
    )
    named = observe.Named(
        sources=tuple(AppName.parse(each).within(subscription, group) for each in allow or ()),
        client_ids=tuple(_checked(_GUID, each, "a client id") for each in allow_client or ()),
        app_id=_checked(_GUID, app_id, "a client id") if app_id else None,
    )
    _refuse_contradictions(asked, named)
    name = app_name(target, group, subscription, slot)
    with session(cloud, wait, no_wait=no_wait, show=show, alone=not dry_run) as azure:
        with show.step(f"Reading {target}"):
            wiring = observe.target(azure, name, named)
        plan = operation.plan(wiring, _chosen(wiring, asked))
        if dry_run:
            outcome = plan.untouched()
        else:
            show.notes(plan)
            _agree(plan, yes=yes)
            record = partial(run_record.begin, runs_folder(), "protect")
            outcome = plan.apply(azure, show.changed, record)
    code = ExitCode.DOES_NOT_HOLD if dry_run and exit_code and plan else ExitCode.OK
    show.protection(outcome, code, dry_run=dry_run)
    return code


def _checked(pattern: re.Pattern[str], text: str, what: str) -> str:
    if pattern.fullmatch(text) is None:
        raise BadRequest(f"{text!r} is not {what}.", hint="See miwire protect --help")
    return text


def _refuse_contradictions(asked: Protection, named: observe.Named) -> None:
    if asked.close and asked.keep_sign_in:
        raise BadRequest("--close and --keep-sign-in exclude each other.", hint=CLOSE_OR_KEEP)
    if asked.any_in_tenant and (named.sources or named.client_ids or asked.keep_sign_in):
        raise BadRequest(
            "--allow-any-in-tenant lets everybody in, so it goes with no other choice of callers.",
            hint="Leave it out: then only who is named gets in.",
        )


def _chosen(wiring: Wiring, asked: Protection) -> Protection:
    """Ask on a terminal what becomes of the people who sign in."""
    reason = operation.needs_a_choice(wiring)
    if not reason or asked.close or asked.keep_sign_in or not on_a_terminal():
        return asked
    answer = typer.prompt(f"{reason} Close it, or keep the sign-in? [close/keep]", err=True)
    match str(answer).strip().lower():
        case "close":
            return replace(asked, close=True)
        case "keep":
            return replace(asked, keep_sign_in=True)
    raise BadRequest(
        "Neither close nor keep was answered; nothing was changed.", hint=CLOSE_OR_KEEP
    )


def _agree(plan: Plan, *, yes: bool) -> None:
    for question in plan.questions:
        if not agreed(question, yes=yes):
            raise Interrupted("As you said no, nothing was changed.")
