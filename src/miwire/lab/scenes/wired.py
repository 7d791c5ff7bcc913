"""The wire as miwire leaves it: core calls integration, and nobody else may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from miwire.lab.arm import auth_settings
from miwire.lab.graph.objects import mirror, new_application, new_assignment, new_service_principal
from miwire.lab.scenes.story import story

if TYPE_CHECKING:
    from miwire.lab.documents import Document
    from miwire.lab.scenes.builder import SceneBuilder
    from miwire.lab.state.site import Site
    from miwire.lab.state.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Wire:
    """Both ends and all that is between them, each of which a scene can break."""

    tenant: Tenant
    core: Site
    integration: Site
    application: Document
    """The registration of integration's API."""
    api: Document
    """Its service principal."""
    caller: Document
    """The service principal of core's identity."""

    @property
    def app_id(self) -> str:
        """The client id of the API."""
        return str(self.application["appId"])

    @property
    def validation(self) -> Document:
        """`globalValidation` of integration's settings."""
        found: Document = self.integration.auth_settings["globalValidation"]
        return found

    @property
    def provider(self) -> Document:
        """`azureActiveDirectory` of integration's settings."""
        providers = self.integration.auth_settings["identityProviders"]
        found: Document = providers["azureActiveDirectory"]
        return found

    @property
    def policy(self) -> Document:
        """Whom authentication allows: `defaultAuthorizationPolicy`."""
        found: Document = self.provider["validation"]["defaultAuthorizationPolicy"]
        return found

    def assign(self, principal: Document) -> None:
        """Give the API's role to *principal*."""
        role = self.application["appRoles"][0]["id"]
        made = new_assignment(self.tenant, principal, self.api, role)
        self.tenant.assignments[made["id"]] = made

    def unassign(self) -> None:
        """Take the API's role from core."""
        for each in self.tenant.assignments_of(self.caller["id"]):
            del self.tenant.assignments[each["id"]]

    def define(self, **members: object) -> None:
        """Change the registration, and the service principal with it."""
        self.application.update(members)
        mirror(self.application, self.api)


def wired(builder: SceneBuilder) -> None:
    wire(builder)


def wire(builder: SceneBuilder) -> Wire:
    """Build `wired`, and return it for something in it to be broken."""
    story(builder)
    tenant, core, integration = builder.tenant, builder.site("core"), builder.site("integration")
    builder.enable_identity(core)
    application = _application(tenant, integration)
    api = new_service_principal(tenant, application) | {
        "appRoleAssignmentRequired": True,
        "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
    }
    tenant.applications[application["id"]] = application
    tenant.service_principals[api["id"]] = api
    caller = tenant.service_principals[str(core.principal_id)]
    made = Wire(tenant, core, integration, application, api, caller)
    made.assign(caller)
    integration.auth_settings = auth_settings.replaced(_settings(made))
    integration.auth_settings_version = "v2"
    core.app_settings["INTEGRATION_SCOPE"] = f"api://{made.app_id}/.default"
    return made


def _application(tenant: Tenant, integration: Site) -> Document:
    """Return the registration, under the name that miwire computes for its target."""
    application = new_application(tenant, "AzureADMyOrg")
    unique_name = f"miwire-{uuid5(NAMESPACE_URL, integration.id.lower())}"
    role = {
        "allowedMemberTypes": ["Application"],
        "description": "May call this API.",
        "displayName": "Caller",
        "id": str(uuid5(uuid5(NAMESPACE_URL, unique_name), "Caller")),
        "isEnabled": True,
        "origin": "Application",
        "value": "Caller",
    }
    application["api"]["requestedAccessTokenVersion"] = 2
    return application | {
        "displayName": integration.name,
        "uniqueName": unique_name,
        "identifierUris": [f"api://{application['appId']}"],
        "appRoles": [role],
    }


def _settings(made: Wire) -> Document:
    tenant, app_id = made.tenant, made.app_id
    registration = {
        "clientId": app_id,
        "openIdIssuer": f"{tenant.addresses.entra}/{tenant.tenant_id}/v2.0",
    }
    policy = {
        "allowedApplications": [made.caller["appId"]],
        "allowedPrincipals": {"identities": [made.caller["id"]]},
    }
    validation = {
        "allowedAudiences": [f"api://{app_id}", app_id],
        "defaultAuthorizationPolicy": policy,
    }
    return {
        "platform": {"enabled": True},
        "globalValidation": {
            "requireAuthentication": True,
            "unauthenticatedClientAction": "Return401",
        },
        "identityProviders": {
            "azureActiveDirectory": {
                "enabled": True,
                "registration": registration,
                "validation": validation,
            }
        },
    }
