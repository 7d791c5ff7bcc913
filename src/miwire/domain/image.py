"""An image of a wiring: what a run may change, as a document that holds no secret."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from miwire.model.auth_settings import KNOWN
from miwire.domain.redaction import without_tokens

if TYPE_CHECKING:
    from miwire.domain.app_setting import AppSetting
    from miwire.model.directory import AppRegistration, ServicePrincipal
    from miwire.domain.site import Site
    from miwire.model.wiring import Wiring


def image(wiring: Wiring) -> dict[str, Any]:
    """Return what is, in so far as a run may change it."""
    return {
        "authSettings": recorded(wiring.settings.properties),
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
        "appSetting": _app_setting(wiring.scope_setting),
    }


def recorded(value: Any, path: str = "") -> Any:  # noqa: ANN401  a JSON value is anything
    """
    Return settings with only those values that miwire knows, and of the others a digest each.

    Whoever compares two images sees whether anything changed, and nobody what a member of another
    meaning holds: it may be a secret, whatever its name.
    """
    if isinstance(value, Mapping) and value:
        return {
            name: recorded(each, f"{path}.{name}" if path else name) for name, each in value.items()
        }
    if path in KNOWN:
        return _of_no_token(value)
    if value is None or isinstance(value, bool) or value in ({}, []):
        return value
    text = json.dumps(value, sort_keys=True, default=str)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _of_no_token(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, list):
        return [_of_no_token(each) for each in value]
    return without_tokens(value) if isinstance(value, str) else value


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


def _app_setting(setting: AppSetting | None) -> dict[str, Any] | None:
    """Return a setting by its name and the scope in it; another value isn't known here at all."""
    if setting is None:
        return None
    return {
        "name": setting.name,
        "value": setting.value,
        "slotSetting": setting.is_slot_setting,
    }
