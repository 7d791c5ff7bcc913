"""Revoke one caller's access: remove it from every list, and its app role assignments."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from miwire.checks import removal
from miwire.checks.registry import run, troubles
from miwire.checks.removal import Leaving, is_shut_out, names_of
from miwire.checks.removal import unnamed as unnamed_in
from miwire.checks.target import STILL_OPEN
from miwire.errors import WaitTimeout
from miwire.plan.changes.app_role import unassignment
from miwire.plan.changes.auth_settings import RemoveFromSettings
from miwire.plan.plan import Plan
from miwire.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.finding import Finding
    from miwire.model.wiring import Caller, Wiring
    from miwire.plan.plan import Change, Outcome


def plan(wiring: Wiring, *, identity_named: bool = False) -> Plan:
    """
    Plan to take the source out: the gate first, which acts at once, whatever tokens it holds.

    *identity_named*: the command line names the identity itself, so that nobody has to be asked
    about others who call with it.
    """
    leaving = tuple(
        each
        for each in wiring.callers
        if wiring.the_target.names(each.client_id, each.principal_id)
    )
    gate = RemoveFromSettings(wiring.the_target.name, leaving)
    after = gate.preview(wiring).the_target.settings
    writes = bool(wiring.the_target.settings.differences(after))
    changes = (*((gate,) if writes else ()), *_unassignments(wiring, leaving))
    return Plan(
        wiring,
        changes,
        tuple(_findings(Leaving(wiring, after, leaving, identity_named))),
        purpose=f"revoke the access of {wiring.the_source.name} to {wiring.the_target.name}",
    )


def refuse_half(outcome: Outcome) -> None:
    """
    Raise WaitTimeout where somebody may be in still, by a client id that nobody told.

    What was done before is in the error.
    """
    wiring, left = outcome.wiring, outcome.wiring.the_target.settings.other_clients
    unnamed = unnamed_in(wiring, wiring.the_target.settings)
    if not unnamed:
        return
    out = all(is_shut_out(wiring, wiring.the_target.settings, each) for each in unnamed)
    then = "it is rejected by its object ID anyway" if out else "its tokens may still be accepted"
    raise WaitTimeout(
        f"Couldn't find the client ID of {names_of(unnamed)} in the directory, so "
        f"it may still be listed at {wiring.the_target.name}: {then}.",
        hint=(
            "Run the same command again in a minute. If that identity was deleted, "
            f"remove its client ID from the settings by hand; listed: {listed(left)}"
        ),
    )


def _unassignments(wiring: Wiring, leaving: tuple[Caller, ...]) -> Iterator[Change]:
    for caller in leaving:
        for held in wiring.the_target.assignments:
            if held.principal_id == caller.principal_id:
                yield unassignment(wiring, caller.name, held.principal_id, held.app_role_id)


def _findings(step: Leaving) -> Iterator[Finding]:
    yield from run(removal.REVOKE_NOTES, step)
    then = replace(step.wiring.the_target, settings=step.after)
    yield from troubles(run(STILL_OPEN, then))
    yield from run(removal.REVOKE_QUESTIONS, step)
