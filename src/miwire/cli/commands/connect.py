"""miwire connect."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from miwire.azure.session import Azure
from miwire.cli import checked, handing_off
from miwire.cli.confirm import chosen
from miwire.cli.parsing import Identity, ScopeSetting, Source, Target
from miwire.cli.carrying_out import carried_out
from miwire.cli.options import Changing, Where
from miwire.cli.protecting import Protecting
from miwire.model.wiring import Part, Wiring
from miwire.errors import ExitCode, Interrupted
from miwire.operations import connect as operation
from miwire.operations import snippets as inside
from miwire.observe import target as observe
from miwire.plan.plan import Outcome
from miwire.operations.proof import Proof, prove
from miwire.operations.protect import Protection


def connect(
    source: Source,
    target: Target,
    identity: Identity = None,
    scope_setting: ScopeSetting = None,
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
    *,
    protecting: Protecting,
    where: Where,
    how: Changing,
) -> int:
    """
    Let SOURCE call TARGET, and nobody else, and prove it.

    enable-identity, protect --allow and the proof in one: one plan, shown, applied, then called
    without a token and as a stranger. Running it again changes nothing. -s and -g are for both
    apps, --slot is TARGET's.
    """
    show = how.begin()
    asked = protecting.asked(prepare=prepare)
    named = observe.Named(
        sources=(where.app_beside(source),),
        app_id=protecting.registration(),
        identity=checked.identity(identity),
        enables=True,
        looks_inside=True,
        scope_setting=checked.app_setting(scope_setting),
    )
    name = where.app(target)
    with how.changed_azure(show) as azure:
        with show.step(f"Reading {source} and {target}"):
            wiring = observe.target(azure, name, named)
        asked = chosen(wiring, asked)
        plan = operation.plan(wiring, asked, named.identity)
        if handoff is not None and plan and not how.dry_run:
            again = _again(wiring, asked, named, how.cloud)
            handing_off.hand_off_what_is_lacked(azure, plan, handoff, again, show, how)
        outcome = carried_out(azure, plan, show, "connect", how)
        proof = Proof()
        if not (how.dry_run or prepare):
            with show.step("Proving it"):
                proof = _proved(azure, outcome, asked)
    code = how.code_of(plan)
    if not proof.holds:
        code = proof.never.exit_code if proof.never else ExitCode.DOES_NOT_HOLD
    lines = inside.lines(outcome.wiring)
    show.connection(outcome, proof, lines, code, dry_run=how.dry_run, prepared=prepare)
    return code


def _again(wiring: Wiring, asked: Protection, named: observe.Named, cloud: str) -> list[str]:
    """Return the command line that goes on once somebody else has done his part."""
    reference, setting = asked.service_management_reference, named.scope_setting
    unread = Part.SOURCE_SETTINGS in wiring.unread
    return [
        *("miwire", "connect", wiring.the_source.ref.id, wiring.the_target.ref.id),
        *(("--identity", named.identity) if named.identity else ()),
        # Whoever may not read the app settings of SOURCE can't see that the script wrote this one.
        *(("--scope-setting", setting) if setting and not unread else ()),
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
    """Return the proof; raise Interrupted with what is known, where somebody has no time for it."""
    try:
        return prove(azure, outcome.wiring, asked.mode, changed=bool(outcome.plan))
    except KeyboardInterrupt as interrupt:
        raise Interrupted(
            "The wiring is made; it was not proved.",
            hint="Run the same command again: it finds nothing to do, and proves it.",
        ) from interrupt
