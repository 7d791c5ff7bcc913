"""Revoke one caller's access: remove it from every list, and its app role assignments."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from miwire.easyauth.caller import gate_of, prediction
from miwire.errors import WaitTimeout
from miwire.operations.impact import still_open
from miwire.plan.changes.app_role import unassignment
from miwire.plan.changes.auth_settings import RemoveFromSettings
from miwire.plan.plan import Plan
from miwire.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.model.auth_settings import AuthSettings
    from miwire.model.wiring import Caller, Wiring
    from miwire.plan.plan import Change, Outcome

_FORBIDDEN = 403


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
        notes=tuple(_notes(wiring, after, leaving, identity_named=identity_named)),
        questions=() if identity_named else tuple(_questions(wiring, leaving)),
        purpose=f"revoke the access of {wiring.the_source.name} to {wiring.the_target.name}",
    )


def refuse_half(outcome: Outcome) -> None:
    """
    Raise WaitTimeout where somebody may be in still, by a client id that nobody told.

    What was done before is in the error.
    """
    wiring, left = outcome.wiring, outcome.wiring.the_target.settings.other_clients
    unnamed = _unnamed(wiring, wiring.the_target.settings)
    if not unnamed:
        return
    out = all(_is_shut_out(wiring, wiring.the_target.settings, each) for each in unnamed)
    then = "it is rejected by its object ID anyway" if out else "its tokens may still be accepted"
    raise WaitTimeout(
        f"Couldn't find the client ID of {_names(unnamed)} in the directory, so "
        f"it may still be listed at {wiring.the_target.name}: {then}.",
        hint=(
            "Run the same command again in a minute. If that identity was deleted, "
            f"remove its client ID from the settings by hand; listed: {listed(left)}"
        ),
    )


def _unnamed(wiring: Wiring, settings: AuthSettings) -> tuple[Caller, ...]:
    """Return who leaves without a client id, where *settings* may hold that id."""
    return tuple(each for each in wiring.callers if not each.client_id and settings.other_clients)


def _names(callers: tuple[Caller, ...]) -> str:
    return listed(dict.fromkeys(each.name for each in callers))


def _is_shut_out(wiring: Wiring, after: AuthSettings, caller: Caller) -> bool:
    """Say whether the gate surely refuses a caller by *after*, whichever its client id may be."""
    gate = gate_of(wiring, after)
    ids = (caller.client_id,) if caller.client_id else after.other_clients or ("",)
    verdicts = [prediction(wiring, replace(caller, client_id=each), gate) for each in ids]
    return all(each is not None and each.status == _FORBIDDEN for each in verdicts)


def _unassignments(wiring: Wiring, leaving: tuple[Caller, ...]) -> Iterator[Change]:
    for caller in leaving:
        for held in wiring.the_target.assignments:
            if held.principal_id == caller.principal_id:
                yield unassignment(wiring, caller.name, held.principal_id, held.app_role_id)


def _notes(
    wiring: Wiring, after: AuthSettings, leaving: tuple[Caller, ...], *, identity_named: bool
) -> Iterator[str]:
    source, target = wiring.the_source.name, wiring.the_target.name
    if not wiring.callers:
        yield (
            f"{source} has no managed identity, so it can't be allowed now; IDs of "
            "a former identity may still be listed."
        )
    unnamed = _unnamed(wiring, after)
    if unnamed:
        yield (
            f"Couldn't find the client ID of {_names(unnamed)} in the directory: "
            f"only its known IDs are removed from {target}, and it may still be "
            "allowed by the others."
        )
    elif leaving and all(_is_shut_out(wiring, after, each) for each in wiring.callers):
        who = _names(leaving) if identity_named else source
        yield (
            f"{who} will get 403 from {target} as soon as {target} has restarted, "
            "even with tokens it already has."
        )
    yield from still_open(after, target)


def _questions(wiring: Wiring, leaving: tuple[Caller, ...]) -> Iterator[str]:
    """Ask about identities that other apps may call with as well."""
    system = wiring.the_source.site.identity.system
    for each in leaving:
        if system is None or each.principal_id != system.principal_id:
            yield (
                f"{each.name}: every app that uses this user-assigned identity loses "
                f"access to {wiring.the_target.name}."
            )
