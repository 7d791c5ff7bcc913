"""Connect a source to a target: identity, registration, app role and settings as one plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from miwire.errors import Interrupted
from miwire.observe import target as observe
from miwire.observe.callers import ObserveRequest
from miwire.operations import enable_identity, protect, scope_setting
from miwire.operations.dialog import Dialog
from miwire.operations.grant import (
    other_credential,
    other_slots,
    refuse_another_identity,
    unlooked,
)
from miwire.operations.proof import Proof, prove
from miwire.operations.protect import Protection
from miwire.plan.apply import Progress, untouched
from miwire.plan.changes.auth_settings import WriteAuthSettings
from miwire.plan.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from miwire.azure.session import Azure
    from miwire.model.site import AppName
    from miwire.model.wiring import Wiring
    from miwire.plan.plan import Outcome, Record


@dataclass(frozen=True, slots=True)
class ConnectRequest:
    """What is to be connected, and how."""

    source: AppName
    target: AppName
    protection: Protection = field(default_factory=Protection)
    identity: str | None = None
    """Resource id of the user-assigned identity that SOURCE calls with, instead of its own."""
    app_id: str | None = None
    """Client id of a registration to use instead of a new one."""
    scope_setting: str | None = None
    """The app setting of SOURCE that is to hold the scope."""

    @property
    def reads(self) -> ObserveRequest:
        """What has to be read for it."""
        return ObserveRequest(
            sources=(self.source,),
            app_id=self.app_id,
            identity=self.identity,
            enables=True,
            looks_inside=True,
            closes=self.protection.closes,
            scope_setting=self.scope_setting,
        )


@dataclass(frozen=True, slots=True)
class Connection:
    """What connecting changed, and the proof that it works; empty where none was taken."""

    outcome: Outcome
    proof: Proof


def run(  # noqa: PLR0913 - each has a default that a program can leave
    azure: Azure,
    request: ConnectRequest,
    dialog: Dialog | None = None,
    *,
    progress: Progress | None = None,
    begin: Callable[[Plan], Record] | None = None,
    hand_off: Callable[[Protection, Plan], None] | None = None,
    dry_run: bool = False,
) -> Connection:
    """
    Connect two apps and prove it; with *dry_run* only plan.

    *begin* begins the record that undo needs, *hand_off* may leave a part of the plan to somebody
    else and raise. Raises MiwireError; what was changed before it is in the error.
    """
    dialog, progress = dialog or Dialog(), progress or Progress()
    with progress:
        with dialog.step(f"Reading {request.source} and {request.target}"):
            wiring = observe.target(azure, request.target, request.reads)
        asked = dialog.choose(wiring, request.protection)
        planned = plan(wiring, asked, request.identity)
        if dry_run:
            return Connection(untouched(planned), Proof())
        if hand_off is not None and planned:
            hand_off(asked, planned)
        dialog.preview(planned)
        dialog.agree(planned)
        outcome = progress.apply(azure, planned, dialog.on_change, begin)
        if asked.prepare:
            return Connection(outcome, Proof())
        with dialog.step("Verifying the connection"):
            return Connection(outcome, _proved(azure, outcome, asked))


def _proved(azure: Azure, outcome: Outcome, asked: Protection) -> Proof:
    """Return the proof; raise Interrupted with what is known, where somebody has no time for it."""
    try:
        return prove(azure, outcome.wiring, asked.mode, changed=bool(outcome.plan))
    except KeyboardInterrupt as interrupt:
        raise Interrupted(
            "All changes were made, but not verified.",
            hint="Run the same command again: it changes nothing and verifies.",
        ) from interrupt


def plan(wiring: Wiring, asked: Protection, identity: str | None = None) -> Plan:
    """
    Plan all that is missing, additive changes first and the gate last.

    *identity* is the resource id of a user-assigned identity to call with. Raises BadRequest where
    the source's code would call with another one, or where the target needs a choice.
    """
    refuse_another_identity(wiring, identity)
    first = enable_identity.plan(wiring, (identity,) if identity else ())
    rest = protect.plan(wiring, asked)
    gate = tuple(each for each in rest.changes if isinstance(each, WriteAuthSettings))
    after = gate[0].preview(wiring).the_target.settings if gate else wiring.the_target.settings
    setting = tuple(scope_setting.changes(wiring, after))
    directory = (each for each in rest.changes if each not in gate)
    changes = (*first.changes, *directory, *setting, *gate)
    return Plan(
        wiring,
        changes,
        (
            *rest.findings,
            *unlooked(wiring),
            *other_slots(wiring, after),
            *other_credential(wiring, asks=bool(changes)),
            *scope_setting.findings(wiring, setting),
        ),
        purpose=f"connect {wiring.the_source.name} to {wiring.the_target.name}",
    )
