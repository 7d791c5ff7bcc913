"""Let one source in to a target that is protected, beside those who are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from miwire.checks import source as source_checks
from miwire.checks import source_tokens
from miwire.checks import target as target_checks
from miwire.checks.registry import refusal, refuse, run, troubles
from miwire.finding import InPlan, Verdict
from miwire.model.auth_settings_edit import Mode
from miwire.operations import protect, scope_setting
from miwire.operations.protect import Protection
from miwire.plan.changes.auth_settings import WriteAuthSettings
from miwire.plan.plan import Plan
from miwire.remedy import Fix, Remedy

if TYPE_CHECKING:
    from miwire.finding import Finding
    from miwire.model.auth_settings import AuthSettings
    from miwire.model.wiring import Wiring


def plan(wiring: Wiring, app_role: str = "Caller") -> Plan:
    """
    Plan the app role, the places in the lists that restrict, and the app setting for the scope.

    The setting is the source's, where one is named; nothing else is touched.

    Raises BadRequest where the target is not protected, or where the source's code would call with
    another identity than the one that is allowed.
    """
    settings, target = wiring.the_target.settings, wiring.the_target.site
    found = next(iter(troubles(run((target_checks.REQUIRES_ENTRA_ID,), wiring.the_target))), None)
    if found is not None:
        pair = Fix(Remedy.CONNECT, str(wiring.the_source.ref), str(target.ref))
        raise refusal(replace(found, fix=pair))
    refuse_another_identity(wiring)
    asked = Protection(app_role=app_role, joining=True)
    gate = WriteAuthSettings(target.display_name, Mode.JOINING)
    after = gate.preview(wiring).the_target.settings
    writes = bool(settings.differences(after))
    directory = tuple(protect.directory_changes(wiring, asked))
    setting = tuple(scope_setting.changes(wiring, after))
    return Plan(
        wiring,
        (*directory, *setting, *((gate,) if writes else ())),
        (
            *unlooked(wiring),
            *other_credential(wiring, asks=bool(directory or setting or writes)),
            *protect.findings(
                wiring, after, Mode.JOINING, asks=bool(directory or writes), changes=directory
            ),
            *other_slots(wiring, after),
            *scope_setting.findings(wiring, setting),
        ),
        purpose=f"allow {wiring.the_source.name} to call {target.display_name}",
    )


def refuse_another_identity(wiring: Wiring, identity: str | None = None) -> None:
    """
    Stop where the source's app settings send its code to another identity than is wired.

    *identity* is the user-assigned one that was named: its client id may not be known yet.
    """
    pending = identity is not None and any(each.pending for each in wiring.callers)
    if not pending:
        refuse((source_checks.CLIENT_ID_SETTING,), wiring)


def unlooked(wiring: Wiring) -> tuple[Finding, ...]:
    """Tell what nobody could look at, where the wiring may fail for it."""
    found = run((source_checks.CLIENT_ID_SETTING,), wiring)
    return tuple(
        replace(each, in_plan=InPlan.NOTE) for each in found if each.verdict is Verdict.UNKNOWN
    )


def other_slots(wiring: Wiring, after: AuthSettings) -> tuple[Finding, ...]:
    """Tell which slots of the source can't call a target whose settings will be *after*."""
    planned = wiring.with_target(settings=after)
    return troubles(run((source_tokens.SLOTS,), planned))


def other_credential(wiring: Wiring, *, asks: bool) -> tuple[Finding, ...]:
    """
    Return the question whether a caller is to be allowed that the source's code may not call as.

    Where nothing is left to change it is a note: there is nothing to agree to.
    """
    found = run((source_checks.CREDENTIAL,), wiring)
    place = InPlan.QUESTION if asks else InPlan.NOTE
    return tuple(replace(each, in_plan=place) for each in found if each.verdict is Verdict.WARN)
