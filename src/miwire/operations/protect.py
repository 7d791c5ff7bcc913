"""Make an app require Entra ID tokens and allow only the listed callers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miwire.errors import BadRequest
from miwire.model.auth_settings_edit import Mode
from miwire.model.directory import registration_name, unique_name
from miwire.operations.impact import notes, prepared, questions
from miwire.plan.changes.app_role import AssignAppRole
from miwire.plan.changes.auth_settings import WriteAuthSettings
from miwire.plan.changes.registration import CreateRegistration, DefineApi, RestoreRegistration
from miwire.plan.changes.service_principal import (
    CreateServicePrincipal,
    RequireAssignment,
    RestoreServicePrincipal,
)
from miwire.plan.plan import Plan
from miwire.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.model.directory import AppRegistration
    from miwire.model.wiring import Wiring
    from miwire.plan.plan import Change

CLOSE = "To replace it, add --replace-sign-in: users lose the sign-in page."
CLOSE_OR_KEEP = (
    "Add --replace-sign-in to require tokens instead, or --keep-sign-in to keep user sign-in."
)


@dataclass(frozen=True, slots=True)
class Protection:
    """What the command line asks for."""

    app_role: str = "Caller"
    excluded_paths: tuple[str, ...] = ()
    close: bool = False
    keep_sign_in: bool = False
    any_in_tenant: bool = False
    joining: bool = False
    """Only let callers in beside those who are."""
    prepare: bool = False
    """Everything but the gate, so that callers can learn to send tokens first."""
    service_management_reference: str | None = None

    @property
    def mode(self) -> Mode:
        """How far the target is closed."""
        if self.any_in_tenant:
            return Mode.ANY_IN_TENANT
        if self.joining:
            return Mode.JOINING
        return Mode.KEEP_SIGN_IN if self.keep_sign_in else Mode.CLOSED


def needs_a_choice(wiring: Wiring) -> str | None:
    """
    Return why somebody has to say whether people go on signing in; None where nobody signs in.

    Closing such a target takes something from people who are not at the keyboard.
    """
    name = wiring.the_target.name
    providers = wiring.the_target.settings.sign_in_providers
    if providers:
        return f"User sign-in is configured at {name}: {', '.join(providers)}."
    registration = wiring.the_target.registration
    ours = unique_name(wiring.the_target.ref)
    if registration is not None and registration.unique_name != ours:
        return (
            f"The registration {registration.display_name} ({registration.app_id}) "
            f"of {name} wasn't created by miwire; others may use it."
        )
    if registration is not None and registration.beyond_an_api:
        return (
            f"The registration {registration.display_name} ({registration.app_id}) "
            f"of {name} has the name that miwire uses, but also "
            f"{listed(registration.beyond_an_api)}, which miwire never adds: the "
            "person who added it may be able to call the app."
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
        closing = plan(wiring, replace(asked, close=True))
        if not closing:
            return closing
        hint = CLOSE if asked.any_in_tenant else CLOSE_OR_KEEP
        raise BadRequest(f"{reason} Nothing was changed.", hint=hint)
    gate = WriteAuthSettings(wiring.the_target.name, asked.mode, asked.excluded_paths)
    after = gate.preview(wiring).the_target.settings
    directory = tuple(directory_changes(wiring, asked))
    if asked.prepare:
        return Plan(wiring, directory, notes=tuple(prepared(wiring)))
    writes = bool(wiring.the_target.settings.differences(after))
    changes = (*directory, *((gate,) if writes else ()))
    return Plan(
        wiring,
        changes,
        notes=tuple(notes(wiring, after, asked.mode)),
        questions=tuple(questions(wiring, after, asked.mode)) if changes else (),
        purpose=f"protect {wiring.the_target.name}",
    )


def directory_changes(wiring: Wiring, asked: Protection) -> Iterator[Change]:
    """
    Yield what is missing, in the order in which nobody named is without a token in between.

    Raises BadRequest for a role that no application can hold.
    """
    if wiring.the_target.registration is None:
        target = wiring.the_target.site
        yield CreateRegistration(
            registration_name(target),
            unique_name(target.ref),
            asked.service_management_reference,
        )
        yield DefineApi(asked.app_role, uri=True, v2_tokens=False)
    else:
        yield from _completed(wiring.the_target.registration, asked)
    keep = asked.mode.keeps or asked.prepare
    required = asked.mode is not Mode.ANY_IN_TENANT
    principal = wiring.the_target.service_principal
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
            f"The app role {asked.app_role} of {registration.display_name} is "
            "disabled or isn't for applications.",
            hint="Choose another one with --app-role.",
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
    role = wiring.the_target.registration.role(value) if wiring.the_target.registration else None
    held = {
        each.principal_id
        for each in wiring.the_target.assignments
        if role and each.app_role_id == role.id
    }
    for caller in wiring.callers:
        if caller.principal_id not in held:
            yield AssignAppRole(value, caller)
