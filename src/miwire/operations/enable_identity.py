"""Give an app an identity, and keep every identity that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.model.wiring import Part
from miwire.plan.changes.identity import AttachUserAssignedIdentity, EnableSystemIdentity
from miwire.plan.plan import Plan

if TYPE_CHECKING:
    from miwire.model.wiring import Wiring


def plan(wiring: Wiring, user_assigned: tuple[str, ...] = ()) -> Plan:
    """Plan the system-assigned identity, or the attachment of *user_assigned* (resource ids)."""
    site = wiring.the_source.site
    if user_assigned:
        missing = [each for each in user_assigned if not site.identity.has_user_assigned(each)]
        changes = tuple(AttachUserAssignedIdentity(site.display_name, each) for each in missing)
        return Plan(wiring, changes)
    if site.identity.system is not None:
        return Plan(wiring, ())
    return Plan(wiring, (EnableSystemIdentity(site.display_name),))


def unknown(wiring: Wiring) -> tuple[str, ...]:
    """Tell what is not known of the identity, and why."""
    why, site = wiring.unread.get(Part.DIRECTORY), wiring.the_source.site
    if not why:
        return ()
    if site.identity.system is not None:
        return (f"Couldn't read the client ID. {why}",)
    name = site.display_name
    note = (
        f"Couldn't check in the directory whether {name} had a system-assigned "
        "identity that Azure didn't show yet; if it had one, this change "
        f"removed it. {why}"
    )
    return (note,)
