"""An image of a wiring: what a run may change, as a document that holds no secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from miwire.domain.redaction import redacted

if TYPE_CHECKING:
    from miwire.domain.registration import AppRegistration, ServicePrincipal
    from miwire.domain.site import Site
    from miwire.domain.wiring import Wiring

_SECRET = ("secret", "password", "sasurl", "connectionstring", "key")
_NAME_OF_ONE = "settingname"
"""authsettingsV2 names the app setting that holds a secret; the name is none."""


def image(wiring: Wiring) -> dict[str, Any]:
    """Return what is, in so far as a run may change it."""
    return {
        "authSettings": without_secrets(wiring.settings.properties),
        "registration": _registration(wiring.registration),
        "servicePrincipal": _principal(wiring.service_principal),
        "assignments": sorted(
            (
                {"principalId": each.principal_id, "appRoleId": each.app_role_id}
                for each in wiring.assignments
            ),
            key=lambda each: (each["principalId"], each["appRoleId"]),
        ),
        "identity": _identity(wiring.source),
    }


def without_secrets(value: Any, name: str = "") -> Any:  # noqa: ANN401  a JSON value is anything
    """Return a JSON value whose members named like secrets, and whose tokens, are taken out."""
    match value:
        case Mapping():
            return {key: without_secrets(each, key) for key, each in value.items()}
        case list():
            return [without_secrets(each, name) for each in value]
        case str() if value and _is_secret(name):
            return "(a secret)"
        case str():
            return redacted(value)
    return value


def _is_secret(name: str) -> bool:
    lowered = name.lower()
    return lowered.endswith(_SECRET) and not lowered.endswith(_NAME_OF_ONE)


def _registration(registration: AppRegistration | None) -> dict[str, Any] | None:
    if registration is None or registration.deleted:
        return None
    return {
        "objectId": registration.object_id,
        "appId": registration.app_id,
        "requestedAccessTokenVersion": registration.token_version,
        "identifierUris": list(registration.identifier_uris),
        "appRoles": [{"id": role.id, "value": role.value} for role in registration.app_roles],
    }


def _principal(principal: ServicePrincipal | None) -> dict[str, Any] | None:
    if principal is None or principal.deleted:
        return None
    return {
        "objectId": principal.object_id,
        "appRoleAssignmentRequired": principal.assignment_required,
    }


def _identity(source: Site | None) -> dict[str, Any] | None:
    if source is None:
        return None
    system = source.identity.system
    return {
        "principalId": system.principal_id if system else None,
        "userAssigned": sorted(each.id.lower() for each in source.identity.user_assigned),
    }
