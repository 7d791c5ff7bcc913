"""MIW117 and MIW118: what probes an open target without a token and will get 401."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.checks.change import WRITES_SETTINGS
from miwire.checks.registry import Check, doubtful, holds
from miwire.easyauth.paths import is_covered
from miwire.finding import InPlan, Severity
from miwire.model import auth_settings as at
from miwire.model.wiring import Part
from miwire.remedy import Fix, Remedy
from miwire.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.checks.change import SettingsStep
    from miwire.checks.registry import Judgement


def probes_stay_healthy(step: SettingsStep) -> Iterator[Judgement]:
    """
    Ask before a health probe without a token gets 401.

    Application Gateway, Front Door, Traffic Manager and availability tests of Application Insights
    send no token. Where they don't count 401 as healthy, they take the app for down: a gateway then
    answers 502 to everyone, allowed callers included (azure-functions-host#2180,
    azure-sdk-for-net#51569). A path in `excludedPaths` stays open for them.
    """
    if not step.closes:
        return
    target, excluded = step.wiring.the_target, step.after.listed(at.EXCLUDED_PATHS)
    for each in target.probes:
        if each.takes_401 or any(is_covered(entry, each.path) for entry in excluded):
            yield holds(f"{each.name} keeps {target.name} for healthy")
            continue
        yield doubtful(
            f"{printable(each.name)} probes {printable(each.path)} of {target.name} without a "
            "token: it will get 401 and take the app for unhealthy.",
            Fix(Remedy.EXCLUDE_PATH, target=str(target.ref), value=each.path),
        )


def probes_are_known(step: SettingsStep) -> Judgement | None:
    """
    Say that it isn't known whether something in front of the app probes it without a token.

    Only the app's own subscription is looked at, and only where the app had requests in the last 24
    hours: a probe is one.
    """
    target = step.wiring.the_target
    if not step.closes or Part.PROBES not in target.unread:
        return None
    return doubtful(
        "Couldn't read whether an Application Gateway, Front Door, Traffic Manager profile or "
        f"availability test probes {target.name}: without a token, it will get 401."
    )


HEALTHY: Check[SettingsStep] = Check(
    "MIW117",
    "health probes without a token still get through",
    probes_stay_healthy,
    fix=Remedy.EXCLUDE_PATH,
    severity=Severity.HIGH,
    in_plan=InPlan.QUESTION,
    about=WRITES_SETTINGS,
)
KNOWN: Check[SettingsStep] = Check(
    "MIW118",
    "it is known what probes the app",
    probes_are_known,
    no_fix="the Reader role on the subscription shows it",
    severity=Severity.LOW,
)
ALL = (HEALTHY, KNOWN)
