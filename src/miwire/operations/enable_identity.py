"""Give an app an identity, and keep every identity that it has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from miwire.errors import BadRequest, NotPermitted
from miwire.model.wiring import Part, Wiring
from miwire.observe import apps as find
from miwire.plan.changes.identity import AttachUserAssignedIdentity, EnableSystemIdentity
from miwire.plan.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.azure.session import Azure
    from miwire.model.directory import ServicePrincipal
    from miwire.model.site import AppName, Site

_USER_ASSIGNED = re.compile(
    r"/subscriptions/[\w-]{1,64}/resourceGroups/[\w.()-]{1,90}"
    r"/providers/Microsoft\.ManagedIdentity/userAssignedIdentities/[\w-]{1,128}",
    re.IGNORECASE | re.ASCII,
)


def _looked_up(
    azure: Azure, site: Site, *, needed: bool = False
) -> tuple[ServicePrincipal | None, Mapping[Part, str]]:
    """
    Return the service principal of a site's system-assigned identity, once the directory knows it.

    ARM tells the principal id at once, Graph some seconds to minutes later. None: the site has no
    such identity, or whoever is signed in may not read the directory, which is told beside it;
    where it is *needed*, NotPermitted is raised instead.
    """
    system = site.identity.system
    if system is None:
        return None, {}

    def look() -> ServicePrincipal | None:
        return azure.directory.service_principal(system.principal_id)

    try:
        if not azure.waiter.seconds:
            return look(), {}
        for_what = f"the directory to know the identity of {site.display_name}"
        return azure.waiter.until(look, for_what=for_what), {}
    except NotPermitted as refusal:
        if needed:
            raise
        return None, {Part.DIRECTORY: refusal.message}


def observe(azure: Azure, name: AppName) -> Wiring:
    """Read the app and the service principal of its identity."""
    (site,) = find.apps(azure, [name])
    if azure.lock_apps([site.ref]):
        (site,) = find.apps(azure, [name])
    principal, unread = _looked_up(azure, site)
    return Wiring(
        tenant_id=azure.tenant_id or "", source=site, source_principal=principal, unread=unread
    )


def plan(wiring: Wiring, user_assigned: tuple[str, ...] = ()) -> Plan:
    """Plan the system-assigned identity, or the attachment of *user_assigned* (resource ids)."""
    site = wiring.the_source
    if user_assigned:
        missing = [each for each in user_assigned if not site.identity.has_user_assigned(each)]
        changes = tuple(AttachUserAssignedIdentity(site.display_name, each) for each in missing)
        return Plan(wiring, changes)
    if site.identity.system is not None:
        return Plan(wiring, ())
    return Plan(wiring, (EnableSystemIdentity(site.display_name),))


def unknown(wiring: Wiring) -> tuple[str, ...]:
    """Tell what is not known of the identity, and why."""
    why, site = wiring.unread.get(Part.DIRECTORY), wiring.the_source
    if not why:
        return ()
    if site.identity.system is not None:
        return (f"The client id is not known. {why}",)
    name = site.display_name
    note = (
        f"Whether {name} had a system-assigned identity that Azure did not show yet was not looked "
        f"at in the directory; if it had one, this took it away. {why}"
    )
    return (note,)


def resource_ids(typed: list[str]) -> tuple[str, ...]:
    """Return the ids of user-assigned identities; raise BadRequest for anything else."""
    for each in typed:
        if _USER_ASSIGNED.fullmatch(each) is None:
            raise BadRequest(
                f"{each} is not the resource id of a user-assigned identity.",
                hint="It looks like /subscriptions/SUB/resourceGroups/GROUP/providers/"
                "Microsoft.ManagedIdentity/userAssignedIdentities/NAME.",
            )
    return tuple(dict.fromkeys(typed))
