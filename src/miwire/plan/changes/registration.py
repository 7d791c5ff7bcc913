"""Changes to the target's app registration."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from miwire.permissions.graph import READ_DIRECTORY, WRITE_APPLICATIONS
from miwire.model.directory import V2_TOKENS, AppRole

if TYPE_CHECKING:
    from miwire.azure.session import Azure
    from miwire.model.directory import AppRegistration
    from miwire.model.site import SiteRef
    from miwire.domain.site import Site
    from miwire.model.wiring import Wiring
    from miwire.plan.preflight import Right

WRITING: tuple[Right, ...] = (READ_DIRECTORY, WRITE_APPLICATIONS)


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

    def foreseen(self, wiring: Wiring) -> Wiring:
        """Return the wiring as it is: the registration is nothing without its ids."""
        return wiring

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

    def foreseen(self, wiring: Wiring) -> Wiring:
        """Return the wiring with the registration among the living."""
        return wiring.saw(registration=replace(the_registration(wiring), deleted=False))

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Restore by object id; its service principal has to be restored for itself."""
        azure.directory.restore(the_registration(wiring).object_id)
        return self.foreseen(wiring)


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
        before, defined = the_registration(wiring), self.foreseen(wiring)
        after = the_registration(defined)
        body: dict[str, Any] = {}
        if after.token_version != before.token_version:
            body["api"] = {"requestedAccessTokenVersion": after.token_version}
        if after.identifier_uris != before.identifier_uris:
            body["identifierUris"] = list(after.identifier_uris)
        if after.app_roles != before.app_roles:
            body["appRoles"] = [dict(role.document) for role in after.app_roles]
        if body:
            azure.directory.update_application(
                after.object_id, body, f"define the API {after.display_name}"
            )
        return defined

    def foreseen(self, wiring: Wiring) -> Wiring:
        """Add what is missing: somebody else may have made a part of it since the plan."""
        now = the_registration(wiring)
        if self.v2_tokens:
            now = replace(now, token_version=V2_TOKENS)
        if self.uri and now.uri not in now.identifier_uris:
            now = replace(now, identifier_uris=(*now.identifier_uris, now.uri))
        if self.role and now.role(self.role) is None:
            now = replace(now, app_roles=(*now.app_roles, new_role(now, self.role)))
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
