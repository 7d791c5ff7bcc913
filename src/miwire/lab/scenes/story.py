"""Scenes of the article's story, and what else can stand around it."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from miwire.lab.arm import auth_settings, auth_settings_v1, managed_identities
from miwire.lab.arm.front_doors import Prober
from miwire.lab.arm.functions import EVENT_GRID, EVENT_GRID_BLOBS, HTTP
from miwire.lab.arm.site_document import (
    FUNCTION_APP,
    LOCATION,
    WEB_APP,
    WINDOWS_WEB_APP,
    WORKFLOW_APP,
    SiteName,
    add_site,
)
from miwire.lab.documents import new_id
from miwire.lab.faults.config import GateSwitches
from miwire.lab.graph.objects import new_application, new_service_principal
from miwire.lab.scenes.builder import GROUP

if TYPE_CHECKING:
    from miwire.lab.documents import Document
    from miwire.lab.scenes.builder import SceneBuilder
    from miwire.lab.state.site import Site
    from miwire.lab.state.tenant import Tenant


def empty(_: SceneBuilder) -> None:
    pass


def story(builder: SceneBuilder) -> None:
    _story(builder)


def _story(builder: SceneBuilder, kind: str = WEB_APP, target_kind: str = WEB_APP) -> None:
    core = builder.add_site("core", kind, program="core")
    integration = builder.add_site("integration", target_kind, program="integration")
    core.app_settings["INTEGRATION_URL"] = f"https://{integration.host}"
    builder.enable_identity(builder.add_site("stranger", kind))


def functions(builder: SceneBuilder) -> None:
    _story(builder, target_kind=FUNCTION_APP)
    builder.site("integration").functions["items"] = deepcopy(HTTP)


def event_triggers(builder: SceneBuilder) -> None:
    functions(builder)
    integration = builder.site("integration")
    integration.functions["on_order"] = deepcopy(EVENT_GRID)
    integration.functions["on_blob"] = deepcopy(EVENT_GRID_BLOBS)


def workflows(builder: SceneBuilder) -> None:
    _story(builder, target_kind=WORKFLOW_APP)


def probed(builder: SceneBuilder) -> None:
    story(builder)
    prober = Prober(builder.site("integration"), "/health")
    for made in (
        prober.application_gateway(),
        prober.front_door(),
        prober.traffic_manager(),
        prober.web_test(),
    ):
        builder.tenant.front_doors |= {each["id"].lower(): each for each in made}


def windows(builder: SceneBuilder) -> None:
    _story(builder, WINDOWS_WEB_APP, WINDOWS_WEB_APP)
    builder.gate = GateSwitches(platform_os="windows")


def slots(builder: SceneBuilder) -> None:
    story(builder)
    builder.add_site("integration", program="integration", slot="staging")


def user_assigned(builder: SceneBuilder) -> None:
    story(builder)
    tenant = builder.tenant
    made = [new_user_assigned(tenant, name) for name in ("id-orders", "id-payments")]
    identity: Document = {
        "type": "UserAssigned",
        "userAssignedIdentities": {each["id"]: {} for each in made},
    }
    for name in ("core", "integration"):
        managed_identities.apply(tenant, builder.site(name), identity, merge=True)


def new_user_assigned(tenant: Tenant, name: str) -> Document:
    """Make a user-assigned identity in the story's resource group."""
    group_id = f"/subscriptions/{tenant.subscription_id}/resourcegroups/{GROUP}"
    provider = f"{group_id}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
    return managed_identities.new_user_assigned(tenant, f"{provider}/{name}", LOCATION, {})


def reader(builder: SceneBuilder) -> None:
    story(builder)
    stranger = builder.site("stranger").document["identity"]["principalId"]
    builder.tenant.arm_rights[stranger] = ("*/read",)


def contributor(builder: SceneBuilder) -> None:
    story(builder)
    stranger = builder.site("stranger").document["identity"]["principalId"]
    builder.tenant.arm_rights[stranger] = ("*/read", "Microsoft.Web/sites/*")


def twins(builder: SceneBuilder) -> None:
    story(builder)
    add_site(builder.tenant, SiteName(builder.tenant.subscription_id, "rg-twin", "integration"))


def two_tenants(builder: SceneBuilder) -> None:
    story(builder)
    builder.add_foreign_subscription()
    foreign = add_site(builder.tenant, SiteName(builder.foreign[0], "rg-foreign", "foreign"))
    builder.enable_identity(foreign)


def classic(builder: SceneBuilder) -> None:
    story(builder)
    tenant = builder.tenant
    settings: Document = {
        "enabled": True,
        "unauthenticatedClientAction": "RedirectToLoginPage",
        "defaultProvider": "AzureActiveDirectory",
        "clientId": new_id(),
        "clientSecretSettingName": "MICROSOFT_PROVIDER_AUTHENTICATION_SECRET",
        "issuer": f"{tenant.addresses.entra}/{tenant.tenant_id}/v2.0",
        "tokenStoreEnabled": True,
    }
    auth_settings_v1.put(builder.site("integration"), settings)


def signing_in(builder: SceneBuilder) -> None:
    story(builder)
    with_google(builder.site("integration"))


def signing_in_microsoft(builder: SceneBuilder) -> None:
    story(builder)
    builder.enable_identity(builder.add_site("reporting"))
    with_microsoft(builder.tenant, builder.site("integration"))


def with_google(site: Site) -> None:
    """Let people sign in to *site* by Google, with a path left open and a member nobody knows."""
    registration = {
        "clientId": "orders.apps.googleusercontent.com",
        "clientSecretSettingName": "GOOGLE_PROVIDER_AUTHENTICATION_SECRET",
    }
    _enforce(
        site,
        {
            "platform": {"enabled": True},
            "globalValidation": {
                "redirectToProvider": "google",
                "excludedPaths": ["/items"],
            },
            "identityProviders": {"google": {"registration": registration}},
            "httpSettings": {"routes": {"apiPrefix": "/signin"}},
            "notInAnySdk": {"kept": ["as", "sent"]},
        },
    )


def with_microsoft(tenant: Tenant, site: Site) -> None:
    """
    Let people sign in to *site* by Microsoft, with a registration that the portal made.

    There is no list of allowed applications, as before App Service added one to what it stores;
    anyone with a token for the registration is allowed.
    """
    application = new_application(tenant, "AzureADMyOrg") | {"displayName": site.name}
    application["identifierUris"] = [f"api://{application['appId']}"]
    tenant.applications[application["id"]] = application
    principal = new_service_principal(tenant, application)
    tenant.service_principals[principal["id"]] = principal
    registration = {
        "clientId": application["appId"],
        "clientSecretSettingName": "MICROSOFT_PROVIDER_AUTHENTICATION_SECRET",
        "openIdIssuer": f"{tenant.addresses.entra}/{tenant.tenant_id}/v2.0",
    }
    provider = {
        "registration": registration,
        "validation": {"allowedAudiences": application["identifierUris"]},
    }
    _enforce(
        site,
        {
            "platform": {"enabled": True},
            "globalValidation": {
                "redirectToProvider": "azureactivedirectory",
                "unauthenticatedClientAction": "RedirectToLoginPage",
            },
            "identityProviders": {"azureActiveDirectory": provider},
            "login": {"tokenStore": {"enabled": True}},
        },
    )
    stored = site.auth_settings["identityProviders"]["azureActiveDirectory"]["validation"]
    del stored["defaultAuthorizationPolicy"]["allowedApplications"]


def _enforce(site: Site, sent: Document) -> None:
    site.auth_settings_version = "v2"
    site.auth_settings = auth_settings.replaced(sent)
