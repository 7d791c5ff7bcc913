"""
App Service's authsettingsV2: what a PUT makes of the document that a client sent.

PUT replaces the document, and the service then writes its defaults into it (recorded by
azure-cli-extensions, test_authV2_auth.yaml, October 2025).
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from miwire.lab.arm import errors

if TYPE_CHECKING:
    from miwire.lab.documents import Document

_DEFAULTS: Document = {
    "platform": {"enabled": False, "runtimeVersion": "~1"},
    "globalValidation": {
        "requireAuthentication": True,
        "unauthenticatedClientAction": "RedirectToLoginPage",
    },
    "identityProviders": {
        "azureActiveDirectory": {
            "enabled": True,
            "registration": {},
            "login": {"disableWWWAuthenticate": False},
            "validation": {
                "jwtClaimChecks": {},
                "defaultAuthorizationPolicy": {"allowedPrincipals": {}},
            },
        },
        "facebook": {"enabled": True, "registration": {}, "login": {}},
        "gitHub": {"enabled": True, "registration": {}, "login": {}},
        "google": {"enabled": True, "registration": {}, "login": {}, "validation": {}},
        "twitter": {"enabled": True, "registration": {}},
        "legacyMicrosoftAccount": {
            "enabled": True,
            "registration": {},
            "login": {},
            "validation": {},
        },
        "apple": {"enabled": True, "registration": {}, "login": {}},
    },
    "login": {
        "routes": {},
        "tokenStore": {
            "enabled": False,
            "tokenRefreshExtensionHours": 72.0,
            "fileSystem": {},
            "azureBlobStorage": {},
        },
        "preserveUrlFragmentsForLogins": False,
        "cookieExpiration": {"convention": "FixedTime", "timeToExpiration": "08:00:00"},
        "nonce": {"validateNonce": True, "nonceExpirationInterval": "00:05:00"},
    },
    "httpSettings": {
        "requireHttps": True,
        "routes": {"apiPrefix": "/.auth"},
        "forwardProxy": {"convention": "NoProxy"},
    },
    "clearInboundClaimsMapping": "false",
}

_STRINGS: list[str] = []
_REGISTRATION = {
    "openIdIssuer": "",
    "clientId": "",
    "clientSecretSettingName": "",
    "clientSecretCertificateThumbprint": "",
}
_TYPES: Document = {
    "platform": {"configFilePath": ""},
    "globalValidation": {"redirectToProvider": "", "excludedPaths": _STRINGS},
    "identityProviders": {
        "azureActiveDirectory": {
            "isAutoProvisioned": False,
            "registration": _REGISTRATION,
            "login": {"loginParameters": _STRINGS},
            "validation": {
                "allowedAudiences": _STRINGS,
                "jwtClaimChecks": {
                    "allowedGroups": _STRINGS,
                    "allowedClientApplications": _STRINGS,
                },
                "defaultAuthorizationPolicy": {
                    "allowedApplications": _STRINGS,
                    "allowedPrincipals": {"identities": _STRINGS, "groups": _STRINGS},
                },
            },
        },
        "customOpenIdConnectProviders": {},
    },
    "login": {"allowedExternalRedirectUrls": _STRINGS, "routes": {"logoutEndpoint": ""}},
    "httpSettings": {
        "forwardProxy": {"customHostHeaderName": "", "customProtoHeaderName": ""},
    },
}
"""Examples of the members that have no default, for their types."""

_ACTIONS = ("RedirectToLoginPage", "AllowAnonymous", "Return401", "Return403", "Return404")
_MOST_CHARACTERS = 500
"""In all of allowedAudiences, and in all of allowedPrincipals.identities (the documentation)."""


def replaced(sent: Document, *, injects: bool = True) -> Document:
    """
    Return what is stored, and answered, after a PUT of *sent* (`properties`).

    Members that this Azure does not know are kept as sent, null ones of its own are defaults.
    *injects* lets the service add an empty allow-list of clients, as it was recorded to do.
    Raises ArmError (400, in Microsoft.Web's shape) for a value of another type, an unknown
    action, and for lists over the documented limit.
    """
    result = _filled(_coerced(sent, _filled(_TYPES, _DEFAULTS), "properties"), _DEFAULTS)
    action = result["globalValidation"]["unauthenticatedClientAction"]
    if action not in _ACTIONS:
        name = "properties.globalValidation.unauthenticatedClientAction"
        raise errors.value_invalid(name, f"'{action}' is not one of {', '.join(_ACTIONS)}.")
    provider = result["identityProviders"]["azureActiveDirectory"]
    validation = provider["validation"]
    policy = validation["defaultAuthorizationPolicy"]
    _check_length("allowedAudiences", validation)
    _check_length("identities", policy["allowedPrincipals"])
    if injects and result["platform"]["enabled"] and provider["enabled"]:
        # The service was seen to add the empty list on its own, with nothing else changed.
        policy.setdefault("allowedApplications", [])
    return result


def _check_length(name: str, lists: Document) -> None:
    if sum(map(len, lists.get(name, []))) > _MOST_CHARACTERS:
        reason = f"The values must not exceed {_MOST_CHARACTERS} characters in total."
        raise errors.value_invalid(name, reason)


def _coerced(value: Any, example: Any, path: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return *value* in the type of *example*; the service reads "true" as true."""
    match example, value:
        case dict(), dict():
            return {
                name: _coerced(each, example[name], f"{path}.{name}") if name in example else each
                for name, each in value.items()
                if each is not None or name not in example
            }
        case bool(), bool():
            return value
        case bool(), str() if value.lower() in {"true", "false"}:
            return value.lower() == "true"
        case float(), int() | float() if not isinstance(value, bool):
            return float(value)
        case str(), str():
            return value
        case str(), bool():
            return str(value).lower()
        case list(), list() if all(isinstance(each, str) for each in value):
            return list(value)
        case _:
            wanted = {dict: "an object", bool: "a boolean", float: "a number", str: "a string"}
            expected = wanted.get(type(example), "an array of strings")
            raise errors.value_invalid(path, f"The value is not {expected}.")


def _filled(given: Document, defaults: Document) -> Document:
    """Return *given* with every default that it does not have."""
    result = deepcopy(defaults)
    for name, value in given.items():
        match value, result.get(name):
            case dict(), dict() as default:
                result[name] = _filled(value, default)
            case _:
                result[name] = deepcopy(value)
    return result
