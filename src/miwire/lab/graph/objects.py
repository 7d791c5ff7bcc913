"""New directory objects, member by member as Graph was recorded to return them."""

from __future__ import annotations

import base64
import secrets
from copy import deepcopy
from typing import TYPE_CHECKING
from uuid import UUID

from miwire.lab.documents import new_id

if TYPE_CHECKING:
    from miwire.lab.documents import Clock, Document
    from miwire.lab.state.tenant import Tenant

PERSONAL = "AzureADandPersonalMicrosoftAccount"
_INFO = ("logoUrl", "marketingUrl", "privacyStatementUrl", "supportUrl", "termsOfServiceUrl")
_VERIFIED = ("displayName", "verifiedPublisherId", "addedDateTime")


def precise_time(clock: Clock) -> str:
    """Return the time with seven fractional digits, as applications and assignments have it."""
    return f"{clock.utc():%Y-%m-%dT%H:%M:%S}.{int(clock.now() * 10**7) % 10**7:07}Z"


def new_application(tenant: Tenant, sign_in_audience: str | None) -> Document:
    """
    Return an application with nothing set but its ids and its audience.

    Without an audience it is for personal accounts too, which demands v2 tokens; with one the
    token version is null, which means v1 (az recordings of 2022 and 2023).
    """
    audience = sign_in_audience or PERSONAL
    return {
        "id": new_id(),
        "deletedDateTime": None,
        "appId": new_id(),
        "applicationTemplateId": None,
        "disabledByMicrosoftStatus": None,
        "createdDateTime": precise_time(tenant.clock),
        "displayName": None,
        "description": None,
        "groupMembershipClaims": None,
        "identifierUris": [],
        "isDeviceOnlyAuthSupported": None,
        "isFallbackPublicClient": None,
        "notes": None,
        "publisherDomain": tenant.domain,
        "serviceManagementReference": None,
        "signInAudience": audience,
        "tags": [],
        "tokenEncryptionKeyId": None,
        "samlMetadataUrl": None,
        "defaultRedirectUri": None,
        "certification": None,
        "optionalClaims": None,
        "servicePrincipalLockConfiguration": None,
        "requestSignatureVerification": None,
        "addIns": [],
        "api": {
            "acceptMappedClaims": None,
            "knownClientApplications": [],
            "requestedAccessTokenVersion": 2 if audience == PERSONAL else None,
            "oauth2PermissionScopes": [],
            "preAuthorizedApplications": [],
        },
        "appRoles": [],
        "info": dict.fromkeys(_INFO),
        "keyCredentials": [],
        "parentalControlSettings": {
            "countriesBlockedForMinors": [],
            "legalAgeGroupRule": "Allow",
        },
        "passwordCredentials": [],
        "publicClient": {"redirectUris": []},
        "requiredResourceAccess": [],
        "verifiedPublisher": dict.fromkeys(_VERIFIED),
        "web": {
            "homePageUrl": None,
            "logoutUrl": None,
            "redirectUris": [],
            "implicitGrantSettings": {
                "enableAccessTokenIssuance": False,
                "enableIdTokenIssuance": False,
            },
            "redirectUriSettings": [],
        },
        "spa": {"redirectUris": []},
    }


def new_service_principal(tenant: Tenant, application: Document) -> Document:
    """Return the service principal of *application* in its own tenant."""
    principal = blank_service_principal(tenant, application["appId"])
    mirror(application, principal)
    return principal


def blank_service_principal(tenant: Tenant, app_id: str) -> Document:
    """Return a service principal with nothing set but its ids."""
    return {
        "id": new_id(),
        "deletedDateTime": None,
        "accountEnabled": True,
        "alternativeNames": [],
        "appDisplayName": None,
        "appDescription": None,
        "appId": app_id,
        "applicationTemplateId": None,
        "appOwnerOrganizationId": tenant.tenant_id,
        "appRoleAssignmentRequired": False,
        "createdDateTime": f"{tenant.clock.utc():%Y-%m-%dT%H:%M:%SZ}",
        "description": None,
        "disabledByMicrosoftStatus": None,
        "displayName": None,
        "homepage": None,
        "loginUrl": None,
        "logoutUrl": None,
        "notes": None,
        "notificationEmailAddresses": [],
        "preferredSingleSignOnMode": None,
        "preferredTokenSigningKeyThumbprint": None,
        "replyUrls": [],
        "servicePrincipalNames": [],
        "servicePrincipalType": "Application",
        "signInAudience": None,
        "tags": [],
        "tokenEncryptionKeyId": None,
        "samlSingleSignOnSettings": None,
        "addIns": [],
        "appRoles": [],
        "info": dict.fromkeys(_INFO),
        "keyCredentials": [],
        "oauth2PermissionScopes": [],
        "passwordCredentials": [],
        "resourceSpecificApplicationPermissions": [],
        "verifiedPublisher": dict.fromkeys(_VERIFIED),
    }


def mirror(application: Document, principal: Document) -> None:
    """Bring the parts of *principal* up to date that it copies from its application."""
    if principal["displayName"] == principal["appDisplayName"]:
        principal["displayName"] = application["displayName"]
    copied = {
        "appDisplayName": application["displayName"],
        "appDescription": application["description"],
        "homepage": application["web"]["homePageUrl"],
        "logoutUrl": application["web"]["logoutUrl"],
        "replyUrls": application["web"]["redirectUris"],
        "servicePrincipalNames": [application["appId"], *application["identifierUris"]],
        "signInAudience": application["signInAudience"],
        "appRoles": application["appRoles"],
        "info": application["info"],
        "oauth2PermissionScopes": application["api"]["oauth2PermissionScopes"],
    }
    principal.update(deepcopy(copied))


def new_assignment(
    tenant: Tenant, principal: Document, resource: Document, app_role_id: str
) -> Document:
    """
    Return an app role assignment of *principal* on *resource*.

    Its id is 32 bytes in base64url, the first 16 of them the principal's GUID.
    """
    raw = UUID(principal["id"]).bytes_le + secrets.token_bytes(16)
    return {
        "id": base64.urlsafe_b64encode(raw).rstrip(b"=").decode(),
        "deletedDateTime": None,
        "appRoleId": app_role_id,
        "createdDateTime": precise_time(tenant.clock),
        "principalDisplayName": principal["displayName"],
        "principalId": principal["id"],
        "principalType": "ServicePrincipal",
        "resourceDisplayName": resource["displayName"],
        "resourceId": resource["id"],
    }
