"""Read a target, its registration, and the callers to allow or to revoke."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from miwire.azure.concurrency import alongside, gather
from miwire.checks.directory import REGISTRATION, NamedRegistration
from miwire.checks.registry import refuse
from miwire.checks.target import IN_FORCE, ReadSettings
from miwire.easyauth.authorization import APP_SETTINGS
from miwire.easyauth.model import TRUE
from miwire.errors import (
    BadRequest,
    NotFound,
    NotPermitted,
    NotYetVisible,
)
from miwire.model import auth_settings as at
from miwire.model.app_setting import AppSetting, is_scope, slot_names_of
from miwire.model.directory import DirectoryView, registration_name, unique_name
from miwire.model.wiring import NO_ISSUERS, Part, Source, Target, Wiring
from miwire.observe.apps import find, find_locked
from miwire.observe.callers import Callers
from miwire.observe.closing import OpenTarget, OpenTargetReader
from miwire.observe.listed import ListedIds
from miwire.remedy import Fix, Remedy
from miwire.text import is_guid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from miwire.azure.session import Azure
    from miwire.model.auth_settings import AuthSettings
    from miwire.model.directory import ServicePrincipal
    from miwire.model.site import AppName, Site, SiteRef
    from miwire.observe.callers import ObserveRequest

_TOO_NEW = 15.0
"""Seconds for which the directory may not know what the settings name."""
CHOSEN_IDENTITY = "AZURE_CLIENT_ID"
"""The app setting by which DefaultAzureCredential chooses an identity (FACTS, fact 11)."""
_CREDENTIALS = ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH")
"""With AZURE_TENANT_ID and AZURE_CLIENT_ID, either is enough for EnvironmentCredential."""


def target(azure: Azure, name: AppName, named: ObserveRequest) -> Wiring:
    """
    Read everything that a plan for a target starts from, in four rounds.

    What may not be read is told in `unread`. Raises BadRequest where the settings are v1's or come
    from a file, or where a client signs people in; NotFound where an app, an identity, a client or
    a registration is not there.
    """
    looked_up = find_locked(partial(find, azure, [name, *named.sources]), named.to_lock)
    azure, (site, *sources) = looked_up.azure, looked_up.sites
    if any(each.ref.key == site.ref.key for each in sources):
        raise BadRequest(
            f"{site.display_name} is both SOURCE and TARGET.",
            hint="Specify two different apps, the caller first.",
        )
    looks = TargetReader(azure, named)
    source = sources[0] if sources else None
    settings, inside, inside_target, source_slots = looks.at(site, source)
    app_id = _registration_id(azure, site, settings, named.app_id)
    callers = Callers(azure, sources, named)
    # The directory's client is for this thread alone, ARM's for any.
    listed = ListedIds() if named.leaving else ListedIds.of(settings)
    view, opened = alongside(
        partial(looks.directory, site, settings, app_id, callers.principal_ids, listed),
        partial(looks.if_closed, site, settings),
    )
    if app_id and Part.DIRECTORY not in looks.unread:
        named_registration = NamedRegistration(
            site,
            app_id,
            view.registration,
            "" if view.registration else kind_of(azure, app_id, looked_up.sites),
            configured=settings.client_id is not None,
        )
        refuse((REGISTRATION,), named_registration, NotFound)
    whose, others = listed.known(azure, view) if Part.DIRECTORY not in looks.unread else ({}, {})
    return Wiring(
        tenant_id=azure.tenant_id or "",
        account=looked_up.account,
        target=Target(
            site,
            settings=settings,
            issuers=looks.issuers,
            registration=view.registration,
            service_principal=view.service_principal,
            assignments=view.assignments,
            owners=view.owners,
            counterparts=tuple(
                found.app_id
                for each in _counted(settings)
                if (found := view.principals.get(each)) is not None
            ),
            listed=whose,
            other_apis=others,
            app_settings=inside_target,
            slots=opened.slots,
            requests=opened.requests,
            functions=opened.functions,
            probes=opened.probes,
            unread=looks.unread,
        ),
        source=None
        if source is None
        else Source(
            source,
            principal=_principal_of(source, view),
            chosen_client_id=inside.chosen_client_id,
            has_client_credential=inside.has_client_credential,
            identity_endpoint_off=inside.identity_endpoint_off,
            scope_setting=inside.scope_setting,
            scopes=inside.scopes,
            slots=source_slots,
        ),
        callers=callers.named(
            view.principals,
            unread=Part.DIRECTORY in looks.unread,
            clients_listed=bool(settings.other_clients),
        ),
    )


@dataclass(frozen=True, slots=True)
class InsideSource:
    """What the source's app settings say of how its code gets a token: of secrets, that one is."""

    chosen_client_id: str | None = None
    has_client_credential: bool = False
    identity_endpoint_off: bool = False
    scope_setting: AppSetting | None = None
    scopes: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def among(cls, found: Mapping[str, Any], scope_setting: str | None = None) -> Self:
        """Return what matters of an app's settings; the others, often secrets, are forgotten."""
        return cls(
            chosen_client_id=str(found.get(CHOSEN_IDENTITY) or "") or None,
            has_client_credential=bool(found.get("AZURE_TENANT_ID"))
            and any(found.get(each) for each in _CREDENTIALS),
            identity_endpoint_off=str(found.get("WEBSITE_DISABLE_MSI") or "").lower() in TRUE,
            scope_setting=AppSetting.among(scope_setting, found) if scope_setting else None,
            scopes={each: value for each, value in found.items() if is_scope(value)},
        )


class TargetReader:
    """Reads what it may, and remembers what it may not."""

    def __init__(self, azure: Azure, named: ObserveRequest) -> None:
        self._azure = azure
        self._named = named
        self.unread: dict[Part, str] = {}
        self.issuers = NO_ISSUERS

    def at(self, site: Site, source: Site | None) -> tuple[Any, Any, Any, tuple[Site, ...]]:
        """Return the target's settings, of both apps' settings what matters, and SOURCE's slots."""
        # What takes an answer of Entra ID is asked for beside what takes one of ARM.
        settings, version, inside_source, stays, inside_target, slots, self.issuers, _ = gather(
            partial(self._azure.sites.auth_settings, site.ref),
            partial(self._tolerated, Part.VERSION, self._azure.sites.classic_auth, site),
            partial(self._inside_source, source),
            partial(self._stays_with_slot, source),
            partial(self._app_settings, site),
            partial(self._source_slots, source),
            partial(self._azure.authority.issuers, self._azure.tenant_id or ""),
            partial(self._azure.context.refuse_other_tenant, self._azure.cloud.graph_scope),
        )
        if inside_source.scope_setting is not None:
            setting = replace(inside_source.scope_setting, is_slot_setting=stays)
            inside_source = replace(inside_source, scope_setting=setting)
        refuse_what_is_not_enforced(site, settings, version)
        return settings, inside_source, inside_target, slots

    def directory(
        self,
        site: Site,
        settings: AuthSettings,
        app_id: str | None,
        principal_ids: tuple[str, ...],
        listed: ListedIds,
    ) -> DirectoryView:
        """Return the registration and the principals, as far as they may be read."""
        ids = tuple(dict.fromkeys((*principal_ids, *_counted(settings), *listed.identities)))
        look = self._azure.directory.look

        def known() -> DirectoryView | None:
            view = look(
                app_id=app_id,
                unique_name=unique_name(site.ref),
                display_name=registration_name(site),
                principal_ids=ids,
                client_ids=tuple(each for each in listed.applications if each not in ids),
                app_ids=listed.apis,
                or_deleted=not self._named.leaving,
            )
            if app_id and view.registration is None:
                return view if kind_of(self._azure, app_id, (site,)) else None
            return view

        try:
            # What the settings name may be too new for this part of the directory.
            return self._azure.waiter.until(
                known, for_what=f"the directory to know the registration {app_id}", at_most=_TOO_NEW
            )
        except NotYetVisible:
            return DirectoryView()
        except NotPermitted as refusal:
            if self._named.leaving:
                raise  # a removed caller with an unknown id would stay allowed
            self.unread[Part.DIRECTORY] = refusal.message
            return DirectoryView()

    def if_closed(self, site: Site, settings: AuthSettings) -> OpenTarget:
        """Return what matters if the target is open and closed by the command."""
        if not (self._named.closes and settings.lets_anonymous_in):
            return OpenTarget()
        return OpenTargetReader(self._azure, site, self.unread).read()

    def _inside_source(self, source: Site | None) -> InsideSource:
        """Return what matters of the source's app settings; the others are forgotten."""
        name = self._named.scope_setting
        if source is None or not self._named.looks_inside:
            return InsideSource()
        found = self._tolerated(Part.SOURCE_SETTINGS, self._azure.sites.app_settings, source)
        if found is None:
            return InsideSource(scope_setting=AppSetting(name) if name else None)
        return InsideSource.among(found, name)

    def _source_slots(self, source: Site | None) -> tuple[Site, ...]:
        """Return the slots of a source that has an identity: each slot has its own."""
        if source is None or not self._named.looks_inside or source.ref.slot is not None:
            return ()
        if source.identity.type == "None":
            return ()
        sites = self._azure.sites
        return self._tolerated(Part.SOURCE_SLOTS, sites.deployment_slots, source) or ()

    def _stays_with_slot(self, source: Site | None) -> bool | None:
        name = self._named.scope_setting
        return stays_with_slot(self._azure, source.ref, name) if source and name else None

    def _app_settings(self, site: Site) -> Mapping[str, str] | None:
        """Return the target's few that matter; the others, often secrets, are forgotten at once."""
        if self._named.leaving:
            return None
        found = self._tolerated(Part.TARGET_SETTINGS, self._azure.sites.app_settings, site)
        return None if found is None else of_authentication(found)

    def _tolerated(self, part: Part, read: Callable[..., Any], site: Site) -> Any:  # noqa: ANN401
        try:
            return read(site.ref)
        except NotPermitted as refusal:
            self.unread[part] = refusal.message
            return None


def of_authentication(app_settings: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the few app settings that authentication goes by; the others may be secrets."""
    found = {name: app_settings.get(name) for name in APP_SETTINGS}
    return {name: str(each) for name, each in found.items() if each is not None}


def _principal_of(source: Site | None, view: DirectoryView) -> ServicePrincipal | None:
    system = source.identity.system if source else None
    return view.principals.get(system.principal_id) if system else None


def _counted(settings: AuthSettings) -> tuple[str, ...]:
    """Return the listed identities whose client ids matter: a list of clients may join theirs."""
    return () if settings.listed(at.APPLICATIONS) else settings.listed(at.IDENTITIES)


def refuse_what_is_not_enforced(
    site: Site,
    settings: AuthSettings,
    version: Any = None,  # noqa: ANN401  sites.ClassicAuth or None
) -> None:
    """
    Raise BadRequest where authsettingsV2 is not what the gate goes by: writing it changes nothing.

    *version* is what is known of the settings of version 1, if anything is.
    """
    read = ReadSettings(
        site,
        settings,
        in_version_1=version is not None and version.in_use,
        from_file=version is not None and version.from_file,
    )
    refuse(IN_FORCE, read)


def kind_of(azure: Azure, app_id: str, sites: Sequence[Site]) -> str:
    """Return in words what an id is that is no registration here; empty: nobody knows it."""
    for site in sites:
        for each in site.identity.user_assigned:
            if app_id.casefold() == (each.client_id or "").casefold():
                return f"the client ID of the managed identity {each.id.rpartition('/')[2]}"
    if not is_guid(app_id):
        return ""
    principal = azure.directory.service_principal(app_id)
    if principal is not None:
        what = "managed identity" if principal.is_managed_identity else "service principal"
        return f"the object ID of the {what} {principal.display_name}"
    principal = azure.directory.look(client_ids=(app_id,)).principals[app_id]
    if principal is None:
        return ""
    if principal.is_managed_identity:
        return f"the client ID of the managed identity {principal.display_name}"
    if principal.owner_tenant_id and principal.owner_tenant_id != azure.tenant_id:
        return f"the client ID of {principal.display_name}, a registration of another tenant"
    return ""


def _registration_id(
    azure: Azure, site: Site, settings: AuthSettings, asked: str | None
) -> str | None:
    """
    Return the registration to use: what the settings name, else *asked*.

    *asked* replaces what the settings name only where that is no registration.
    """
    used = settings.client_id
    if asked and used and asked.casefold() != used.casefold():
        if azure.directory.look(app_id=used).registration is None:
            return asked
        raise BadRequest(
            f"{site.display_name} already uses the registration {used}, not {asked}.",
            fix=Fix(Remedy.KEEP_REGISTRATION),
        )
    return used or asked


def observed(azure: Azure, ref: SiteRef, name: str) -> AppSetting:
    """Return what is known of the app setting *name* of an app at this moment."""
    settings = azure.sites.app_settings(ref)
    return AppSetting.among(name, settings, is_slot_setting=stays_with_slot(azure, ref, name))


def stays_with_slot(azure: Azure, ref: SiteRef, name: str) -> bool | None:
    """Say whether an app setting is a slot setting; None: the app has no slots."""
    if not azure.sites.has_slots(ref):
        return None
    return bool(slot_names_of(azure.sites.slot_names(ref), name))
