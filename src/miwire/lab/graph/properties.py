"""Which properties a write may name, and what they may hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

from miwire.lab.graph import errors
from miwire.lab.graph.objects import PERSONAL

if TYPE_CHECKING:
    from miwire.lab.documents import Document
    from miwire.lab.state.tenant import Tenant

_AUDIENCES = frozenset(
    {"AzureADMyOrg", "AzureADMultipleOrgs", PERSONAL, "PersonalMicrosoftAccount"}
)
_ROLE_MEMBERS = frozenset({"allowedMemberTypes", "description", "displayName", "id"})
_ROLE_OPTIONS = frozenset({"isEnabled", "origin", "value"})
_ORIGIN = "Application"
_MAX_ROLE_VALUE = 120
_NO_BLANKS = re.compile(r"\S*")


def check_shape(kind: str, document: Document, template: Document) -> None:
    """
    Raise GraphError for a property that objects of *kind* lack, or that has another type.

    *template* is a blank object of that kind; what is null in it may hold anything.
    """
    for name, value in document.items():
        if name not in template:
            raise errors.bad_request(f"Invalid property '{name}'.")
        if not _fits(value, template[name]):
            raise errors.invalid_value(name, kind)


def check_fixed(kind: str, document: Document, before: Document, fixed: frozenset[str]) -> None:
    """Raise GraphError where *document* would change one of the *fixed* properties of *before*."""
    for name in fixed & document.keys():
        if document[name] != before.get(name):
            raise errors.read_only(name, kind)


def merged(before: Document, changes: Document) -> Document:
    """Return *before* with *changes*: complex values member by member, collections replaced."""
    result = dict(before)
    for name, value in changes.items():
        old = result.get(name)
        both = isinstance(old, dict) and isinstance(value, dict)
        result[name] = merged(old or {}, value) if both else value
    return result


def check_application(tenant: Tenant, before: Document | None, after: Document) -> None:
    """Raise GraphError where *after*, the application as it would be, breaks a rule."""
    if not after["displayName"]:
        raise errors.value_required("displayName", "Application")
    if after["signInAudience"] not in _AUDIENCES:
        raise errors.invalid_value("signInAudience", "Application")
    version = after["api"].get("requestedAccessTokenVersion")
    personal = "Personal" in after["signInAudience"]
    if version not in ((2,) if personal else (None, 1, 2)) or isinstance(version, bool):
        raise errors.bad_request("Property api.requestedAccessTokenVersion is invalid.")
    if after["passwordCredentials"]:
        raise errors.bad_request("New password credentials must be generated with service actions.")
    if tenant.faults.service_management_reference and not after["serviceManagementReference"]:
        raise errors.service_reference_missing("Update" if before else "Create")
    _check_roles(before["appRoles"] if before else [], after["appRoles"])
    _check_values(tenant, after)
    _check_unique_name(tenant, before, after)
    _check_identifier_uris(tenant, before, after)


def is_guid(value: object) -> bool:
    """Say whether *value* is a GUID in the usual form of 36 characters."""
    try:
        return isinstance(value, str) and str(UUID(value)) == value.lower()
    except ValueError:
        return False


def _fits(value: Any, like: Any) -> bool:  # noqa: ANN401 - JSON is any value
    match like:
        case list():
            return isinstance(value, list)
        case dict():
            return isinstance(value, dict) and all(
                name in like and _fits(each, like[name]) for name, each in value.items()
            )
        case bool():
            return isinstance(value, bool)
        case str():
            return isinstance(value, str)
        case _:
            return True


def app_role(role: object) -> Document:
    """Return an app role with all its members, as Graph stores it; raises GraphError."""
    if not isinstance(role, dict):
        raise errors.invalid_value("appRoles", "Application")
    _check_members(role)
    members, value, enabled = role["allowedMemberTypes"], role.get("value"), role.get("isEnabled")
    if not isinstance(members, list) or not {str(each) for each in members} <= {
        "User",
        "Application",
    }:
        raise errors.invalid_value("allowedMemberTypes", "AppRole")
    if not is_guid(role["id"]):
        raise errors.invalid_value("id", "AppRole")
    if not isinstance(enabled, bool | None):
        raise errors.invalid_value("isEnabled", "AppRole")
    if value is not None and not _is_role_value(value):
        raise errors.invalid_value("value", "AppRole")
    return {
        "allowedMemberTypes": members,
        "description": role["description"],
        "displayName": role["displayName"],
        "id": role["id"].lower(),
        "isEnabled": enabled is not False,
        "origin": _ORIGIN,
        "value": value,
    }


def _check_members(role: Document) -> None:
    for name in sorted(_ROLE_MEMBERS):
        if not role.get(name):
            raise errors.value_required(name, "AppRole")
    for name in role:
        if name not in _ROLE_MEMBERS | _ROLE_OPTIONS:
            raise errors.bad_request(f"Invalid property '{name}'.")
    if role.get("origin", _ORIGIN) != _ORIGIN:
        # Read-only (resource type appRole); the same value, as it was read, was seen to pass.
        raise errors.read_only("origin", "AppRole")


def _is_role_value(value: object) -> bool:
    return (
        isinstance(value, str)
        and len(value) <= _MAX_ROLE_VALUE
        and _NO_BLANKS.fullmatch(value) is not None
    )


def _check_roles(before: list[Document], after: list[Document]) -> None:
    ids = [role["id"] for role in after]
    values = [role["value"] for role in after if role["value"] and role["isEnabled"]]
    if len(set(ids)) < len(ids) or len(set(values)) < len(values):
        raise errors.values_duplicated()
    for role in before:
        if role["isEnabled"] and role not in after and {**role, "isEnabled": False} not in after:
            raise errors.role_enabled()


def _check_values(tenant: Tenant, after: Document) -> None:
    """
    Raise GraphError for a value of an app role that it can't have.

    App roles and scopes share one namespace: an id may be in both lists with the same value
    (azure-docs#81899), a value at two ids may not (terraform-provider-azuread#269). For `User`,
    Graph's text isn't known.
    """
    roles = {role["id"]: role["value"] for role in after["appRoles"] if role["value"]}
    if tenant.faults.refuses_role_value_user and "User" in roles.values():
        raise errors.invalid_value("appRoles", "Application")
    for scope in after["api"]["oauth2PermissionScopes"]:
        if not isinstance(scope, dict):
            raise errors.invalid_value("oauth2PermissionScopes", "Application")
        scope_id, value = str(scope.get("id", "")).lower(), scope.get("value")
        if scope_id in roles and roles[scope_id] != value:
            raise errors.entries_differ(scope_id)
        if value in (each for role_id, each in roles.items() if role_id != scope_id):
            raise errors.values_duplicated()


def _check_unique_name(tenant: Tenant, before: Document | None, after: Document) -> None:
    name, old = after.get("uniqueName"), (before or {}).get("uniqueName")
    if old is not None and name != old:
        raise errors.bad_request("Updates to property 'uniqueName' are not allowed.")
    if name is None:
        return
    if not isinstance(name, str) or not name:
        raise errors.invalid_value("uniqueName", "Application")
    for other in tenant.registrations():
        if other["id"] != after["id"] and other.get("uniqueName") == name:
            raise errors.taken("uniqueName")


def _check_identifier_uris(tenant: Tenant, before: Document | None, after: Document) -> None:
    kept = before["identifierUris"] if before else []
    for uri in after["identifierUris"]:
        if uri in kept:
            continue
        parts = urlsplit(uri) if isinstance(uri, str) and _NO_BLANKS.fullmatch(uri) else None
        if parts is None or not parts.scheme or not (parts.netloc or parts.path):
            raise errors.invalid_value("identifierUris", "Application")
        # Applications with v2 tokens are exempt from the tenant's default policy.
        is_v2 = after["api"].get("requestedAccessTokenVersion") == 2  # noqa: PLR2004
        policy = tenant.faults.identifier_uri_policy
        if policy or (policy is None and not is_v2):
            _check_policy(tenant, after["appId"], uri)
        for other in tenant.registrations():
            taken = {each.lower() for each in other["identifierUris"]}
            if other["id"] != after["id"] and uri.lower() in taken:
                raise errors.taken("identifierUris")


def _check_policy(tenant: Tenant, app_id: str, uri: str) -> None:
    """Hold *uri* to the default policy that Entra ID rolled out in 2025."""
    parts = urlsplit(uri.lower())
    host = parts.netloc
    segments = {host, *parts.path.split("/")}
    if {tenant.tenant_id, app_id} & segments:
        return
    if host == tenant.domain or host.endswith(f".{tenant.domain}"):
        return
    if parts.scheme != "api":
        raise errors.domain_not_verified(uri)
    raise errors.bad_request(
        f"Failed to add identifier URI {uri}. All newly added URIs must contain a tenant verified"
        " domain, tenant ID, or app ID, as per the default tenant policy of your organization. See"
        " https://aka.ms/identifier-uri-addition-error for more information on this error."
    )
