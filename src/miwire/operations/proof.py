"""The proof of a wiring, from where one sits: refused without a token, and as a stranger."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miwire.easyauth.caller import gate_of, prediction
from miwire.errors import NotAToken, Unreachable, WaitTimeout
from miwire.operations import probe
from miwire.probe.model import WITH_TOKEN, WITHOUT_TOKEN, ProbeCase, ProbeRequest, ProbeTarget
from miwire.probe.response import Origin
from miwire.tokens.aadsts import TokenRefused
from miwire.tokens.access_token import AccessToken

if TYPE_CHECKING:
    from miwire.azure.session import Azure
    from miwire.model.auth_settings_edit import Mode
    from miwire.model.wiring import Caller, Wiring

SOURCE = "source"
OPERATOR = "operator"
_PROOFS = {
    501051: "You (not an allowed caller) can't get a token: no app role assigned (AADSTS501051)",
    50105: "You (not an allowed caller) can't get a token: not assigned to the app (AADSTS50105)",
}
"""The refusals that show an assignment to be required and missing; others show less."""
_OPAQUE = 500
_FORBIDDEN = 403


@dataclass(frozen=True, slots=True)
class Proof:
    """What was observed and predicted for a connection."""

    cases: tuple[ProbeCase, ...] = ()
    never: WaitTimeout | None = None
    """Why nothing is proven, if the responses did not match the prediction in time."""

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against it; what could not be tried says nothing."""
        return self.never is None and all(case.ok is not False for case in self.cases)


def prove(azure: Azure, wiring: Wiring, mode: Mode, *, changed: bool) -> Proof:
    """
    Call without a token and as the operator, and predict the response to SOURCE.

    *changed*: the target restarts and new settings take effect late, so it is asked again until it
    answers, and as its settings say. Raises Unreachable where it cannot be called from here.
    """
    azure, target = azure.for_tenant(wiring.tenant_id), _target(wiring)
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
        return last if not changed or all(map(_as_predicted, last)) else None

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
        return Proof(last, never)


def _target(wiring: Wiring) -> ProbeTarget:
    site = wiring.the_target.site
    return ProbeTarget(str(site.ref), site.url, "/", gate_of(wiring), wiring.tenant_id)


def _cases(azure: Azure, wiring: Wiring, target: ProbeTarget, mode: Mode) -> tuple[ProbeCase, ...]:
    (bare,) = probe.run(azure, target, ProbeRequest(cases=(WITHOUT_TOKEN,))).cases
    if mode.keeps and bare.ok is False and bare.predicted and bare.predicted.lets_through:
        bare = replace(bare, ok=None, why="allowed without a token, by the existing settings")
    asked = tried(azure, wiring, target, strangers_may=mode.keeps)
    principal = asked.token.principal if asked.token else None
    inside = next((each for each in wiring.callers if each.principal_id == principal), None)
    if inside is not None:
        seen = replace(asked.case, name=SOURCE, expected="let through")
        through = seen.origin is Origin.APP
        nobody = ProbeCase(OPERATOR, "refused", why="not checked: here, you are SOURCE")
        return (
            bare,
            nobody,
            replace(seen, ok=through, why="" if through else "the request was rejected"),
        )
    return bare, asked.case, *(_predicted_case(wiring, each, target) for each in wiring.callers)


def _predicted_case(wiring: Wiring, caller: Caller, target: ProbeTarget) -> ProbeCase:
    """Say what the gate will answer the source's own token, by the rule that decides."""
    case = ProbeCase(SOURCE, "let through")
    verdict = prediction(wiring, caller, target.gate) if target.gate is not None else None
    if verdict is None:
        return case
    refused = verdict.status is not None and not verdict.lets_through
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


@dataclass(frozen=True, slots=True)
class Tried:
    """The result of a call as the operator."""

    case: ProbeCase
    token: AccessToken | None = None
    """The token that was issued; None: none was, or it is no JWT."""


def tried(azure: Azure, wiring: Wiring, target: ProbeTarget, *, strangers_may: bool) -> Tried:
    """
    Ask for a token and call with it.

    It holds only on a refusal that proves something. *strangers_may*: the settings let others in
    and were to be kept, so getting in says nothing against the wiring.
    """
    registration = wiring.the_target.registration
    bare = ProbeCase(OPERATOR, "refused")
    if registration is None:
        return Tried(replace(bare, why="there is no registration to request a token for"))
    try:
        text = azure.token(registration.scope(wiring.the_target.settings.audiences))
    except TokenRefused as refused:
        return Tried(_unissued(azure, wiring, refused))
    except Unreachable as error:
        return Tried(replace(bare, why=error.message))
    token = _read(text)
    report = probe.run(azure, target, ProbeRequest(cases=(WITH_TOKEN,), token=text))
    seen = replace(report.cases[0], name=OPERATOR, expected="refused", why="")
    if token is not None and wiring.the_target.names(token.client, token.principal):
        return Tried(replace(seen, ok=None, why="you are an allowed caller yourself"), token)
    return Tried(_judged(seen, strangers_may=strangers_may), token)


def _judged(seen: ProbeCase, *, strangers_may: bool) -> ProbeCase:
    if seen.status == _FORBIDDEN and seen.origin is Origin.PLATFORM:
        return replace(seen, ok=True, why="with a token, you are rejected")
    if seen.origin is Origin.APP and strangers_may:
        return replace(seen, ok=None, why="you are allowed, by the existing settings")
    if seen.origin is Origin.APP:
        return replace(seen, ok=False, why="an unrelated identity (you) was allowed")
    return replace(seen, ok=None, why="this rejection proves nothing")


def _unissued(azure: Azure, wiring: Wiring, refused: TokenRefused) -> ProbeCase:
    """Judge that no token was issued: only a reason that names the missing role is a proof."""
    refusal = refused.refusal
    case = ProbeCase(OPERATOR, "refused")
    if refusal.aadsts in _PROOFS:
        return replace(case, ok=True, why=_PROOFS[refusal.aadsts])
    if refusal.endpoint_status == _OPAQUE and _holds_no_role(azure, wiring):
        return replace(
            case,
            ok=True,
            why=(
                "You (not an allowed caller) can't get a token: no app role assigned. "
                "App Service reports this only as HTTP 500."
            ),
        )
    told = refusal.told_of_a_target() or refused.message
    return replace(case, ok=None, why=f"{told.rstrip('.')}; this proves nothing about the target")


def _holds_no_role(azure: Azure, wiring: Wiring) -> bool:
    """
    Explain the identity endpoint's opaque 500 by what is known of the target.

    The API has a service principal and an identifier URI, it requires assignment, and none is
    held: then AADSTS501051 stands behind it (recorded on App Service).
    """
    principal, registration = wiring.the_target.service_principal, wiring.the_target.registration
    if principal is None or registration is None or not principal.assignment_required:
        return False
    if registration.uri not in registration.identifier_uris:
        return False
    arm = _read(azure.token(azure.cloud.resource_manager_scope))
    return arm is not None and not wiring.the_target.names(arm.client, arm.principal)


def _read(text: str) -> AccessToken | None:
    try:
        return AccessToken.parse(text)
    except NotAToken:
        return None
