"""MIW514 and following: what requiring a token takes from those who call an open target today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.checks.change import WRITES_SETTINGS
from miwire.checks.registry import Check, doubtful, holds, unknown
from miwire.finding import Category, InPlan, Severity
from miwire.model.wiring import Part
from miwire.remedy import Fix, Remedy

if TYPE_CHECKING:
    from miwire.checks.change import SettingsStep
    from miwire.checks.registry import Judgement


def nobody_calls_without_a_token(step: SettingsStep) -> Judgement | None:
    """
    Ask before an app that is being called requires a token.

    The metric `Requests` of the last 24 hours counts every request, health probes included: how
    many of them come without a token isn't known, and none needed one. `connect --prepare` leaves
    authentication as it is, so that callers can send tokens before they are required.
    """
    if not step.closes:
        return None
    target = step.wiring.the_target
    if Part.TRAFFIC in target.unread:
        return unknown(
            f"Couldn't read how many requests {step.target} had in the last 24 hours. Those "
            "without a token will get 401.",
            _prepare(step),
        )
    if not target.requests:
        return None if target.requests is None else holds(f"{step.target} had no requests")
    count = "1 request" if target.requests == 1 else f"{target.requests:,} requests"
    return doubtful(
        f"{step.target} had {count} in the last 24 hours. Those without a token will get 401.",
        _prepare(step),
    )


def somebody_calls_it(step: SettingsStep) -> Judgement | None:
    """
    Say that nobody called the app in the last 24 hours, which is why nothing is asked.

    A caller that comes once a week isn't seen in it.
    """
    if not step.closes or step.wiring.the_target.requests != 0:
        return None
    return doubtful(f"{step.target} had no requests in the last 24 hours.")


def _prepare(step: SettingsStep) -> Fix:
    source = step.wiring.source
    return Fix(
        Remedy.PREPARE,
        source=str(source.ref) if source else "SOURCE",
        target=str(step.wiring.the_target.ref),
    )


TRAFFIC: Check[SettingsStep] = Check(
    "MIW514",
    "nobody who calls the target today loses access",
    nobody_calls_without_a_token,
    fix=Remedy.PREPARE,
    category=Category.CHANGE,
    severity=Severity.HIGH,
    in_plan=InPlan.QUESTION,
    about=WRITES_SETTINGS,
)
QUIET: Check[SettingsStep] = Check(
    "MIW515",
    "the target is in use",
    somebody_calls_it,
    no_fix="a target that nobody calls can be closed without anyone losing access",
    category=Category.CHANGE,
    severity=Severity.LOW,
)
