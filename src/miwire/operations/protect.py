"""Make an app require Entra ID tokens, and let in only who is named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miwire.domain.requirement import Mode
from miwire.errors import BadRequest
from miwire.operations.change import Plan
from miwire.operations.gate_change import WriteAuthSettings
from miwire.operations.protect_notes import notes, questions
from miwire.operations.registration_changes import (
    AssignAppRole,
    CreateRegistration,
    CreateServicePrincipal,
    DefineApi,
    RequireAssignment,
    unique_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.domain.wiring import Wiring
    from miwire.operations.change import Change

CLOSE = "Give --close: people who sign in lose the sign-in page."
CLOSE_OR_KEEP = (
    "Give --close to close it like any other, or --keep-sign-in to leave the people as they are."
)


@dataclass(frozen=True, slots=True)
class Protection:
    """What the command line asks for."""

    app_role: str = "Caller"
    excluded_paths: tuple[str, ...] = ()
    close: bool = False
    keep_sign_in: bool = False
    any_in_tenant: bool = False
    service_management_reference: str | None = None

    @property
    def mode(self) -> Mode:
        """How far the target is closed."""
        if self.any_in_tenant:
            return Mode.ANY_IN_TENANT
        return Mode.KEEP_SIGN_IN if self.keep_sign_in else Mode.CLOSED


def needs_a_choice(wiring: Wiring) -> str | None:
    """
    Return why somebody has to say whether people go on signing in; None where nobody signs in.

    Closing such a target takes something from people who are not at the keyboard.
    """
    name = wiring.the_target.display_name
    providers = wiring.settings.sign_in_providers
    if providers:
        return f"Sign-in is configured at {name}: {', '.join(providers)}."
    registration = wiring.registration
    ours = unique_name(wiring.the_target.ref)
    if registration is not None and registration.unique_name != ours:
        return (
            f"The registration {registration.display_name} ({registration.app_id}) of {name} "
            "was not made by miwire, and others may rely on it."
        )
    return None


def plan(wiring: Wiring, asked: Protection) -> Plan:
    """
    Plan what the target lacks: additive changes first, the gate last.

    Raises BadRequest where the target needs a choice that was not made, or cannot be protected.
    """
    reason = needs_a_choice(wiring)
    if reason and not (asked.close or asked.keep_sign_in):
        # What closing would find nothing to do for was closed before: no choice is left.
        if not plan(wiring, replace(asked, close=True)):
            return plan(wiring, replace(asked, close=True))
        hint = CLOSE if asked.any_in_tenant else CLOSE_OR_KEEP
        raise BadRequest(f"{reason} Nothing was changed.", hint=hint)
    gate = WriteAuthSettings(wiring.the_target.display_name, asked.mode, asked.excluded_paths)
    after = gate.requirement(wiring).applied_to(wiring.settings)
    writes = bool(wiring.settings.differences(after))
    changes = (*_registration_changes(wiring, asked), *((gate,) if writes else ()))
    return Plan(
        wiring,
        changes,
        notes=tuple(notes(wiring, after, asked.mode)),
        questions=tuple(questions(wiring, after, asked.mode)) if changes else (),
    )


def _registration_changes(wiring: Wiring, asked: Protection) -> Iterator[Change]:
    keep = asked.mode is Mode.KEEP_SIGN_IN
    registration = wiring.registration
    if registration is None:
        target = wiring.the_target
        yield CreateRegistration(
            target.display_name.replace("/", "-"),
            unique_name(target.ref),
            asked.service_management_reference,
        )
        yield DefineApi(asked.app_role, uri=True, v2_tokens=False)
    else:
        role = registration.role(asked.app_role)
        if role is not None and not role.is_for_applications:
            raise BadRequest(
                f"The app role {asked.app_role} of {registration.display_name} is disabled or "
                "not for applications.",
                hint="Name another one with --app-role.",
            )
        lacks = DefineApi(
            asked.app_role if role is None else None,
            uri=registration.uri not in registration.identifier_uris,
            v2_tokens=not keep and not registration.issues_v2_tokens,
        )
        if lacks.role or lacks.uri or lacks.v2_tokens:
            yield lacks
    required = asked.mode is not Mode.ANY_IN_TENANT
    principal = wiring.service_principal
    if principal is None:
        yield CreateServicePrincipal(assignment_required=required)
    yield from _assignments(wiring, asked.app_role)
    # After the assignments: nobody named may be without a token in between.
    if principal is not None and not keep and principal.assignment_required != required:
        yield RequireAssignment(required)


def _assignments(wiring: Wiring, value: str) -> Iterator[Change]:
    role = wiring.registration.role(value) if wiring.registration else None
    held = {
        each.principal_id for each in wiring.assignments if role and each.app_role_id == role.id
    }
    for caller in wiring.callers:
        if caller.principal_id not in held:
            yield AssignAppRole(value, caller)
