"""Make an app require Entra ID tokens, and let in only who is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.domain import auth_settings as at
from miwire.domain.requirement import Mode
from miwire.errors import BadRequest
from miwire.operations.change import Plan
from miwire.operations.gate_change import WriteAuthSettings
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
        return f"People sign in to {name} with {_and(providers)}."
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
        raise BadRequest(f"{reason} Nothing was changed.", hint=CLOSE_OR_KEEP)
    gate = WriteAuthSettings(wiring.the_target.display_name, asked.mode, asked.excluded_paths)
    changes = (*_registration_changes(wiring, asked), *_gate_changes(wiring, gate))
    return Plan(
        wiring,
        changes,
        notes=tuple(_notes(wiring, asked)) if changes else (),
        questions=tuple(_questions(wiring, asked)) if changes else (),
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


def _gate_changes(wiring: Wiring, gate: WriteAuthSettings) -> Iterator[Change]:
    if gate.differences(wiring.settings, wiring):
        yield gate


def _notes(wiring: Wiring, asked: Protection) -> Iterator[str]:
    """Say what people should know, the most important first."""
    target, settings = wiring.the_target, wiring.settings
    name = target.display_name
    if settings.lets_anonymous_in and asked.mode is not Mode.KEEP_SIGN_IN:
        yield (
            f"{name} answers anybody today: closing it is what was asked for. "
            f"Whoever calls without a token gets 401 from then on."
        )
    match asked.mode:
        case Mode.KEEP_SIGN_IN:
            yield (
                f"People go on signing in to {name}; what its lists do not restrict stays open: "
                f"{_still_open(wiring)}."
            )
        case Mode.ANY_IN_TENANT:
            yield f"Every identity of the tenant gets in to {name}: name callers with --allow."
        case Mode.CLOSED if not wiring.callers and not settings.listed(at.APPLICATIONS):
            yield f"Nobody gets in to {name} until somebody is named: miwire protect --allow SOURCE"
    providers = settings.sign_in_providers
    if providers and asked.mode is Mode.CLOSED:
        yield (
            f"Sign-in with {_and(providers)} stays configured: nobody is sent to it any more, "
            f"but it still answers under {_auth_prefix(wiring)}/login."
        )
    if settings.listed(at.GROUPS) or settings.listed(at.CHECKED_GROUPS):
        yield (
            "The settings check groups, which tokens of managed identities do not carry: "
            "callers that are apps may be refused until those checks are gone."
        )
    excluded = (*settings.listed(at.EXCLUDED_PATHS), *asked.excluded_paths)
    if excluded:
        yield f"Open without a token: {_and(tuple(dict.fromkeys(excluded)))}."
    if target.is_function_app and not any(
        path.startswith("/runtime/webhooks") for path in excluded
    ):
        yield (
            "The gate also refuses calls to /runtime/webhooks/* of a function app; "
            "--exclude-path '/runtime/webhooks/*' leaves them open."
        )


def _questions(wiring: Wiring, asked: Protection) -> Iterator[str]:
    """Ask where somebody loses what he has, or where something opens."""
    settings, name = wiring.settings, wiring.the_target.display_name
    restricts = settings.listed(at.APPLICATIONS) or settings.listed(at.IDENTITIES)
    match asked.mode:
        case Mode.CLOSED:
            if settings.sign_in_providers and not settings.lets_anonymous_in:
                people = _and(settings.sign_in_providers)
                yield f"Who signs in to {name} with {people} gets 401 instead of a sign-in page."
            elif settings.sign_in_providers:
                yield f"Who signs in to {name} or uses it without signing in gets 401 instead."
            principal = wiring.service_principal
            if principal is not None and not principal.assignment_required and restricts:
                yield (
                    f"Callers in the lists of {name} that hold no app role of it "
                    "get no new tokens from then on."
                )
        case Mode.ANY_IN_TENANT if restricts:
            yield f"The lists of {name} go, and every identity of the tenant gets in."
        case Mode.KEEP_SIGN_IN if settings.client_id and not settings.listed(at.APPLICATIONS):
            yield (
                f"Writing the settings of {name} may make Azure add an empty list of allowed "
                "applications, which some versions read as: no other client."
            )


def _still_open(wiring: Wiring) -> str:
    settings = wiring.settings
    if settings.lets_anonymous_in:
        return "requests without a token pass"
    if settings.client_id and not settings.listed(at.APPLICATIONS):
        return "every client of the tenant that gets a token"
    return "the sign-in itself, for whoever it lets sign in"


def _auth_prefix(wiring: Wiring) -> str:
    return str(wiring.settings.at("httpSettings.routes.apiPrefix") or "/.auth")


def _and(words: tuple[str, ...]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
