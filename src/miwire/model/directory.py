"""The target's app registration and what hangs from it, with Graph's nouns and Graph's meaning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from miwire.text import is_guid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.model.site import Site, SiteRef

V2_TOKENS = 2
DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class AppRole:
    """
    A role that an API defines and that callers may hold.

    Graph wants existing roles sent back unchanged whenever the collection is written, so the
    document it sent is kept beside what miwire reads of it.
    """

    id: str
    value: str
    enabled: bool
    member_types: tuple[str, ...]
    document: Mapping[str, Any] = field(repr=False, compare=False)

    @property
    def is_for_applications(self) -> bool:
        """Whether a managed identity can hold it and a token can carry it."""
        return self.enabled and "Application" in self.member_types


@dataclass(frozen=True, slots=True)
class AppRegistration:
    """An application object: the API's definition, in its home tenant."""

    object_id: str
    app_id: str
    display_name: str
    identifier_uris: tuple[str, ...] = ()
    token_version: int | None = None
    """`requestedAccessTokenVersion`; None means v1 tokens."""
    app_roles: tuple[AppRole, ...] = ()
    unique_name: str | None = None
    is_public_client: bool = False
    """Whether it signs people in without a secret of its own."""
    beyond_an_api: tuple[str, ...] = ()
    """What it has, in words, that an API needs none of and miwire gives none."""
    deleted: bool = False
    """Whether it lies among the deleted items, from which it can be restored for 30 days."""
    scope_values: tuple[str, ...] = ()
    """Values of its delegated permissions (`oauth2PermissionScopes`)."""

    @property
    def uri(self) -> str:
        """The identifier URI that every tenant policy accepts."""
        return f"api://{self.app_id}"

    @property
    def issues_v2_tokens(self) -> bool:
        """Whether tokens for this API are v2 tokens."""
        return self.token_version == V2_TOKENS

    def answers_to(self, requested: str) -> bool:
        """
        Return whether Entra ID takes *requested* for this API: its client id, or one of its URIs.

        It compares without case and overlooks one slash at the end.
        """
        names = (self.app_id, *self.identifier_uris)
        return _plain(requested) in map(_plain, names)

    def scope(self, accepted: tuple[str, ...]) -> str:
        """
        Return the scope to ask a token for, whose audience is among those that a gate accepts.

        A v2 token carries the client id for every requested audience, a v1 token the requested one
        (FACTS, fact 8).
        """
        by_uri = self.issues_v2_tokens or self.uri in accepted
        return f"{self.uri if by_uri else self.app_id}/.default"

    def role(self, value: str) -> AppRole | None:
        """Return the app role with this value, enabled or not."""
        return next((role for role in self.app_roles if role.value == value), None)

    def role_name(self, role_id: str) -> str:
        """Return what people call the role with this id; Graph's all-zero id is in no list."""
        names = {role.id: role.value for role in self.app_roles} | {
            DEFAULT_ACCESS: "default access"
        }
        return names.get(role_id, role_id)


@dataclass(frozen=True, slots=True)
class ServicePrincipal:
    """A registration's instance in a tenant, or a managed identity: what tokens speak of."""

    object_id: str
    app_id: str
    display_name: str
    assignment_required: bool = False
    type: str = "Application"
    owner_tenant_id: str | None = None
    deleted: bool = False
    """Whether it lies among the deleted items."""
    enabled: bool = True
    """`accountEnabled`: for a disabled API nobody gets a token (AADSTS500014)."""

    @property
    def is_managed_identity(self) -> bool:
        """Whether it is a managed identity, which has no application object."""
        return self.type == "ManagedIdentity"


@dataclass(frozen=True, slots=True)
class AppRoleAssignment:
    """An app role of a resource, held by a principal."""

    principal_id: str
    app_role_id: str
    id: str = field(default="", compare=False)
    """Its key below the resource, no GUID; empty where it was there already and nobody looked."""


@dataclass(frozen=True, slots=True)
class DirectoryView:
    """What one look at the directory saw; None: looked, and it is not there."""

    registration: AppRegistration | None = None
    service_principal: ServicePrincipal | None = None
    assignments: tuple[AppRoleAssignment, ...] = ()
    owners: tuple[str, ...] | None = None
    """Object ids of who owns the registration; None: that may not be read."""
    principals: Mapping[str, ServicePrincipal | None] = field(default_factory=dict)
    """By the requested object id or client id."""
    registrations: Mapping[str, AppRegistration | None] = field(default_factory=dict)
    """By the requested client id, beside the one that everything else is about."""


def named_in(audience: str) -> str:
    """Return the client id in an audience of the form api://GUID or GUID; empty: it has none."""
    client_id = audience.removesuffix("/").casefold().removeprefix("api://")
    return client_id if is_guid(client_id) else ""


def _plain(audience: str) -> str:
    return audience.removesuffix("/").casefold()


def unique_name(target: SiteRef) -> str:
    """Return the name under which the registration of an app is made once and found again."""
    return f"miwire-{uuid5(NAMESPACE_URL, target.key)}"


def registration_name(target: Site) -> str:
    """Return the display name of a registration that miwire makes; a deleted one is found by it."""
    return target.display_name.replace("/", "-")


def role_id(registration: AppRegistration | str, value: str) -> str:
    """
    Return the id of an app role that miwire makes: every run makes the same one.

    A registration that does not exist yet is told by its unique name.
    """
    if isinstance(registration, str):
        name = registration
    else:
        name = registration.unique_name or registration.object_id
    return str(uuid5(uuid5(NAMESPACE_URL, name), value))


def new_role(registration: AppRegistration | str, value: str) -> AppRole:
    """Return the app role for applications that miwire defines."""
    identifier = role_id(registration, value)
    document = {
        "id": identifier,
        "value": value,
        "displayName": value,
        "description": "May call this API.",
        "allowedMemberTypes": ["Application"],
        "isEnabled": True,
    }
    return AppRole(
        id=identifier,
        value=value,
        enabled=True,
        member_types=("Application",),
        document=document,
    )
