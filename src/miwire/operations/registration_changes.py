"""Changes to the target's registration, its service principal and who holds its app role."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from miwire.domain.graph_right import ASSIGN_ROLES, READ_DIRECTORY, WRITE_APPLICATIONS
from miwire.domain.registration import V2_TOKENS, AppRole

if TYPE_CHECKING:
    from miwire.azure import Azure
    from miwire.domain.registration import AppRegistration, ServicePrincipal
    from miwire.domain.resource import SiteRef
    from miwire.domain.site import Site
    from miwire.domain.wiring import Caller, Wiring
    from miwire.operations.rights import Right

WRITING: tuple[Right, ...] = (READ_DIRECTORY, WRITE_APPLICATIONS)
ASSIGNING: tuple[Right, ...] = (READ_DIRECTORY, ASSIGN_ROLES)
TAGS = ["WindowsAzureActiveDirectoryIntegratedApp"]
"""Without it the portal does not list the service principal as an enterprise application."""


def unique_name(target: SiteRef) -> str:
    """Return the name under which the registration of an app is made once and found again."""
    return f"miwire-{uuid5(NAMESPACE_URL, target.key)}"


def registration_name(target: Site) -> str:
    """Return the display name of a registration that miwire makes."""
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


def the_registration(wiring: Wiring) -> AppRegistration:
    """Return the registration, in changes that come after the one that makes it."""
    if wiring.registration is None:
        raise LookupError("the registration was not made")
    return wiring.registration


def the_principal(wiring: Wiring) -> ServicePrincipal:
    """Return the registration's service principal, likewise."""
    if wiring.service_principal is None:
        raise LookupError("the service principal was not made")
    return wiring.service_principal


@dataclass(frozen=True, slots=True)
class CreateRegistration:
    """
    Make the app registration, under a unique name so that no run makes a second one.

    The body holds nothing that may be added later: sent again, it would reset what is there.
    """

    display_name: str
    unique_name: str
    service_management_reference: str | None = None
    action = "create-registration"

    @property
    def summary(self) -> str:
        """Say it for people."""
        return f"create the app registration {self.display_name}, with v2 tokens and no secret"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Upsert by unique name."""
        made = azure.directory.upsert_application(self.unique_name, registration_body(self))
        return wiring.saw(registration=made)


def registration_body(change: CreateRegistration) -> dict[str, Any]:
    """Return what the upsert sends: nothing that may be added to a registration later."""
    body: dict[str, Any] = {
        "displayName": change.display_name,
        "signInAudience": "AzureADMyOrg",
        "api": {"requestedAccessTokenVersion": V2_TOKENS},
    }
    if change.service_management_reference:
        body["serviceManagementReference"] = change.service_management_reference
    return body


@dataclass(frozen=True, slots=True)
class RestoreRegistration:
    """Bring the registration back that miwire made, which was deleted softly (FACTS 2.10)."""

    display_name: str
    action = "restore-registration"

    @property
    def summary(self) -> str:
        """Say it for people."""
        return f"restore the deleted app registration {self.display_name}, with its client id"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Restore by object id; its service principal has to be restored for itself."""
        gone = the_registration(wiring)
        azure.directory.restore(gone.object_id)
        return wiring.saw(registration=replace(gone, deleted=False))


@dataclass(frozen=True, slots=True)
class RestoreServicePrincipal:
    """Bring the service principal back that was deleted with its registration."""

    action = "restore-service-principal"

    @property
    def summary(self) -> str:
        """Say it for people."""
        return "restore its service principal"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Restore by object id."""
        gone = the_principal(wiring)
        azure.directory.restore(gone.object_id)
        return wiring.saw(service_principal=replace(gone, deleted=False))


@dataclass(frozen=True, slots=True)
class DefineApi:
    """Give the registration its identifier URI, an app role and v2 tokens, whichever it lacks."""

    role: str | None
    uri: bool
    v2_tokens: bool
    action = "define-api"

    @property
    def summary(self) -> str:
        """Say it for people."""
        parts = (
            ("its identifier URI api://<client id>", self.uri),
            (f"the app role {self.role}", self.role),
            ("v2 tokens", self.v2_tokens),
        )
        return "give the registration " + " and ".join(text for text, wanted in parts if wanted)

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Send whole collections: what is in them goes back unchanged."""
        now = the_registration(wiring)
        body: dict[str, Any] = {}
        # Somebody else may have made a part of it since the plan: what is there is left alone.
        if self.v2_tokens and not now.issues_v2_tokens:
            now = replace(now, token_version=V2_TOKENS)
            body["api"] = {"requestedAccessTokenVersion": V2_TOKENS}
        if self.uri and now.uri not in now.identifier_uris:
            now = replace(now, identifier_uris=(*now.identifier_uris, now.uri))
            body["identifierUris"] = list(now.identifier_uris)
        if self.role and now.role(self.role) is None:
            now = replace(now, app_roles=(*now.app_roles, new_role(now, self.role)))
            body["appRoles"] = [dict(role.document) for role in now.app_roles]
        if body:
            azure.directory.update_application(
                now.object_id, body, f"define the API {now.display_name}"
            )
        return wiring.saw(registration=now)


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


@dataclass(frozen=True, slots=True)
class CreateServicePrincipal:
    """Make the registration's service principal, in its tenant the API itself."""

    assignment_required: bool
    action = "create-service-principal"

    @property
    def summary(self) -> str:
        """Say it for people."""
        then = ", which issues tokens only to who holds a role" if self.assignment_required else ""
        return f"create its service principal{then}"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Upsert by client id."""
        made = azure.directory.upsert_service_principal(
            the_registration(wiring).app_id,
            {"appRoleAssignmentRequired": self.assignment_required, "tags": TAGS},
        )
        return wiring.saw(service_principal=made)


@dataclass(frozen=True, slots=True)
class RequireAssignment:
    """Let Entra ID issue tokens for the API only to who holds a role of it, or to anybody."""

    required: bool
    action = "require-assignment"

    @property
    def summary(self) -> str:
        """Say it for people."""
        whom = "only to who holds a role of it" if self.required else "to anybody in the tenant"
        return f"let Entra ID issue tokens for the API {whom}"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Update by client id: the upsert updates what exists."""
        made = azure.directory.upsert_service_principal(
            the_registration(wiring).app_id, {"appRoleAssignmentRequired": self.required}
        )
        return wiring.saw(service_principal=made)


@dataclass(frozen=True, slots=True)
class AssignAppRole:
    """Give a caller the app role."""

    role: str
    caller: Caller
    action = "assign-app-role"

    @property
    def summary(self) -> str:
        """Say it for people."""
        return f"assign the app role {self.role} to {self.caller.name}"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return ASSIGNING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Assign on the side of the resource, as Microsoft recommends."""
        role = the_registration(wiring).role(self.role)
        if role is None:
            raise LookupError(f"the app role {self.role} was not made")
        caller = wiring.settled(self.caller)
        made = azure.directory.assign(caller.principal_id, the_principal(wiring).object_id, role.id)
        return wiring.saw(assignments=(*wiring.assignments, made))
