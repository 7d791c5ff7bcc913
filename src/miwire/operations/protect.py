"""Make an app require Entra ID tokens, and let in only who is named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miwire.model.auth_settings_edit import Mode
from miwire.domain.sentence import listed
from miwire.errors import BadRequest
from miwire.operations import registration_plan
from miwire.plan.plan import Plan
from miwire.plan.changes.auth_settings import WriteAuthSettings
from miwire.operations.impact import notes, prepared, questions
from miwire.plan.changes.registration import unique_name

if TYPE_CHECKING:
    from miwire.model.wiring import Wiring

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
    if registration is not None and registration.beyond_an_api:
        return (
            f"The registration {registration.display_name} ({registration.app_id}) of {name} bears "
            f"the name that miwire gives, but has {listed(registration.beyond_an_api)}, which "
            "miwire gives none: whoever put that there may get in with it."
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
    gate = WriteAuthSettings(wiring.the_target.display_name, asked.mode, asked.excluded_paths)
    after = gate.foreseen(wiring).settings
    directory = tuple(registration_plan.changes(wiring, asked))
    if asked.prepare:
        return Plan(wiring, directory, notes=tuple(prepared(wiring)))
    writes = bool(wiring.settings.differences(after))
    changes = (*directory, *((gate,) if writes else ()))
    return Plan(
        wiring,
        changes,
        notes=tuple(notes(wiring, after, asked.mode)),
        questions=tuple(questions(wiring, after, asked.mode)) if changes else (),
        purpose=f"protect {wiring.the_target.display_name}",
    )
