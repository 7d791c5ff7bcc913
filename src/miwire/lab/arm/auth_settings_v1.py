"""
App Service's first authsettings ("classic", v1): the flat document, and what V2 makes of it.

Recorded by azure-cli-extensions, test_authV2_auth.yaml, October 2025.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from miwire.lab.arm import auth_settings, errors

if TYPE_CHECKING:
    from miwire.lab.documents import Document
    from miwire.lab.state.site import Site

_NAMES = (
    "enabled",
    "unauthenticatedClientAction",
    "tokenStoreEnabled",
    "allowedExternalRedirectUrls",
    "defaultProvider",
    "clientId",
    "clientSecret",
    "clientSecretSettingName",
    "clientSecretCertificateThumbprint",
    "issuer",
    "allowedAudiences",
    "additionalLoginParams",
    "isAadAutoProvisioned",
    "aadClaimsAuthorization",
    "googleClientId",
    "googleClientSecret",
    "googleClientSecretSettingName",
    "googleOAuthScopes",
    "facebookAppId",
    "facebookAppSecret",
    "facebookAppSecretSettingName",
    "facebookOAuthScopes",
    "gitHubClientId",
    "gitHubClientSecret",
    "gitHubClientSecretSettingName",
    "gitHubOAuthScopes",
    "twitterConsumerKey",
    "twitterConsumerSecret",
    "twitterConsumerSecretSettingName",
    "microsoftAccountClientId",
    "microsoftAccountClientSecret",
    "microsoftAccountClientSecretSettingName",
    "microsoftAccountOAuthScopes",
)
_DEFAULTS: Document = dict.fromkeys(_NAMES) | {"enabled": False, "isAadAutoProvisioned": False}
_FLAGS = ("enabled", "tokenStoreEnabled", "isAadAutoProvisioned")


def view(site: Site) -> Document:
    """Return `properties` of POST config/authsettings/list, which also shows what V2 stores."""
    version = site.auth_settings_version
    if version == "v1":
        return _DEFAULTS | site.auth_settings_v1 | {"configVersion": "v1"}
    from_file = {"isAuthFromFile": str(site.is_auth_from_file), "configVersion": "v2"}
    return _DEFAULTS | _of_v2(site.auth_settings) | from_file


def put(site: Site, sent: Document, *, injects: bool = True) -> None:
    """
    Replace the settings of *site* by *sent* (`properties`), classic or upgraded.

    `configVersion` "v2" upgrades: what was classic becomes the V2 document, as `az webapp auth
    config-version upgrade` does it. Raises ArmError (400) for values of another type.
    """
    known = {name: sent[name] for name in _NAMES if sent.get(name) is not None}
    for name in _FLAGS:
        if not isinstance(known.get(name, False), bool):
            raise errors.value_invalid(f"properties.{name}", "The value is not a boolean.")
    enforced = auth_settings.replaced(_as_v2(known), injects=injects)
    version = str(sent.get("configVersion") or "v1").lower()
    if version not in {"v1", "v2"}:
        raise errors.value_invalid("properties.configVersion", "The value is not v1 or v2.")
    if version == "v2" and site.auth_settings_version == "v2":
        return
    site.auth_settings = enforced
    site.auth_settings_version = version
    site.auth_settings_v1 = known if version == "v1" else {}


def _as_v2(classic: Document) -> Document:
    registration = {
        "clientId": classic.get("clientId"),
        "openIdIssuer": classic.get("issuer"),
        "clientSecretSettingName": classic.get("clientSecretSettingName"),
    }
    action = classic.get("unauthenticatedClientAction")
    return {
        "platform": {"enabled": classic.get("enabled", False)},
        "globalValidation": {
            "requireAuthentication": action != "AllowAnonymous",
            "unauthenticatedClientAction": action,
        },
        "identityProviders": {
            "azureActiveDirectory": {
                "registration": registration,
                "validation": {"allowedAudiences": classic.get("allowedAudiences")},
            }
        },
        "login": {"tokenStore": {"enabled": classic.get("tokenStoreEnabled")}},
    }


def _of_v2(settings: Document) -> Document:
    """
    Return the classic members that show an enabled V2 document.

    The allow-list of clients is kept there as JSON in a string (reported for an App Service in
    2026); of a gate that is off, nothing was recorded to show.
    """
    if not settings.get("platform", {}).get("enabled"):
        return {}
    provider = settings["identityProviders"]["azureActiveDirectory"]
    validation = provider["validation"]
    shown: Document = {
        "enabled": True,
        "clientId": provider["registration"].get("clientId"),
        "issuer": provider["registration"].get("openIdIssuer"),
        "allowedAudiences": validation.get("allowedAudiences"),
    }
    applications = validation["defaultAuthorizationPolicy"].get("allowedApplications")
    if applications is not None:
        shown["aadClaimsAuthorization"] = json.dumps(
            {"allowed_groups": None, "allowed_client_applications": applications},
            separators=(",", ":"),
        )
    return shown
