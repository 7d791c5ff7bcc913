"""What a target's registration, its service principal and the role's holders lack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.model.auth_settings_edit import Mode
from miwire.errors import BadRequest
from miwire.plan.changes.registration import (
    CreateRegistration,
    DefineApi,
    RestoreRegistration,
    registration_name,
    unique_name,
)
from miwire.plan.changes.service_principal import (
    AssignAppRole,
    CreateServicePrincipal,
    RequireAssignment,
    RestoreServicePrincipal,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.model.directory import AppRegistration
    from miwire.model.wiring import Wiring
    from miwire.plan.plan import Change
    from miwire.operations.protect import Protection


def changes(wiring: Wiring, asked: Protection) -> Iterator[Change]:
    """
    Yield what is missing, in the order in which nobody named is without a token in between.

    Raises BadRequest for a role that no application can hold.
    """
    if wiring.registration is None:
        target = wiring.the_target
        yield CreateRegistration(
            registration_name(target),
            unique_name(target.ref),
            asked.service_management_reference,
        )
        yield DefineApi(asked.app_role, uri=True, v2_tokens=False)
    else:
        yield from _completed(wiring.registration, asked)
    keep = asked.mode.keeps or asked.prepare
    required = asked.mode is not Mode.ANY_IN_TENANT
    principal = wiring.service_principal
    if principal is None:
        yield CreateServicePrincipal(assignment_required=required)
    elif principal.deleted:
        yield RestoreServicePrincipal()
    yield from assignments(wiring, asked.app_role)
    # After the assignments: nobody named may be without a token in between.
    if principal is not None and not keep and principal.assignment_required != required:
        yield RequireAssignment(required)


def _completed(registration: AppRegistration, asked: Protection) -> Iterator[Change]:
    if registration.deleted:
        yield RestoreRegistration(registration.display_name)
    role = registration.role(asked.app_role)
    if role is not None and not role.is_for_applications:
        raise BadRequest(
            f"The app role {asked.app_role} of {registration.display_name} is disabled or "
            "not for applications.",
            hint="Name another one with --app-role.",
        )
    keep = asked.mode.keeps or asked.prepare
    lacks = DefineApi(
        asked.app_role if role is None else None,
        uri=registration.uri not in registration.identifier_uris,
        v2_tokens=not keep and not registration.issues_v2_tokens,
    )
    if lacks.role or lacks.uri or lacks.v2_tokens:
        yield lacks


def assignments(wiring: Wiring, value: str) -> Iterator[Change]:
    """Yield the assignments of the app role *value* that the callers lack."""
    role = wiring.registration.role(value) if wiring.registration else None
    held = {
        each.principal_id for each in wiring.assignments if role and each.app_role_id == role.id
    }
    for caller in wiring.callers:
        if caller.principal_id not in held:
            yield AssignAppRole(value, caller)
