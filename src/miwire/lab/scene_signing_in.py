"""The scene of an app to which people sign in, set up before anything of miwire's was there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.lab import auth_settings
from miwire.lab.graph_objects import new_application, new_service_principal
from miwire.lab.scene_story import story

if TYPE_CHECKING:
    from miwire.lab.stage import Stage
    from miwire.lab.tenant import Site, Tenant


def signing_in_microsoft(stage: Stage) -> None:
    """Build the story with people signing in to integration by Microsoft, and two apps let in."""
    story(stage)
    stage.enable_identity(stage.add_site("reporting"))
    _sign_in(stage.tenant, stage.site("integration"))


def _sign_in(tenant: Tenant, site: Site) -> None:
    """
    Let people sign in to *site* by Microsoft, with a registration that the portal made.

    There is no list of allowed applications, as before App Service added one to what it stores;
    whoever gets a token for the registration gets in.
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
    site.auth_settings_version = "v2"
    site.auth_settings = auth_settings.replaced(
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
