"""Make an app require Entra ID tokens and allow only the listed callers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miwire.checks import allow_lists, closing, health_probes, reachability, source_tokens
from miwire.checks import auth_settings as settings_checks
from miwire.checks import change as effects
from miwire.checks import directory as directory_checks
from miwire.checks import source as source_checks
from miwire.checks import target as target_checks
from miwire.checks.change import SettingsStep
from miwire.checks.directory import NamedRole
from miwire.checks.registry import refusal, refuse, run, troubles
from miwire.checks.source_tokens import TokenStep
from miwire.finding import InPlan, Verdict
from miwire.model.auth_settings_edit import Mode, is_newcomer
from miwire.model.directory import registration_name, unique_name
from miwire.plan.changes.app_role import AssignAppRole
from miwire.plan.changes.auth_settings import WriteAuthSettings
from miwire.plan.changes.registration import CreateRegistration, DefineApi, RestoreRegistration
from miwire.plan.changes.service_principal import (
    CreateServicePrincipal,
    RequireAssignment,
    RestoreServicePrincipal,
)
from miwire.plan.plan import Plan
from miwire.remedy import Fix, Remedy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from miwire.finding import Finding
    from miwire.model.auth_settings import AuthSettings
    from miwire.model.directory import AppRegistration
    from miwire.model.wiring import Wiring
    from miwire.plan.plan import Change


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
    def closes(self) -> bool:
        """Whether a target that accepts anonymous requests may come to require a token."""
        return not (self.joining or self.prepare or self.keep_sign_in)

    @property
    def mode(self) -> Mode:
        """How far the target is closed."""
        if self.any_in_tenant:
            return Mode.ANY_IN_TENANT
        if self.joining:
            return Mode.JOINING
        return Mode.KEEP_SIGN_IN if self.keep_sign_in else Mode.CLOSED


def needs_a_choice(wiring: Wiring) -> Finding | None:
    """
    Return why somebody has to say whether people go on signing in; None where nobody signs in.

    Closing such a target takes something from people who are not at the keyboard.
    """
    checks = (target_checks.SIGN_IN, *directory_checks.OWN_REGISTRATION)
    return next(iter(troubles(run(checks, wiring.the_target))), None)


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
        raise refusal(_unchanged(reason, any_in_tenant=asked.any_in_tenant))
    if not asked.mode.keeps or is_newcomer(wiring.the_target.settings):
        refuse((settings_checks.ISSUER_OF_TENANT,), wiring)
    gate = WriteAuthSettings(wiring.the_target.name, asked.mode, asked.excluded_paths)
    after = gate.preview(wiring).the_target.settings
    directory = tuple(directory_changes(wiring, asked))
    if asked.prepare:
        return Plan(wiring, directory, tuple(run((effects.PREPARED,), wiring)))
    writes = bool(wiring.the_target.settings.differences(after))
    changes = (*directory, *((gate,) if writes else ()))
    return Plan(
        wiring,
        changes,
        findings(wiring, after, asked.mode, asks=bool(changes), changes=directory),
        purpose=f"protect {wiring.the_target.name}",
    )


def _unchanged(reason: Finding, *, any_in_tenant: bool) -> Finding:
    fix = Fix(Remedy.REPLACE_SIGN_IN) if any_in_tenant else reason.fix
    return replace(reason, seen=f"{reason.seen} Nothing was changed.", fix=fix)


def findings(
    wiring: Wiring,
    after: AuthSettings,
    mode: Mode,
    *,
    asks: bool,
    changes: Iterable[Change] = (),
) -> tuple[Finding, ...]:
    """
    Return what checks say of a target whose settings will be *after*, the most important first.

    For `protect` and `connect` that write the settings (not with --prepare), and for `grant`.
    *changes* are the others of the plan. *asks*: also what has to be agreed to.
    """
    step = SettingsStep(wiring, after, mode)
    then = replace(wiring.the_target, settings=after)
    planned = _previewed(wiring, changes).with_target(settings=after)
    found = [
        *cannot_work(planned),
        *run((effects.ANONYMOUS, closing.QUIET), step),
        *_said(run(settings_checks.ALL, planned)),
        *run((effects.ISSUER_STAYS,), step),
        *run(target_checks.STILL_OPEN, then),
        *run((effects.DORMANT,), step),
        *run((target_checks.NO_EMPTY_LIST,), then),
        *run((effects.NOBODY,), step),
        *run((target_checks.NO_GROUPS,), then),
        *run(allow_lists.ALL, wiring.the_target),
        *run(reachability.ALL, then),
        *_of_scopes(wiring, planned),
        *run((source_tokens.OLDER_TOKEN,), TokenStep(wiring, planned)),
    ]
    if not (asks and step.closes):
        found += run((target_checks.WEBHOOKS, target_checks.SLOTS), then)
    if asks:
        found += run(
            (
                closing.TRAFFIC,
                *closing.KEPT,
                *health_probes.ALL,
                *effects.SETTINGS,
                *effects.ASSIGNMENT,
            ),
            step,
        )
        found += run((effects.TOKEN_VERSION,), step)
    return troubles(found)


def _of_scopes(wiring: Wiring, planned: Wiring) -> Iterator[Finding]:
    """Yield what is doubtful of the source's scopes after the plan, and what the plan cures."""
    if wiring.source is None:
        return
    then = troubles(run((source_tokens.SCOPES,), planned))
    yield from (each for each in then if each.verdict is Verdict.WARN)
    if not then:
        for each in troubles(run((source_tokens.SCOPES,), wiring)):
            yield replace(each, seen=f"{each.seen} This run cures that.", fix="")


def _previewed(wiring: Wiring, changes: Iterable[Change]) -> Wiring:
    """Return the wiring as it will be once *changes* are made, as far as ids are known."""
    if wiring.the_target.registration is None:
        return wiring  # what follows its creation is nothing without its ids
    for each in changes:
        wiring = each.preview(wiring)
    return wiring


def cannot_work(wiring: Wiring) -> tuple[Finding, ...]:
    """Return why callers can't get a token for the target, whatever its settings say."""
    found = (
        *run((directory_checks.API_ENABLED,), wiring.the_target),
        *run((directory_checks.CALLERS_ENABLED,), wiring),
    )
    of_source = run((source_checks.ENDPOINT, source_tokens.SCOPES), wiring) if wiring.source else ()
    return tuple(each for each in (*found, *of_source) if each.verdict is Verdict.FAIL)


def _said(found: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings as notes: what stops one plan is only said by another that leaves it."""
    return (replace(each, in_plan=InPlan.NOTE) for each in found)


def directory_changes(wiring: Wiring, asked: Protection) -> Iterator[Change]:
    """
    Yield what is missing, in the order in which nobody named is without a token in between.

    Raises BadRequest for a role that no application can hold.
    """
    role = NamedRole(wiring.the_target.registration, asked.app_role)
    refuse((directory_checks.ROLE_VALUE_FREE, directory_checks.APP_ROLE), role)
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
        yield CreateServicePrincipal(assignment_required=required and not asked.mode.keeps)
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
