"""Everything miwire has seen of the apps it was told about."""

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
    from miwire.model.directory import AppRegistration, AppRoleAssignment, ServicePrincipal
    from miwire.model.site import Site

NO_ISSUERS = Issuers("", "")
"""Where nobody asked for them."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is to be let in: the two ids that the gate's two lists hold, and a name for people."""

    name: str
    client_id: str
    """`appid` or `azp` of its tokens; empty: the directory does not know who leaves (any more)."""
    principal_id: str
    """`oid` of its tokens."""
    pending: bool = False
    """Whether its identity is made by an earlier change of the same plan; till then, words."""

    @classmethod
    def to_be(cls, name: str) -> Self:
        """Return the caller that *name* will be once it has the identity that it lacks."""
        return cls(name, f"(the client id of {name})", f"(the object id of {name})", pending=True)

    @property
    def has_identity(self) -> bool:
        """Whether its object id is one, and not what stands for one."""
        return not self.principal_id.startswith("(")


class Part(StrEnum):
    """A part of the wiring that may not be readable by itself."""

    DIRECTORY = "the directory"
    VERSION = "the version of the authentication settings"
    SOURCE_SETTINGS = "the source's app settings"
    TARGET_SETTINGS = "the target's app settings"


@dataclass(frozen=True, slots=True)
class Wiring:
    """A snapshot. Plans start from it, nothing changes it. None: looked, and it is not there."""

    tenant_id: str = ""
    issuers: Issuers = NO_ISSUERS
    """The issuers of the tenant's tokens."""
    source: Site | None = None
    source_principal: ServicePrincipal | None = None
    target: Site | None = None
    settings: AuthSettings = field(default_factory=AuthSettings)
    registration: AppRegistration | None = None
    service_principal: ServicePrincipal | None = None
    assignments: tuple[AppRoleAssignment, ...] = ()
    """App roles of the target's service principal that somebody holds."""
    owners: tuple[str, ...] | None = None
    """Object ids of who owns the registration; None: not known."""
    callers: tuple[Caller, ...] = ()
    """Whom the command line lets in."""
    chosen_client_id: str | None = None
    """AZURE_CLIENT_ID among the source's app settings: which identity its code will ask for."""
    scope_setting: AppSetting | None = None
    """The app setting of the source that is to hold the scope; None: none was named."""
    gate_app_settings: Mapping[str, str] | None = None
    """The target's app settings that change whom its gate lets in; None: nobody looked."""
    unread: Mapping[Part, str] = field(default_factory=dict)
    """What could not be looked at, and why: then absent means nothing."""
    counterparts: tuple[str, ...] = ()
    """Client ids of the identities that the settings list, as far as the directory knows them."""

    @property
    def the_source(self) -> Site:
        """The source, in operations that always observe one."""
        if self.source is None:
            raise LookupError("no source was observed")
        return self.source

    @property
    def the_target(self) -> Site:
        """The target, in operations that always observe one."""
        if self.target is None:
            raise LookupError("no target was observed")
        return self.target

    def settled(self, caller: Caller) -> Caller:
        """Return a caller as it is by now: one that was pending has its ids after its change."""
        if not caller.pending:
            return caller
        return next((each for each in self.callers if each.name == caller.name), caller)

    def names(self, client_id: str | None, principal_id: str | None) -> bool:
        """Say whether somebody is in a list of the target, or holds a role of it."""
        holders = (each.principal_id for each in self.assignments)
        return is_among(client_id or None, self.settings.clients) or is_among(
            principal_id, (*holders, *self.settings.listed(IDENTITIES))
        )

    def saw(self, **facts: Any) -> Self:  # noqa: ANN401  each fact has its own type
        """Return the snapshot with newer facts."""
        return replace(self, **facts)
