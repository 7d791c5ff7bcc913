"""Wire a source to a target: identity, registration, role and gate as one plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.operations import enable_identity, protect, scope_setting
from miwire.operations.grant import refuse_another_identity, unlooked
from miwire.plan.changes.auth_settings import WriteAuthSettings
from miwire.plan.plan import Plan

if TYPE_CHECKING:
    from miwire.model.wiring import Wiring
    from miwire.operations.protect import Protection


def plan(wiring: Wiring, asked: Protection, identity: str | None = None) -> Plan:
    """
    Plan all that is missing, additive changes first and the gate last.

    *identity* is the resource id of a user-assigned identity to call with. Raises BadRequest where
    the source's code would call with another one, or where the target needs a choice.
    """
    refuse_another_identity(wiring, identity)
    first = enable_identity.plan(wiring, (identity,) if identity else ())
    rest = protect.plan(wiring, asked)
    gate = tuple(each for each in rest.changes if isinstance(each, WriteAuthSettings))
    after = gate[0].preview(wiring).the_target.settings if gate else wiring.the_target.settings
    setting = tuple(scope_setting.changes(wiring, after))
    directory = (each for each in rest.changes if each not in gate)
    return Plan(
        wiring,
        (*first.changes, *directory, *setting, *gate),
        notes=(*rest.notes, *unlooked(wiring), *scope_setting.notes(wiring, setting)),
        questions=rest.questions,
        purpose=f"connect {wiring.the_source.name} to {wiring.the_target.name}",
    )
