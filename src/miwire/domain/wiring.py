"""Everything miwire has seen of the apps it was told about."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from miwire.domain.auth_settings import AuthSettings
from miwire.domain.cloud import Issuers

if TYPE_CHECKING:
    from miwire.domain.registration import AppRegistration, AppRoleAssignment, ServicePrincipal
    from miwire.domain.site import Site

_NO_ISSUERS = Issuers("", "")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is to be let in: the two ids that the gate's two lists hold, and a name for people."""

    name: str
    client_id: str
    """`appid` or `azp` of its tokens."""
    principal_id: str
    """`oid` of its tokens."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """A snapshot. Plans start from it, nothing changes it. None: looked, and it is not there."""

    tenant_id: str = ""
    issuers: Issuers = _NO_ISSUERS
    """The issuers of the tenant's tokens."""
    source: Site | None = None
    source_principal: ServicePrincipal | None = None
    target: Site | None = None
    settings: AuthSettings = field(default_factory=AuthSettings)
    registration: AppRegistration | None = None
    service_principal: ServicePrincipal | None = None
    assignments: tuple[AppRoleAssignment, ...] = ()
    """App roles of the target's service principal that somebody holds."""
    callers: tuple[Caller, ...] = ()
    """Whom the command line lets in."""
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

    def saw(self, **facts: Any) -> Self:  # noqa: ANN401  each fact has its own type
        """Return the snapshot with newer facts."""
        return replace(self, **facts)
