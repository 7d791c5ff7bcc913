"""The proof of a wiring, from where one sits: refused without a token, and as a stranger."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miwire.easyauth.caller import gate_of, prediction
from miwire.easyauth.model import LET_THROUGH
from miwire.errors import Unreachable, WaitTimeout
from miwire.model.wiring import Part
from miwire.operations import operator, target_token
from miwire.operations.exchanges import Exchanges
from miwire.operations.probe import explained
from miwire.operations.protect import cannot_work
from miwire.probe import cases as probe_case
from miwire.probe.model import OPERATOR, SOURCE, WITHOUT_TOKEN, ProbeCase, ProbeRequest, ProbeTarget
from miwire.probe.signatures import Origin

if TYPE_CHECKING:
    from miwire.azure.session import Azure
    from miwire.model.auth_settings_edit import Mode
    from miwire.model.wiring import Caller, Wiring

_UNPROVEN = "no proof of authentication came"


@dataclass(frozen=True, slots=True)
class Proof:
    """What was observed and predicted for a connection."""

    cases: tuple[ProbeCase, ...] = ()
    never: WaitTimeout | None = None
    """Why nothing is proven, if the responses did not match the prediction in time."""

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against it, and the request without a token showed something."""
        return self.never is None and not any(
            case.ok is False or _is_undecided(case) for case in self.cases
        )


def prove(azure: Azure, wiring: Wiring, mode: Mode, *, changed: bool) -> Proof:
    """
    Call without a token and as the operator, and predict the response to SOURCE.

    An answer that shows nothing is waited out. *changed*: the target restarts and new settings take
    effect late, so it is asked again until it answers, and as its settings say. Raises Unreachable
    where it cannot be called from here.
    """
    azure, target = azure.for_tenant(wiring.tenant_id), probe_target(wiring)
    last: tuple[ProbeCase, ...] = ()
    silent: Unreachable | None = None
    began = time.monotonic()

    def settled() -> tuple[ProbeCase, ...] | None:
        nonlocal last, silent
        try:
            last, silent = _cases(azure, wiring, target, mode), None
        except Unreachable as error:
            # What hangs takes its time between two pauses, which only count themselves.
            over = time.monotonic() - began > azure.waiter.seconds
            if not changed or error.lasting or over:
                raise
            silent = error
            return None
        proven = all(map(_shows_something, last))
        return last if proven and (not changed or all(map(_as_predicted, last))) else None

    name = wiring.the_target.name
    try:
        return Proof(
            azure.waiter.until(
                settled, for_what=f"authentication of {name} to use its new settings"
            )
        )
    except WaitTimeout as never:
        if silent is not None:
            raise silent from never
        return _unproven(target, last, never, waited=azure.waiter.seconds > 0)


def _unproven(
    target: ProbeTarget, last: tuple[ProbeCase, ...], never: WaitTimeout, *, waited: bool
) -> Proof:
    """Return what came instead of a proof; raise Unreachable where it never came from the app."""
    unknown = next((each for each in last if not _shows_something(each)), None)
    if unknown is None:
        return Proof(last, never)
    if unknown.origin is Origin.NETWORK:
        raise _not_reached(target, unknown, lasting=False) from never
    if not waited:
        return Proof(last)
    said = f"{never.message.rstrip('.')}: {_UNPROVEN} ({unknown.why})."
    return Proof(last, WaitTimeout(said, hint=never.hint))


def _not_reached(target: ProbeTarget, case: ProbeCase, *, lasting: bool) -> Unreachable:
    shown = f" ({case.evidence})" if case.evidence else ""
    because = f": {case.reason}" if case.reason else ""
    return Unreachable(
        f"Couldn't reach {target.url}: the {case.speaker.removeprefix('a ')} answered "
        f"{case.status}{shown}{because}.",
        hint="Start the app, or call it from an allowed network." if case.reason else None,
        lasting=lasting,
    )


def _is_undecided(case: ProbeCase) -> bool:
    return case.name == WITHOUT_TOKEN and case.ok is None and case.decides


def _shows_something(case: ProbeCase) -> bool:
    """Return whether a request without a token showed who answers it, App Service or the app."""
    shown = case.origin in {Origin.PLATFORM, Origin.APP}
    return case.name != WITHOUT_TOKEN or shown or not case.decides


def probe_target(wiring: Wiring) -> ProbeTarget:
    """Return where the target answers, and what is known of its gate."""
    site = wiring.the_target.site
    return ProbeTarget(str(site.ref), site.url, "/", gate_of(wiring), wiring.tenant_id, site)


def _cases(azure: Azure, wiring: Wiring, target: ProbeTarget, mode: Mode) -> tuple[ProbeCase, ...]:
    bare, *others = calls(azure, wiring, target, strangers_may=mode.keeps)
    if bare.reason:
        raise _not_reached(target, bare, lasting=True)
    if mode.keeps and bare.ok is False and bare.predicted and bare.predicted.lets_through:
        why = "allowed without a token, by the existing settings"
        bare = replace(bare, ok=None, why=why, decides=False)
    return bare, *others


def calls(
    azure: Azure, wiring: Wiring, target: ProbeTarget, *, strangers_may: bool = False
) -> tuple[ProbeCase, ...]:
    """
    Call a target without a token and as the operator; predict the answer to each caller.

    Only the first where App Service's front end refuses every request. *strangers_may*: the
    settings allow others and are to stay so. Raises Unreachable where no answer comes.
    """
    asked = ProbeRequest(cases=(WITHOUT_TOKEN,))
    exchanges = Exchanges(azure, target, asked)
    bare = probe_case.without_token(exchanges.without_token(), target, asked)
    (bare,) = explained(azure, target, (bare,))
    if bare.reason:
        return (bare,)
    asking = _as_operator(azure, wiring, target, exchanges, strangers_may=strangers_may)
    principal = asking.token.principal if asking.token else None
    inside = next((each for each in wiring.callers if each.principal_id == principal), None)
    if inside is not None:
        seen = replace(asking.case, name=SOURCE, expected=probe_case.ALLOWED)
        through = seen.origin is Origin.APP
        why = "" if through else "the request was rejected"
        nobody = "not checked: here, you are SOURCE"
        return (
            bare,
            ProbeCase(OPERATOR, "refused", why=nobody, decides=False),
            replace(seen, ok=through, why=why),
        )
    you = asking.case
    if asking.listed:
        why = "you are an allowed caller yourself"
        you = replace(you, ok=None, why=why, expected="refused", decides=False)
    return bare, you, *(_predicted_case(wiring, each, target) for each in wiring.callers)


def _as_operator(
    azure: Azure,
    wiring: Wiring,
    place: ProbeTarget,
    exchanges: Exchanges,
    *,
    strangers_may: bool,
) -> operator.OperatorCall:
    target, registration = wiring.the_target, wiring.the_target.registration
    unread = Part.DIRECTORY in target.unread
    audience = target_token.audience(place, ProbeRequest()) if unread else None
    if registration is not None:
        scope = registration.scope(target.settings.audiences)
    elif audience is not None:
        scope = target_token.scope_of(audience)
    else:
        why = "there is no registration to request a token for"
        return operator.OperatorCall(ProbeCase(OPERATOR, "refused", why=why, decides=False))
    known = None if unread else target
    api = operator.Api(target.settings, scope, lambda: known, strangers_may=strangers_may)
    return operator.called(azure, exchanges, api)


def _predicted_case(wiring: Wiring, caller: Caller, target: ProbeTarget) -> ProbeCase:
    """Say what the gate will answer the source's own token, by the rule that decides."""
    case = ProbeCase(SOURCE, probe_case.ALLOWED, decides=False)
    for finding in cannot_work(wiring.with_callers(caller)):
        return replace(case, ok=False, why=finding.seen.rstrip("."))
    verdict = prediction(wiring, caller, target.gate) if target.gate is not None else None
    if verdict is None:
        return case
    # What is likely to be rejected isn't called connected, though it isn't certain.
    refused = (verdict.status or verdict.likely or LET_THROUGH) != LET_THROUGH
    return replace(
        case,
        predicted=verdict,
        ok=False if refused else None,
        why=verdict.sentence if refused or verdict.unknown else "",
    )


def _as_predicted(case: ProbeCase) -> bool:
    """Say whether the response matches the prediction, if there is one."""
    verdict = case.predicted
    if verdict is None or verdict.unknown or case.status is None:
        return True
    if verdict.lets_through:
        return case.origin is Origin.APP
    return case.status == verdict.status
