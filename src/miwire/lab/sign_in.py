"""Apps to which people sign in, set up by somebody before anything of miwire's was there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.lab.arm import auth_settings
from miwire.lab.graph.objects import new_application, new_service_principal

if TYPE_CHECKING:
    from miwire.lab.state.tenant import Document, Site, Tenant


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
