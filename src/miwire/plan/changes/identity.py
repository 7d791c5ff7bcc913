"""Changes to the managed identities of an app."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from miwire.errors import NotPermitted, WaitTimeout
from miwire.model.identity import ManagedIdentity, UserAssignedIdentity
from miwire.model.wiring import Caller, Part, Wiring
from miwire.observe.identity import _looked_up, read_identities
from miwire.permissions.arm import assign_identity, write_site
from miwire.plan import azcli
from miwire.shell_words import sh
from miwire.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from miwire.azure.session import Azure
    from miwire.model.cloud import Cloud
    from miwire.model.directory import ServicePrincipal
    from miwire.model.site import Site
    from miwire.model.wiring import Wiring
    from miwire.permissions.graph import Right


@dataclass(frozen=True, slots=True)
class EnableSystemIdentity:
    """Turn the system-assigned identity of the source on."""

    name: str
    action = "enable-identity"

    @property
    def summary(self) -> str:
        """Say it for people."""
        return f"{self.name}: enable system-assigned identity (restarts {self.name})"

    def az(self, _: Cloud, wiring: Wiring) -> Iterator[str]:
        """Yield the az commands that do the same; ids that nobody knows yet are variables."""
        attached: dict[str, Any] = {
            each.id: {} for each in wiring.the_source.site.identity.user_assigned
        }
        identity: dict[str, Any] = {"type": "SystemAssigned"}
        if attached:
            identity = {"type": "SystemAssigned, UserAssigned", "userAssignedIdentities": attached}
        principal_id = azcli.get("$site", "identity.principalId")
        yield f'site="$source?api-version={azcli.SITES}"'
        yield f'if [ -z "$({principal_id})" ]; then'
        enable = azcli.send("patch", "$site", azcli.body({"identity": identity}))
        yield f"  {enable} >/dev/null"
        yield "fi"
        yield f"principal_id=$({principal_id})"

    def requires(self, wiring: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return (write_site(wiring.the_source.ref),)

    def preview(self, wiring: Wiring) -> Wiring:
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
        return f"{self.name}: attach user-assigned identity {identity} (restarts {self.name})"

    def az(self, cloud: Cloud, wiring: Wiring) -> Iterator[str]:
        """Yield the az commands that do the same; ids that nobody knows yet are variables."""
        identity = wiring.the_source.site.identity
        ids = dict.fromkeys((*(each.id for each in identity.user_assigned), self.identity_id))
        kind = "SystemAssigned, UserAssigned" if identity.system else "UserAssigned"
        body = azcli.body(
            {"identity": {"type": kind, "userAssignedIdentities": {each: {} for each in ids}}}
        )
        attach = azcli.send("patch", f"$source?api-version={azcli.SITES}", body)
        yield f"{attach} >/dev/null"
        url = f"{cloud.resource_manager}{self.identity_id}?api-version={azcli.IDENTITIES}"
        yield f"identity={sh(url)}"
        yield f"principal_id=$({azcli.get('$identity', 'properties.principalId')})"

    def requires(self, wiring: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return write_site(wiring.the_source.ref), assign_identity(self.identity_id)

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Send the identities of this moment, and this one."""
        return _settled(azure, wiring, attach=self.identity_id)

    def preview(self, wiring: Wiring) -> Wiring:
        """Add the identity; its ids for callers come with Azure's answer."""
        source = wiring.the_source.site
        new = UserAssignedIdentity(self.identity_id, None, None)
        attached = (*source.identity.user_assigned, new)
        identity = replace(source.identity, user_assigned=attached)
        return wiring.with_source(site=replace(source, identity=identity))


def _settled(
    azure: Azure, wiring: Wiring, *, system: bool = False, attach: str | None = None
) -> Wiring:
    """
    Change the identities of the source as they are at this moment.

    ARM takes the `type` that is sent as the whole truth: an identity that it does not name is
    taken away, and a system-assigned one that comes back has another principal id.
    """
    source = wiring.the_source.site
    now, unasked = _now(azure, source, system=system)
    attached = [each.id for each in now.user_assigned]
    if attach is not None and not now.has_user_assigned(attach):
        attached.append(attach)
    changed = _in_effect(
        azure,
        azure.sites.set_identity(
            source.ref, system=system or now.system is not None, user_assigned=attached
        ),
        system=system,
        attach=attach,
    )
    may_look = Part.DIRECTORY not in wiring.unread
    needed = may_look and any(each.pending for each in wiring.callers)
    principal, unread = _looked_up(azure, changed, needed=needed)
    updated = wiring.with_source(
        site=changed,
        principal=principal,
        unread={**wiring.the_source.unread, **unasked, **unread},
    )
    return updated.with_callers(
        *(
            _made(changed, principal, attach, each, may_not_look=not may_look)
            if each.pending
            else each
            for each in wiring.callers
        )
    )


def _in_effect(azure: Azure, answered: Site, *, system: bool, attach: str | None) -> Site:
    """
    Return the app once it shows the object id of the identity that it was given.

    A PATCH of a site may answer 200 or 202 before it took effect (example of UpdateWebApp).
    """

    def shown(site: Site) -> bool:
        identity = site.identity
        attached = identity.attached(attach) if attach is not None else None
        return not (system and identity.system is None) and (
            attach is None or (attached is not None and bool(attached.principal_id))
        )

    if shown(answered):
        return answered

    def read() -> Site | None:
        site = azure.sites.get(answered.ref)
        return site if shown(site) else None

    return azure.waiter.until(read, for_what=f"the identity of {answered.display_name} to exist")


def _now(azure: Azure, source: Site, *, system: bool) -> tuple[ManagedIdentity, Mapping[Part, str]]:
    """Return the identities of this moment, and what was not looked at for lack of the right."""
    if system:
        return azure.sites.get(source.ref).identity, {}
    try:
        return read_identities(azure, source), {}
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
    raise WaitTimeout(
        f"The identity of {site.display_name} doesn't exist in the directory yet.",
        hint="Run the same command again in a minute: it continues where it stopped.",
    )


@dataclass(frozen=True, slots=True)
class RemoveIdentity:
    """Take the identities from an app that a run gave it."""

    name: str
    system: bool
    user_assigned: frozenset[str]
    """Resource ids in lower case."""
    action = "remove-identity"
    no_az = azcli.NOTHING_HANDED_OFF

    @property
    def summary(self) -> str:
        """Say it for people."""
        whole = ["the system-assigned identity"] if self.system else []
        attached = [each.rpartition("/")[2] for each in sorted(self.user_assigned)]
        whole += [f"the user-assigned identity {each}" for each in attached]
        return f"{self.name}: remove {listed(whole)} (restarts {self.name})"

    def requires(self, wiring: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return (write_site(wiring.the_source.ref),)

    def preview(self, wiring: Wiring) -> Wiring:
        """Return the wiring with the identities that stay."""
        source = wiring.the_source.site
        left = ManagedIdentity(
            system=None if self.system else source.identity.system,
            user_assigned=tuple(
                each
                for each in source.identity.user_assigned
                if each.id.lower() not in self.user_assigned
            ),
        )
        return wiring.with_source(site=replace(source, identity=left), principal=None)

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Send the identities of this moment, but for these."""
        source = wiring.the_source.site
        # Its own identity may be newer than the run, and than what a read of ARM shows.
        now = (
            azure.sites.get(source.ref).identity if self.system else read_identities(azure, source)
        )
        kept = [each.id for each in now.user_assigned if each.id.lower() not in self.user_assigned]
        system = now.system is not None and not self.system
        changed = azure.sites.set_identity(source.ref, system=system, user_assigned=kept)
        return wiring.with_source(site=changed, principal=None)
