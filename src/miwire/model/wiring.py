"""What miwire has read of the apps it was told about: a target, the app that calls, the callers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from miwire.model.auth_settings import IDENTITIES, AuthSettings
from miwire.model.cloud import Issuers
from miwire.text import is_among

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.model.app_setting import AppSetting
    from miwire.model.cloud import Account
    from miwire.model.directory import AppRegistration, AppRoleAssignment, ServicePrincipal
    from miwire.model.health_probe import HealthProbe, TriggeredFunction
    from miwire.model.site import Site, SiteRef

NO_ISSUERS = Issuers("", "")
"""Where nobody asked for them."""


class Part(StrEnum):
    """A part of a wiring that the signed-in user may not be allowed to read."""

    DIRECTORY = "the directory"
    AUTH_SETTINGS = "the target's authentication settings"
    VERSION = "the version of the authentication settings"
    SOURCE_SETTINGS = "the source's app settings"
    TARGET_SETTINGS = "the target's app settings"
    ISSUERS = "the issuers of the tenant"
    SLOTS = "the target's slots"
    SOURCE_SLOTS = "the source's slots"
    PROBES = "what probes the target"
    TRAFFIC = "the number of requests of the last 24 hours"


@dataclass(frozen=True, slots=True)
class Caller:
    """An identity that may call: the two ids that the settings' two lists hold, and its name."""

    name: str
    client_id: str
    """`appid` or `azp` of its tokens; empty: the directory doesn't know it (any more)."""
    principal_id: str
    """`oid` of its tokens."""
    enabled: bool = True
    """`accountEnabled` of its service principal: a disabled one gets no token (AADSTS7000112)."""
    pending: bool = False
    """Whether an earlier change of the same plan creates it; until then its ids are words."""

    @classmethod
    def to_be(cls, name: str) -> Self:
        """Return the caller that *name* will be once it has the identity that it lacks."""
        return cls(name, f"(the client id of {name})", f"(the object id of {name})", pending=True)

    @property
    def has_identity(self) -> bool:
        """Whether its object id is one, and not the words that stand for one."""
        return not self.principal_id.startswith("(")


@dataclass(frozen=True, slots=True)
class Source:
    """The app that calls."""

    site: Site
    principal: ServicePrincipal | None = None
    """The service principal of its system-assigned identity."""
    chosen_client_id: str | None = None
    """AZURE_CLIENT_ID among its app settings: the identity that its code asks for."""
    has_client_credential: bool = False
    """Whether its app settings hold a secret or certificate beside AZURE_CLIENT_ID."""
    identity_endpoint_off: bool = False
    """Whether WEBSITE_DISABLE_MSI turns its identity endpoint off."""
    scope_setting: AppSetting | None = None
    """The app setting of it that is to hold the scope; None: none was named."""
    scopes: Mapping[str, str] = field(default_factory=dict)
    """Its app settings that hold a scope, whichever API it is of."""
    slots: tuple[Site, ...] = ()
    """Its deployment slots, where it is production and has an identity."""
    unread: Mapping[Part, str] = field(default_factory=dict)
    """What couldn't be read, and why: absent means nothing then."""

    @property
    def name(self) -> str:
        """Its name for people: the app's, and the slot's where it is one."""
        return self.site.display_name

    @property
    def ref(self) -> SiteRef:
        """Where it is in ARM."""
        return self.site.ref


@dataclass(frozen=True, slots=True)
class Slot:
    """Another slot of the target, or production beside a slot; each has its own settings."""

    name: str
    """For people: app or app/slot."""
    settings: AuthSettings | None
    """None: they couldn't be read."""


@dataclass(frozen=True, slots=True)
class Target:
    """The app that is called, and everything that decides who may call it."""

    site: Site
    settings: AuthSettings = field(default_factory=AuthSettings)
    issuers: Issuers = NO_ISSUERS
    """The issuers of its tenant's tokens."""
    registration: AppRegistration | None = None
    service_principal: ServicePrincipal | None = None
    assignments: tuple[AppRoleAssignment, ...] = ()
    """App role assignments of its service principal."""
    owners: tuple[str, ...] | None = None
    """Object ids of the registration's owners; None: not known."""
    counterparts: tuple[str, ...] = ()
    """Client ids of the identities that its settings list, as far as the directory knows them."""
    listed: Mapping[str, ServicePrincipal | None] = field(default_factory=dict)
    """By an id in its allow-lists: whose client id or object id that is; None: nobody's here."""
    other_apis: Mapping[str, AppRegistration] = field(default_factory=dict)
    """By client id: registrations beside its own that its allowed audiences name."""
    app_settings: Mapping[str, str] | None = None
    """Its app settings that change what authentication allows; None: not read."""
    slots: tuple[Slot, ...] = ()
    """Its other slots, read where the target may come to require a token."""
    requests: int | None = None
    """Requests that reached it in the last 24 hours; None: not read."""
    functions: tuple[TriggeredFunction, ...] = ()
    """Its functions, read where it may come to require a token."""
    probes: tuple[HealthProbe, ...] = ()
    """What probes it, read where it may come to require a token and had requests."""
    unread: Mapping[Part, str] = field(default_factory=dict)
    """What couldn't be read, and why: absent means nothing then."""

    @property
    def name(self) -> str:
        """Its name for people: the app's, and the slot's where it is one."""
        return self.site.display_name

    @property
    def ref(self) -> SiteRef:
        """Where it is in ARM."""
        return self.site.ref

    @property
    def is_disabled(self) -> bool:
        """Whether its service principal is disabled: then Entra ID issues no token for it."""
        return self.service_principal is not None and not self.service_principal.enabled

    def names(self, client_id: str | None, principal_id: str | None) -> bool:
        """Return whether a caller is in one of its lists or has an app role of it."""
        assigned = (each.principal_id for each in self.assignments)
        return is_among(client_id or None, self.settings.clients) or is_among(
            principal_id, (*assigned, *self.settings.listed(IDENTITIES))
        )


@dataclass(frozen=True, slots=True)
class Wiring:
    """A snapshot of a target, the app that calls, and the callers: plans start from it."""

    tenant_id: str = ""
    account: Account | None = None
    """Where and as whom it was read."""
    target: Target | None = None
    source: Source | None = None
    callers: tuple[Caller, ...] = ()
    """The callers that the command line names."""

    @property
    def the_target(self) -> Target:
        """The target, in operations that always read one."""
        if self.target is None:
            raise LookupError("no target was read")
        return self.target

    @property
    def the_source(self) -> Source:
        """The app that calls, in operations that always read one."""
        if self.source is None:
            raise LookupError("no source was read")
        return self.source

    @property
    def scope_setting(self) -> AppSetting | None:
        """The source's app setting that is to hold the scope; None: none was named."""
        return self.source.scope_setting if self.source else None

    @property
    def unread(self) -> Mapping[Part, str]:
        """What couldn't be read of either app, and why."""
        parts = (each.unread for each in (self.source, self.target) if each is not None)
        return {part: why for unread in parts for part, why in unread.items()}

    def settled(self, caller: Caller) -> Caller:
        """Return a caller as it is now: a pending one has its ids after the change that made it."""
        if not caller.pending:
            return caller
        return next((each for each in self.callers if each.name == caller.name), caller)

    def with_callers(self, *callers: Caller) -> Self:
        """Return the snapshot with these callers."""
        return replace(self, callers=callers)

    def with_target(self, **facts: Any) -> Self:  # noqa: ANN401  each fact has its own type
        """Return the snapshot with newer facts of the target."""
        return replace(self, target=replace(self.the_target, **facts))

    def with_source(self, **facts: Any) -> Self:  # noqa: ANN401  each fact has its own type
        """Return the snapshot with newer facts of the app that calls."""
        return replace(self, source=replace(self.the_source, **facts))
