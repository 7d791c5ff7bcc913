"""MIW514 and following: what requiring a token takes from those who call an open target today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.checks.change import WRITES_SETTINGS
from miwire.checks.registry import Check, doubtful, holds, unknown
from miwire.checks.target import WEBHOOK_PATH
from miwire.finding import InPlan, Severity
from miwire.model import auth_settings as at
from miwire.model.wiring import Part
from miwire.remedy import Fix, Remedy
from miwire.text import listed, printable

if TYPE_CHECKING:
    from miwire.checks.change import SettingsStep
    from miwire.checks.registry import Judgement
    from miwire.model.wiring import Target


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


def slots_are_closed_too(step: SettingsStep) -> Judgement | None:
    """
    Ask before one slot requires a token and others don't.

    Each slot has its own authentication settings, and its own address. App Service also refuses a
    swap with preview (409) as soon as one of the slots has authentication: releases that work that
    way end.
    """
    slots, missing = step.wiring.the_target.slots, step.wiring.the_target.unread
    if step.closes and Part.SLOTS in missing:
        return unknown(
            f"Couldn't read the slots of {_app(step)}: others may keep accepting anonymous "
            "requests, and swap with preview is refused once one of them has authentication."
        )
    if not step.closes or not slots:
        return None
    still = [each.name for each in slots if each.settings and each.settings.lets_anonymous_in]
    unread = [each.name for each in slots if each.settings is None]
    swaps = not step.before.enabled and not any(
        each.settings and each.settings.enabled for each in slots
    )
    said = []
    if still:
        verb = "keeps" if len(still) == 1 else "keep"
        said.append(f"{listed(still)} {verb} accepting anonymous requests.")
    if unread:
        said.append(f"Whether {listed(unread)} accepts anonymous requests couldn't be read.")
    if swaps:
        said.append(f"Swap with preview will be refused for the slots of {_app(step)}.")
    return doubtful(" ".join(said)) if said else None


def webhooks_stay_open(step: SettingsStep) -> Judgement | None:
    """
    Ask before a function app's webhooks need a token.

    Event Grid, Durable Functions and other extensions call `/runtime/webhooks/*` without an Entra
    ID token; Event Grid drops events whose webhook answers 401 unless they are dead-lettered. The
    Azure portal reads the runs of a Logic App (Standard) below the same path; a trigger's URL with
    a SAS signature keeps working.
    """
    target = step.wiring.the_target
    excluded = step.after.listed(at.EXCLUDED_PATHS)
    workflows = target.site.is_workflow_app
    left_open = excluded if workflows else [e for e in excluded if e.startswith(WEBHOOK_PATH)]
    if not step.closes or not target.site.is_function_app or left_open:
        return None
    fix = Fix(Remedy.EXCLUDE_WEBHOOKS, target=str(target.ref))
    if workflows:
        return doubtful(
            f"{step.target} is a Logic App (Standard): the Azure portal calls it without a token "
            "and will get 401, while trigger URLs with a SAS signature keep working.",
            fix,
        )
    called = [f"{each.name} ({each.trigger})" for each in target.functions if each.by_webhook]
    whose = (
        f"callers of {listed(map(printable, called))}"
        if called
        else "webhooks of Event Grid, Durable Functions and other extensions"
    )
    return doubtful(
        f"Authentication also rejects calls to /runtime/webhooks/* of {step.target}: {whose} will "
        f"get 401.{_http_functions(target)}",
        fix,
    )


def _http_functions(target: Target) -> str:
    """Say which functions are called over HTTP: a function key is no token."""
    called = [each.name for each in target.functions if each.trigger.casefold() == "httptrigger"]
    if not called:
        return ""
    return (
        f" So will requests to {listed(map(printable, called))} with a function key and no token."
    )


def _app(step: SettingsStep) -> str:
    return step.wiring.the_target.ref.name


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
    severity=Severity.HIGH,
    in_plan=InPlan.QUESTION,
    about=WRITES_SETTINGS,
)
KEPT: tuple[Check[SettingsStep], ...] = (
    Check(
        "MIW516",
        "other slots require a token, and swap with preview keeps working",
        slots_are_closed_too,
        no_fix="each slot is protected by itself; App Service refuses the swap",
        severity=Severity.HIGH,
        in_plan=InPlan.QUESTION,
        about=WRITES_SETTINGS,
    ),
    Check(
        "MIW517",
        "webhooks and the portal reach a function app",
        webhooks_stay_open,
        fix=Remedy.EXCLUDE_WEBHOOKS,
        severity=Severity.HIGH,
        in_plan=InPlan.QUESTION,
        about=WRITES_SETTINGS,
    ),
)
"""What closing takes away beside the callers' access; each is asked."""
QUIET: Check[SettingsStep] = Check(
    "MIW515",
    "the target is in use",
    somebody_calls_it,
    no_fix="a target that nobody calls can be closed without anyone losing access",
    severity=Severity.LOW,
)
