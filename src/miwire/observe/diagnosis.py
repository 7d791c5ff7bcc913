"""
Read everything that decides whether a source can call a target, and go on past what can't be read.

A plan stops where a part is missing that it relies on. A diagnosis doesn't: each part that couldn't
be read is in `unread`, with the reason, and every check that needs it says that it doesn't know.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from miwire.azure.concurrency import alongside, gather
from miwire.checks.directory import NamedRegistration
from miwire.checks.target import ReadSettings
from miwire.errors import BadRequest, MiwireError, NotPermitted, NotSignedIn
from miwire.model.auth_settings import AuthSettings
from miwire.model.directory import DirectoryView, registration_name, unique_name
from miwire.model.wiring import NO_ISSUERS, Caller, Part, Slot, Source, Target, Wiring
from miwire.observe.apps import find
from miwire.observe.listed import ListedIds
from miwire.observe.target import InsideSource, kind_of, of_authentication

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from miwire.azure.session import Azure
    from miwire.azure.sites import ClassicAuth
    from miwire.model.cloud import Issuers
    from miwire.model.site import AppName, Site, SiteRef


@dataclass(frozen=True, slots=True)
class Observation:
    """A target and the app that calls, as far as they could be read."""

    wiring: Wiring
    in_force: ReadSettings
    """The authentication settings, before it is known whether they are in force."""
    chosen: str | None = None
    """Resource id of the user-assigned identity that the source's settings choose."""
    registration: NamedRegistration | None = None
    """The registration that the settings name; None: they name none, or nobody could look."""


def observe(azure: Azure, target: AppName, source: AppName | None = None) -> Observation:
    """
    Read a target, its caller if one is named, and what the directory knows of both.

    Four rounds: the apps, their settings, the directory, the settings of slots. Raises NotFound and
    BadRequest as a look-up of apps does, NotSignedIn, and Unreachable where ARM doesn't answer.
    """
    found = find(azure, [target, *([source] if source is not None else [])])
    azure, (site, *sources) = found.azure, found.sites
    if any(each.ref.key == site.ref.key for each in sources):
        raise BadRequest(
            f"{site.display_name} is both SOURCE and TARGET.",
            hint="Specify two different apps, the caller first.",
        )
    reader = _Reader(azure, site, sources[0] if sources else None)
    read = reader.settings()
    view, slots = reader.directory_and_slots(read)
    registration = reader.registration(read, view)
    whose, others = reader.listed(read, view)
    target_seen = Target(
        site,
        settings=read.settings,
        issuers=read.issuers,
        registration=view.registration,
        service_principal=view.service_principal,
        assignments=view.assignments,
        owners=view.owners,
        listed=whose,
        other_apis=others,
        app_settings=read.of_target,
        slots=slots,
        unread=reader.unread,
    )
    wiring = Wiring(
        tenant_id=azure.tenant_id or "",
        account=found.account,
        target=target_seen,
        source=reader.source_seen(read, view),
        callers=reader.callers(read, view),
    )
    version = read.version
    in_force = ReadSettings(
        site,
        read.settings,
        in_version_1=version is not None and version.in_use,
        from_file=version is not None and version.from_file,
        unread=reader.unread,
    )
    return Observation(wiring, in_force, reader.chosen(read), registration)


def _reason(error: MiwireError) -> str:
    """Return why something couldn't be read: the missing permission, where it is known."""
    if isinstance(error, NotPermitted) and error.hint:
        return error.hint
    return " ".join(filter(None, (error.message, error.hint)))


@dataclass(frozen=True, slots=True)
class _Settings:
    """What ARM says of both apps."""

    settings: AuthSettings
    version: ClassicAuth | None
    of_source: InsideSource
    of_target: Mapping[str, str] | None
    slots: tuple[SiteRef, ...]
    slots_of_source: tuple[Site, ...]
    issuers: Issuers


class _Reader:
    """Reads what it can of two apps, and remembers what it couldn't read and why."""

    def __init__(self, azure: Azure, site: Site, source: Site | None) -> None:
        self._azure = azure
        self._site = site
        self._source = source
        self.unread: dict[Part, str] = {}

    def settings(self) -> _Settings:
        """Return the settings of both apps, in one round."""
        sites, ref = self._azure.sites, self._site.ref
        settings, version, of_source, of_target, slots, source_slots, issuers, _ = gather(
            partial(self._unless_refused, Part.AUTH_SETTINGS, partial(sites.auth_settings, ref)),
            partial(self._read, Part.VERSION, partial(sites.classic_auth, ref)),
            self._of_source,
            partial(self._read, Part.TARGET_SETTINGS, partial(sites.app_settings, ref)),
            partial(self._read, Part.SLOTS, partial(sites.slots, ref)),
            self._slots_of_source,
            partial(
                self._read,
                Part.ISSUERS,
                partial(self._azure.authority.issuers, self._azure.tenant_id or ""),
            ),
            partial(
                self._read,
                Part.DIRECTORY,
                partial(self._azure.context.refuse_other_tenant, self._azure.cloud.graph_scope),
            ),
        )
        return _Settings(
            settings or AuthSettings(),
            version,
            of_source,
            None if of_target is None else of_authentication(of_target),
            slots or (),
            source_slots,
            issuers or NO_ISSUERS,
        )

    def directory_and_slots(self, read: _Settings) -> tuple[DirectoryView, tuple[Slot, ...]]:
        """Return what the directory knows, and meanwhile the settings of the target's slots."""
        return alongside(
            partial(self._directory, read),
            lambda: gather(*(partial(self._slot, each) for each in read.slots)),
        )

    def listed(self, read: _Settings, view: DirectoryView) -> tuple[Any, Any]:
        """Return whose the ids in the target's lists are, and the other APIs that it accepts."""
        if Part.DIRECTORY in self.unread:
            return {}, {}
        ids = ListedIds.of(read.settings)
        return self._read(Part.DIRECTORY, partial(ids.known, self._azure, view)) or ({}, {})

    def registration(self, read: _Settings, view: DirectoryView) -> NamedRegistration | None:
        """Return the registration that the settings name, and what the id is if it is none."""
        app_id = read.settings.client_id
        if app_id is None or {Part.DIRECTORY, Part.AUTH_SETTINGS} & self.unread.keys():
            return None
        kind = ""
        if view.registration is None:
            sites = (self._site, *([self._source] if self._source else ()))
            kind = self._read(Part.DIRECTORY, partial(kind_of, self._azure, app_id, sites)) or ""
        return NamedRegistration(self._site, app_id, view.registration, kind)

    def source_seen(self, read: _Settings, view: DirectoryView) -> Source | None:
        """Return the app that calls."""
        if self._source is None:
            return None
        system, inside = self._source.identity.system, read.of_source
        return Source(
            self._source,
            principal=view.principals.get(system.principal_id) if system else None,
            chosen_client_id=inside.chosen_client_id,
            has_client_credential=inside.has_client_credential,
            identity_endpoint_off=inside.identity_endpoint_off,
            scopes=inside.scopes,
            slots=read.slots_of_source,
        )

    def callers(self, read: _Settings, view: DirectoryView) -> tuple[Caller, ...]:
        """Return the identity that the source's code calls with; empty: it has none."""
        chosen = self._chosen(read)
        if self._source is None or chosen is None:
            return ()
        principal = view.principals.get(chosen.principal_id)
        if principal is None:
            return (chosen,)
        return (replace(chosen, client_id=principal.app_id, enabled=principal.enabled),)

    def chosen(self, read: _Settings) -> str | None:
        """Return the user-assigned identity that AZURE_CLIENT_ID names; None: it names none."""
        attached = self._source.identity.user_assigned if self._source else ()
        wanted = (read.of_source.chosen_client_id or "").casefold()
        named = (each for each in attached if (each.client_id or "").casefold() == wanted)
        return next((each.id for each in named if wanted), None)

    def _chosen(self, read: _Settings) -> Caller | None:
        """Return the identity that AZURE_CLIENT_ID names, else the system-assigned, or the one."""
        if self._source is None:
            return None
        name, identity = self._source.display_name, self._source.identity
        attached = [each for each in identity.user_assigned if each.principal_id]
        wanted = (read.of_source.chosen_client_id or "").casefold()
        named = next((e for e in attached if (e.client_id or "").casefold() == wanted), None)
        if named is None and identity.system is not None:
            return Caller(name, "", identity.system.principal_id)
        if named is None and len(attached) == 1:
            named = attached[0]
        return Caller(name, named.client_id or "", named.principal_id or "") if named else None

    def _directory(self, read: _Settings) -> DirectoryView:
        if self.unread.keys() & {Part.DIRECTORY, Part.AUTH_SETTINGS}:
            which = "Which registration to read is in the authentication settings of the target."
            self.unread.setdefault(Part.DIRECTORY, which)
            return DirectoryView()
        caller = self._chosen(read)
        listed = ListedIds.of(read.settings)
        ids = dict.fromkeys((*((caller.principal_id,) if caller else ()), *listed.identities))
        look = partial(
            self._azure.directory.look,
            app_id=read.settings.client_id,
            unique_name=unique_name(self._site.ref),
            display_name=registration_name(self._site),
            principal_ids=tuple(ids),
            client_ids=tuple(each for each in listed.applications if each not in ids),
            app_ids=listed.apis,
        )
        return self._read(Part.DIRECTORY, look) or DirectoryView()

    def _of_source(self) -> InsideSource:
        if self._source is None:
            return InsideSource()
        asked = partial(self._azure.sites.app_settings, self._source.ref)
        found = self._read(Part.SOURCE_SETTINGS, asked)
        return InsideSource() if found is None else InsideSource.among(found)

    def _slots_of_source(self) -> tuple[Site, ...]:
        """Return the slots of the source, where it is production and has an identity."""
        source = self._source
        if source is None or source.ref.slot is not None or source.identity.type == "None":
            return ()
        slots = partial(self._azure.sites.deployment_slots, source.ref)
        return self._read(Part.SOURCE_SLOTS, slots) or ()

    def _slot(self, ref: SiteRef) -> Slot:
        name = f"{ref.name}/{ref.slot}" if ref.slot else ref.name
        try:
            return Slot(name, self._azure.sites.auth_settings(ref))
        except NotSignedIn:
            raise
        except MiwireError:
            return Slot(name, None)

    def _unless_refused(self, part: Part, read: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Return what *read* does; None where the right is missing. Whatever else is raised."""
        try:
            return read()
        except NotPermitted as refusal:
            self.unread[part] = _reason(refusal)
            return None

    def _read(self, part: Part, read: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Return what *read* does; None where that can't be had, whatever the reason is."""
        try:
            return read()
        except NotSignedIn as error:
            if part is not Part.DIRECTORY:
                raise
            self.unread[part] = _reason(error)
        except MiwireError as error:
            self.unread[part] = _reason(error)
        return None
