"""Give an app an identity, and keep every identity that it has."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miwire.model.identity import UserAssignedIdentity
from miwire.permissions.arm import assign_identity, write_site
from miwire.model.wiring import Caller, Part, Wiring
from miwire.errors import BadRequest, GaveUpWaiting, NotPermitted
from miwire.observe import apps as find
from miwire.plan.plan import Plan
from miwire.observe.identity import kept_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.azure.session import Azure
    from miwire.model.identity import ManagedIdentity
    from miwire.model.directory import ServicePrincipal
    from miwire.model.site import AppName
    from miwire.domain.site import Site
    from miwire.plan.preflight import Right

_USER_ASSIGNED = re.compile(
    r"/subscriptions/[\w-]{1,64}/resourceGroups/[\w.()-]{1,90}"
    r"/providers/Microsoft\.ManagedIdentity/userAssignedIdentities/[\w-]{1,128}",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class EnableSystemIdentity:
    """Turn the system-assigned identity of the source on."""

    name: str
    action = "enable-identity"

    @property
    def summary(self) -> str:
        """Say it for people."""
        return f"enable the system-assigned identity of {self.name} ({self.name} restarts)"

    def requires(self, wiring: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return (write_site(wiring.the_source.ref),)

    def foreseen(self, wiring: Wiring) -> Wiring:
        """Return the wiring as it is: the identity is nothing without its id."""
        return wiring

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Send the identities of this moment, this one among them, and wait for the directory."""
        return _settled(azure, wiring, system=True)


@dataclass(frozen=True, slots=True)
class AttachUserAssignedIdentity:
    """Attach a user-assigned identity to the source."""

    name: str
    identity_id: str
    action = "attach-identity"

    @property
    def summary(self) -> str:
        """Say it for people."""
        identity = self.identity_id.rpartition("/")[2]
        return f"attach the user-assigned identity {identity} to {self.name} ({self.name} restarts)"

    def requires(self, wiring: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return write_site(wiring.the_source.ref), assign_identity(self.identity_id)

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Send the identities of this moment, and this one."""
        return _settled(azure, wiring, attach=self.identity_id)

    def foreseen(self, wiring: Wiring) -> Wiring:
        """Add the identity; its ids for callers come with Azure's answer."""
        source = wiring.the_source
        new = UserAssignedIdentity(self.identity_id, None, None)
        attached = (*source.identity.user_assigned, new)
        identity = replace(source.identity, user_assigned=attached)
        return wiring.saw(source=replace(source, identity=identity))


def _settled(
    azure: Azure, wiring: Wiring, *, system: bool = False, attach: str | None = None
) -> Wiring:
    """
    Change the identities of the source as they are at this moment.

    ARM takes the `type` that is sent as the whole truth: an identity that it does not name is
    taken away, and a system-assigned one that comes back has another principal id.
    """
    source = wiring.the_source
    now, unasked = _now(azure, source, system=system)
    attached = [each.id for each in now.user_assigned]
    if attach is not None and not now.has_user_assigned(attach):
        attached.append(attach)
    changed = azure.sites.set_identity(
        source.ref, system=system or now.system is not None, user_assigned=attached
    )
    may_look = Part.DIRECTORY not in wiring.unread
    needed = may_look and any(each.pending for each in wiring.callers)
    principal, unread = _looked_up(azure, changed, needed=needed)
    return wiring.saw(
        source=changed,
        source_principal=principal,
        unread={**wiring.unread, **unasked, **unread},
        callers=tuple(
            _made(changed, principal, attach, each, may_not_look=not may_look)
            if each.pending
            else each
            for each in wiring.callers
        ),
    )


def _now(azure: Azure, source: Site, *, system: bool) -> tuple[ManagedIdentity, Mapping[Part, str]]:
    """Return the identities of this moment, and what was not looked at for lack of the right."""
    if system:
        return azure.sites.get(source.ref).identity, {}
    try:
        return kept_whole(azure, source), {}
    except NotPermitted as refusal:
        # Where it is ARM that refuses, this read does so again.
        return azure.sites.get(source.ref).identity, {Part.DIRECTORY: refusal.message}


def _made(
    site: Site,
    principal: ServicePrincipal | None,
    attached: str | None,
    pending: Caller,
    *,
    may_not_look: bool,
) -> Caller:
    """
    Return the caller that an app is by the identity that it has been given.

    Where the directory may not be read, it stays pending, but for its object id.
    """
    if attached is not None:
        identity = site.identity.attached(attached)
        if identity is not None and identity.client_id and identity.principal_id:
            return Caller(site.display_name, identity.client_id, identity.principal_id)
    elif principal is not None:
        return Caller(site.display_name, principal.app_id, principal.object_id)
    elif site.identity.system is not None and may_not_look:
        return replace(pending, principal_id=site.identity.system.principal_id)
    raise GaveUpWaiting(
        f"The directory does not know the identity of {site.display_name} yet.",
        hint="Run the same command again in a minute: it goes on where it stopped.",
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
        if not azure.patience.seconds:
            return look(), {}
        for_what = f"the directory to know the identity of {site.display_name}"
        return azure.patience.until(look, for_what=for_what), {}
    except NotPermitted as refusal:
        if needed:
            raise
        return None, {Part.DIRECTORY: refusal.message}


def observe(azure: Azure, name: AppName) -> Wiring:
    """Read the app and the service principal of its identity."""
    (site,) = find.apps(azure, [name])
    if azure.take_turn([site.ref]):
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
