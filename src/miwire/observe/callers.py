"""Which identity a source calls with, and whom the gate's two lists have to name for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miwire.checks.directory import CLIENT_KNOWN, NOT_PUBLIC, NamedClient
from miwire.checks.registry import refuse
from miwire.checks.source import HAS_IDENTITY, IS_ATTACHED, ONE_IDENTITY, NamedIdentity
from miwire.errors import NotFound, NotYetVisible
from miwire.model.wiring import Caller

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from miwire.azure.session import Azure
    from miwire.model.directory import ServicePrincipal
    from miwire.model.site import AppName, Site, SiteRef


class Callers:
    """The callers that a command line names; some may have no identity yet."""

    def __init__(self, azure: Azure, sources: Sequence[Site], named: ObserveRequest) -> None:
        self._azure = azure
        self._named = named
        self._leaving = [each for source in sources for each in _leaving(source, named)]
        entering = () if named.leaving else sources
        self._ids = [(source, _principal_id(source, named)) for source in entering]

    @property
    def principal_ids(self) -> tuple[str, ...]:
        """The object ids of the identities that there are."""
        ids = (*(each for _, each in self._ids), *(each.principal_id for each in self._leaving))
        return tuple(dict.fromkeys(each for each in ids if each))

    def named(
        self,
        principals: Mapping[str, ServicePrincipal | None],
        *,
        unread: bool,
        clients_listed: bool,
    ) -> tuple[Caller, ...]:
        """
        Return each caller once, its client id from the directory.

        *unread*: the directory may not be read, so client ids are not known. *clients_listed*: the
        gate goes by client ids, so that of who leaves is waited for, and empty if it never comes.
        """
        found = [self._departing(each, principals, waits=clients_listed) for each in self._leaving]
        for source, principal_id in self._ids:
            if principal_id is None or unread:
                unmade = Caller.to_be(source.display_name)
                found.append(replace(unmade, principal_id=principal_id or unmade.principal_id))
            else:
                found.append(self._caller(source, principal_id, principals))
        if not unread:
            found += [self._client(client_id) for client_id in self._named.client_ids]
        return tuple({each.principal_id: each for each in found}.values())

    def _caller(
        self, source: Site, principal_id: str, principals: Mapping[str, ServicePrincipal | None]
    ) -> Caller:
        principal = principals[principal_id] or self._azure.waiter.until(
            lambda: self._azure.directory.service_principal(principal_id),
            for_what=f"the directory to know the identity of {source.display_name}",
        )
        return _of_principal(source.display_name, principal)

    def _departing(
        self, caller: Caller, principals: Mapping[str, ServicePrincipal | None], *, waits: bool
    ) -> Caller:
        """Return who leaves with its client id; ARM knows that of a user-assigned identity."""
        principal = principals.get(caller.principal_id)
        if principal is None and waits and not caller.client_id:
            principal = self._waited_for(caller)
        return replace(caller, client_id=principal.app_id) if principal else caller

    def _waited_for(self, caller: Caller) -> ServicePrincipal | None:
        waiter = self._azure.waiter
        try:
            return waiter.until(
                lambda: self._azure.directory.service_principal(caller.principal_id),
                for_what=f"the directory to know the identity of {caller.name}",
                # The other half is for taking out what is known, which must not fail for lack of
                # time: the principal may be gone for good.
                at_most=waiter.seconds / 2,
            )
        except NotYetVisible:
            return None

    def _client(self, client_id: str) -> Caller:
        """Return an app-only client; a client that signs people in has no ids to allow."""
        refuse((NOT_PUBLIC,), NamedClient(client_id))
        view = self._azure.directory.look(app_id=client_id, client_ids=(client_id,))
        principal: ServicePrincipal | None = view.principals[client_id]
        known = NamedClient(client_id, principal, view.registration, looked_up=True)
        refuse((CLIENT_KNOWN,), known, NotFound)
        refuse((NOT_PUBLIC,), known)
        if principal is None:
            raise LookupError("the check of the service principal refuses that")
        return _of_principal(principal.display_name, principal)


def _of_principal(name: str, principal: ServicePrincipal) -> Caller:
    return Caller(name, principal.app_id, principal.object_id, enabled=principal.enabled)


def _principal_id(source: Site, named: ObserveRequest) -> str | None:
    """Return the object id of the identity that a source calls with; None: it is to be made."""
    if named.identity is not None:
        return _attached(source, named.identity, enables=named.enables)
    identity = source.identity
    if identity.system is not None:
        return identity.system.principal_id
    if named.enables:
        return None
    refuse((HAS_IDENTITY,), source, NotFound)
    refuse((ONE_IDENTITY,), source)
    return next(each.principal_id for each in identity.user_assigned if each.principal_id)


def _leaving(source: Site, named: ObserveRequest) -> Iterator[Caller]:
    """Yield every identity of a source that leaves, or the one that is named."""
    if not named.leaving:
        return
    system = source.identity.system
    if system is not None and named.identity is None:
        yield Caller(source.display_name, "", system.principal_id)
    for each in source.identity.user_assigned:
        chosen = named.identity is None or named.identity.lower() == each.id.lower()
        if chosen and each.principal_id:
            name = f"{source.display_name} by {each.id.rpartition('/')[2]}"
            yield Caller(name, each.client_id or "", each.principal_id)


def _attached(source: Site, resource_id: str, *, enables: bool) -> str | None:
    attached = source.identity.attached(resource_id)
    if attached is not None or enables:
        return attached.principal_id if attached else None
    refuse((IS_ATTACHED,), NamedIdentity(source, resource_id), NotFound)
    return None


@dataclass(frozen=True, slots=True)
class ObserveRequest:
    """Whom the command line names around a target."""

    sources: tuple[AppName, ...] = ()
    client_ids: tuple[str, ...] = ()
    app_id: str | None = None
    """A registration to use instead of the one that the settings name."""
    identity: str | None = None
    """Resource id of the user-assigned identity that the one source calls with."""
    enables: bool = False
    """Whether the one source gets the identity that it lacks."""
    leaving: bool = False
    """Whether SOURCE is to be removed: then every identity of it matters."""
    looks_inside: bool = False
    """Whether the app settings of the one source matter."""
    closes: bool = False
    """Whether the target may come to require a token: then it matters who calls it today."""
    scope_setting: str | None = None
    """The app setting of the one source that is to hold the scope; it is read with the others."""

    def to_lock(self, sites: Sequence[Site]) -> Iterator[SiteRef]:
        """Yield which of a target and its sources the command may change: other runs wait."""
        target, *sources = sites
        yield target.ref
        for each in sources:
            if self.enables or self.scope_setting:
                yield each.ref
            if self.scope_setting:
                yield each.ref.production
