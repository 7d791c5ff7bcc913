"""The proof of a wiring, from where one sits: refused without a token, and as a stranger."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miwire.probe.response import Origin
from miwire.probe.model import WITHOUT_TOKEN, ProbeCase, ProbeRequest, ProbeTarget
from miwire.errors import GaveUpWaiting, Unreachable
from miwire.operations import probe
from miwire.easyauth.caller import foretold, gate_of
from miwire.operations.operator_case import OPERATOR, tried

if TYPE_CHECKING:
    from miwire.azure.session import Azure
    from miwire.model.auth_settings_edit import Mode
    from miwire.model.wiring import Caller, Wiring

SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Proof:
    """What was seen and foretold of a wiring."""

    cases: tuple[ProbeCase, ...] = ()
    never: GaveUpWaiting | None = None
    """Where the gate did not answer as foretold in time: why nothing is proven."""

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against it; what could not be tried says nothing."""
        return self.never is None and all(case.ok is not False for case in self.cases)


def prove(azure: Azure, wiring: Wiring, mode: Mode, *, changed: bool) -> Proof:
    """
    Call without a token and as whoever runs miwire, and foretell what the source will get.

    *changed*: the target restarts and new settings take effect late, so it is asked again until it
    answers, and as its settings say. Raises Unreachable where it cannot be called from here.
    """
    target = _target(wiring)
    last: tuple[ProbeCase, ...] = ()
    silent: Unreachable | None = None
    began = time.monotonic()

    def settled() -> tuple[ProbeCase, ...] | None:
        nonlocal last, silent
        try:
            last, silent = _cases(azure, wiring, target, mode), None
        except Unreachable as error:
            # What hangs takes its time between two pauses, which only count themselves.
            over = time.monotonic() - began > azure.patience.seconds
            if not changed or error.lasting or over:
                raise
            silent = error
            return None
        return last if not changed or all(map(_as_foretold, last)) else None

    name = wiring.the_target.display_name
    try:
        return Proof(
            azure.patience.until(settled, for_what=f"the gate of {name} to answer as it is set")
        )
    except GaveUpWaiting as never:
        if silent is not None:
            raise silent from never
        return Proof(last, never)


def _target(wiring: Wiring) -> ProbeTarget:
    site = wiring.the_target
    return ProbeTarget(str(site.ref), site.url, "/", gate_of(wiring))


def _cases(azure: Azure, wiring: Wiring, target: ProbeTarget, mode: Mode) -> tuple[ProbeCase, ...]:
    (bare,) = probe.run(azure, target, ProbeRequest(cases=(WITHOUT_TOKEN,))).cases
    if mode.keeps and bare.ok is False and bare.predicted and bare.predicted.lets_through:
        bare = replace(bare, ok=None, why="let in without a token, by the settings that were kept")
    asked = tried(azure, wiring, target, strangers_may=mode.keeps)
    principal = asked.token.principal if asked.token else None
    inside = next((each for each in wiring.callers if each.principal_id == principal), None)
    if inside is not None:
        seen = replace(asked.case, name=SOURCE, expected="let through")
        through = seen.origin is Origin.APP
        nobody = ProbeCase(OPERATOR, "refused", why="whoever runs miwire here is the source")
        return bare, nobody, replace(seen, ok=through, why="" if through else "it is refused")
    return bare, asked.case, *(_foretold(wiring, each, target) for each in wiring.callers)


def _foretold(wiring: Wiring, caller: Caller, target: ProbeTarget) -> ProbeCase:
    """Say what the gate will answer the source's own token, by the rule that decides."""
    case = ProbeCase(SOURCE, "let through")
    verdict = foretold(wiring, caller, target.gate) if target.gate is not None else None
    if verdict is None:
        return case
    refused = verdict.status is not None and not verdict.lets_through
    return replace(
        case,
        predicted=verdict,
        ok=False if refused else None,
        why=verdict.sentence if refused or verdict.unknown else "",
    )


def _as_foretold(case: ProbeCase) -> bool:
    """Say whether the gate answered by its settings, as far as that could be foretold."""
    verdict = case.predicted
    if verdict is None or verdict.unknown or case.status is None:
        return True
    if verdict.lets_through:
        return case.origin is Origin.APP
    return case.status == verdict.status
