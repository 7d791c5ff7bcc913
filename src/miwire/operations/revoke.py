"""Let one source in no more: out of every list at once, and without an app role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.domain import auth_settings as at
from miwire.operations.change import Plan
from miwire.operations.gate_change import RemoveFromSettings
from miwire.operations.protect_notes import still_open
from miwire.operations.service_principal_changes import ASSIGNING, the_principal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.azure import Azure
    from miwire.domain.auth_settings import AuthSettings
    from miwire.domain.registration import AppRoleAssignment
    from miwire.domain.wiring import Caller, Wiring
    from miwire.operations.change import Change
    from miwire.operations.rights import Right


@dataclass(frozen=True, slots=True)
class UnassignAppRole:
    """Take an app role of the target from somebody."""

    role: str
    name: str
    principal_id: str
    role_id: str
    action = "unassign-app-role"

    @property
    def summary(self) -> str:
        """Say it for people."""
        return f"take the app role {self.role} from {self.name}"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return ASSIGNING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Take it away on the side of the resource."""
        for each in wiring.assignments:
            if self._is(each):
                azure.directory.unassign(the_principal(wiring).object_id, each.id)
        return self.foreseen(wiring)

    def foreseen(self, wiring: Wiring) -> Wiring:
        """Return the wiring without it."""
        kept = tuple(each for each in wiring.assignments if not self._is(each))
        return wiring.saw(assignments=kept)

    def _is(self, assignment: AppRoleAssignment) -> bool:
        return (assignment.principal_id, assignment.app_role_id) == (
            self.principal_id,
            self.role_id,
        )


def plan(wiring: Wiring, *, identity_named: bool = False) -> Plan:
    """
    Plan to take the source out: the gate first, which acts at once, whatever tokens it holds.

    *identity_named*: the command line names the identity itself, so that nobody has to be asked
    about others who call with it.
    """
    leaving = tuple(each for each in wiring.callers if _is_in(wiring, each))
    gate = RemoveFromSettings(wiring.the_target.display_name, leaving)
    after = gate.wish(wiring).applied_to(wiring.settings)
    writes = bool(wiring.settings.differences(after))
    changes = (*((gate,) if writes else ()), *_unassignments(wiring, leaving))
    return Plan(
        wiring,
        changes,
        notes=tuple(_notes(wiring, after, leaving)),
        questions=() if identity_named else tuple(_questions(wiring, leaving)),
        purpose=f"take {wiring.the_source.display_name} out of {wiring.the_target.display_name}",
    )


def _is_in(wiring: Wiring, caller: Caller) -> bool:
    """Say whether a caller is in a list, or holds a role."""
    settings = wiring.settings
    clients = (*settings.listed(at.APPLICATIONS), *settings.listed(at.CHECKED_APPLICATIONS))
    return (
        caller.client_id.casefold() in {each.casefold() for each in clients}
        or caller.principal_id.casefold()
        in {each.casefold() for each in settings.listed(at.IDENTITIES)}
        or any(each.principal_id == caller.principal_id for each in wiring.assignments)
    )


def _unassignments(wiring: Wiring, leaving: tuple[Caller, ...]) -> Iterator[Change]:
    for caller in leaving:
        for held in wiring.assignments:
            if held.principal_id == caller.principal_id:
                yield unassignment(wiring, caller.name, held.principal_id, held.app_role_id)


def unassignment(wiring: Wiring, name: str, principal_id: str, role_id: str) -> UnassignAppRole:
    """Return the change that takes a role from a principal, called *name*."""
    registration = wiring.registration
    role = registration.role_name(role_id) if registration else role_id
    return UnassignAppRole(role, name, principal_id, role_id)


def _notes(wiring: Wiring, after: AuthSettings, leaving: tuple[Caller, ...]) -> Iterator[str]:
    source, target = wiring.the_source.display_name, wiring.the_target.display_name
    if not wiring.callers:
        yield (
            f"{source} has no managed identity, so nothing that it is now can be let in; ids of an "
            "identity that it had before may still be listed."
        )
    elif leaving and after.listed(at.APPLICATIONS):
        yield f"{source} gets 403 from {target} from then on, with the tokens that it holds, too."
    yield from still_open(after, target)


def _questions(wiring: Wiring, leaving: tuple[Caller, ...]) -> Iterator[str]:
    """Ask about identities that other apps may call with as well."""
    system = wiring.the_source.identity.system
    for each in leaving:
        if system is None or each.principal_id != system.principal_id:
            yield (
                f"{each.name}: every app that this user-assigned identity is attached to loses "
                f"access to {wiring.the_target.display_name}."
            )
