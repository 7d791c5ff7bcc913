"""What the operator may not do, left as a script of az commands to the person who may."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miwire.errors import Unreachable
from miwire.plan import preflight as rights
from miwire.plan.changes.app_role import AssignAppRole
from miwire.plan.changes.app_settings import StayWithSlot, WriteScopeSetting
from miwire.plan.changes.auth_settings import WriteAuthSettings
from miwire.plan.changes.identity import AttachUserAssignedIdentity, EnableSystemIdentity
from miwire.plan.changes.registration import CreateRegistration
from miwire.plan.changes.service_principal import RequireAssignment
from miwire.plan.plan import HasAzForm
from miwire.shell_words import sh, sh_line
from miwire.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from miwire.azure.session import Azure
    from miwire.model.cloud import Cloud
    from miwire.model.wiring import Wiring
    from miwire.permissions.graph import Right
    from miwire.plan.plan import Change, Plan, Question

FIRST_LINES = """\
#!/usr/bin/env bash
# Made by miwire connect --handoff: the steps that need more permissions.
"""
"""By which a file is known that may be written over."""
_AGAIN = """\
again() {  # new objects take time to propagate
  for pause in 1 2 4 8 15 15 15 15 15 15 15 15; do
    "$@" && return
    sleep $pause
  done
  "$@"
}"""
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Handoff:
    """A plan in two parts, and the rights that part it."""

    mine: Plan
    """What the operator does; empty where nothing is left."""
    theirs: tuple[Change, ...]
    """What is left to somebody else, and what has to wait for it."""
    lacked: tuple[Right, ...]
    questions: tuple[Question, ...] = ()
    """The questions for the person who does the rest."""

    def __bool__(self) -> bool:
        return bool(self.theirs)


def split_by_rights(azure: Azure, plan: Plan) -> Handoff:
    """
    Part a plan by what is certainly missing.

    The gate is not closed while the assignment is missing, and what needs something that somebody
    else makes waits for it. Raises Unreachable for an id that would lead the script's requests to
    another address.
    """
    _refuse_odd_ids(plan.start)
    lacked = rights.lacked_by(azure.for_tenant(plan.start.tenant_id), plan)
    mine: list[Change] = []
    theirs: list[Change] = []
    for change in plan.changes:
        needs = set(change.requires(plan.start))
        waits = any(_waits_for(change, other) for other in theirs)
        (theirs if waits or needs & set(lacked) else mine).append(change)
    left = {each.action for each in theirs}
    asked = tuple(each for each in plan.questions if each.action in left)
    mine_alone = plan.asking_only(each for each in plan.questions if each not in asked)
    return Handoff(replace(mine_alone, changes=tuple(mine)), tuple(theirs), lacked, asked)


def _refuse_odd_ids(wiring: Wiring) -> None:
    """Take no id that would end the segment of a URL that it is written into."""
    registration, principal = wiring.the_target.registration, wiring.the_target.service_principal
    ids = (
        wiring.the_target.settings.client_id,
        *((registration.app_id, registration.object_id) if registration else ()),
        *((principal.object_id,) if principal else ()),
        *(caller.principal_id for caller in wiring.callers if caller.has_identity),
    )
    for each in ids:
        if each is not None and _ID.fullmatch(each) is None:
            raise Unreachable(
                f"Azure returned {each!r} where an ID is expected, so the script can't be written.",
                hint=(
                    "Check the client ID in the authentication settings of "
                    f"{wiring.the_target.name}."
                ),
            )


def _waits_for(change: Change, other: Change) -> bool:
    """Say whether a change cannot, or must not, be made before another."""
    of_source = isinstance(other, EnableSystemIdentity | AttachUserAssignedIdentity)
    if isinstance(change, WriteAuthSettings | RequireAssignment):
        return True
    if isinstance(change, WriteScopeSetting):
        # The scope is known once the registration is; who may assign roles is another question.
        return change.scope is None and isinstance(other, CreateRegistration)
    if isinstance(change, StayWithSlot):
        return False
    if isinstance(change, AssignAppRole):
        return True if not of_source else change.caller.pending
    return not of_source and not isinstance(
        change, EnableSystemIdentity | AttachUserAssignedIdentity
    )


def script(azure: Azure, wiring: Wiring, handoff: Handoff, again: Sequence[str]) -> str:
    """
    Return the script, in bash: known ids literally, others as variables that it fills.

    *wiring* is as it is after what the operator could do; *again* is the command line that closes
    the gate. Running the script twice does no harm.
    """
    command = sh_line(again)
    name = wiring.the_target.name
    closing = f"Done. Next, someone who can write the settings of {name} runs:"
    gates = [each for each in handoff.theirs if isinstance(each, WriteAuthSettings)]
    closes = [question for gate in gates for question in _about(handoff, gate)]
    steps = [
        line
        for change in handoff.theirs
        if not isinstance(change, WriteAuthSettings)
        for line in (
            "",
            f"# {printable(change.summary)}",
            *(f"# Needs your consent: {printable(each)}" for each in _about(handoff, change)),
            *az_lines(change, azure.cloud, wiring),
        )
    ]
    return "\n".join(
        (
            FIRST_LINES.rstrip(),
            f"# Review it, sign in (az login --tenant {sh(wiring.tenant_id)}), and run it.",
            "set -euo pipefail",
            *_opening(azure.cloud, wiring),
            *steps,
            "",
            f"echo {sh(printable(closing))}",
            f"echo {sh(command)}",
            *(f"echo {sh(f'It asks for confirmation: {printable(each)}')}" for each in closes),
            "",
        )
    )


def az_lines(change: Change, cloud: Cloud, wiring: Wiring) -> Iterator[str]:
    """
    Yield the az commands of a change.

    Raises LookupError for a change that has none: a script that left it out would claim too much.
    """
    if not isinstance(change, HasAzForm):
        why = getattr(change, "no_az", "nobody wrote one")
        raise LookupError(  # noqa: TRY004  nothing is wrong with its type
            f"{type(change).__name__} has no az form: {why}"
        )
    return change.az(cloud, wiring)


def _opening(cloud: Cloud, wiring: Wiring) -> Iterator[str]:
    """Yield what every step relies on: addresses, and the ids that are known."""
    yield _AGAIN
    yield f"graph={sh(f'{cloud.graph}/v1.0')}"
    yield f"source={sh(f'{cloud.resource_manager}{wiring.the_source.ref.id}')}"
    registration, app_id = wiring.the_target.registration, wiring.the_target.settings.client_id
    if registration is not None:
        yield f"object_id={sh(registration.object_id)}"
        yield f"app_id={sh(registration.app_id)}"
    elif app_id is not None:
        yield f"app_id={sh(app_id)}"
    for caller in wiring.callers:
        if caller.has_identity:
            yield f"principal_id={sh(caller.principal_id)}"


def _about(handoff: Handoff, change: Change) -> Iterator[Question]:
    return (each for each in handoff.questions if each.action == change.action)
