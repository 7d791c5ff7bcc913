"""The before-image of a plan, written down before its first change, for undo."""

from __future__ import annotations

import json
import os
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from miwire.errors import Unreachable

if TYPE_CHECKING:
    from pathlib import Path

    from miwire.domain.registration import AppRegistration, ServicePrincipal
    from miwire.domain.wiring import Wiring
    from miwire.operations.change import Plan

SCHEMA_VERSION = 1


def write(folder: Path, command: str, plan: Plan) -> str:
    """
    Write down what a plan starts from, readable by its owner only, and return the run's name.

    It holds settings and ids; authsettingsV2 names secrets, it does not hold them. Raises
    Unreachable where it cannot be written: without a record nothing should be changed.
    """
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    record = {
        "schemaVersion": SCHEMA_VERSION,
        "run": name,
        "command": command,
        "target": plan.start.the_target.ref.id,
        "tenantId": plan.start.tenant_id,
        "before": _before(plan.start),
        "changes": [
            {"action": change.action, "summary": change.summary} for change in plan.changes
        ],
    }
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        descriptor = os.open(folder / f"{name}.json", flags, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(record, file, indent=2)
    except OSError as error:
        raise Unreachable(
            f"The record of this run cannot be written to {folder}: {error.strerror}.",
            hint="Nothing was changed. Make the folder writable, or set XDG_STATE_HOME.",
        ) from error
    return name


def _before(wiring: Wiring) -> dict[str, Any]:
    return {
        "authSettings": dict(wiring.settings.properties),
        "registration": _registration(wiring.registration),
        "servicePrincipal": _principal(wiring.service_principal),
        "assignments": [
            {"principalId": each.principal_id, "appRoleId": each.app_role_id}
            for each in wiring.assignments
        ],
    }


def _registration(registration: AppRegistration | None) -> dict[str, Any] | None:
    if registration is None:
        return None
    return {
        "objectId": registration.object_id,
        "appId": registration.app_id,
        "requestedAccessTokenVersion": registration.token_version,
        "identifierUris": list(registration.identifier_uris),
        "appRoles": [dict(role.document) for role in registration.app_roles],
    }


def _principal(principal: ServicePrincipal | None) -> dict[str, Any] | None:
    if principal is None:
        return None
    return {
        "objectId": principal.object_id,
        "appRoleAssignmentRequired": principal.assignment_required,
    }
