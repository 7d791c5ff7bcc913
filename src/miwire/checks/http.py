"""MIW4xx: what came back over HTTP, and from whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.checks.registry import Check, Judgement, doubtful, fails, holds, run
from miwire.easyauth.model import POLICY, VALIDATION, Rule
from miwire.finding import Category, Severity, Verdict
from miwire.probe.model import FORGED, WITH_TOKEN, WITHOUT_TOKEN
from miwire.probe.response import Origin
from miwire.remedy import Remedy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from miwire.finding import Finding
    from miwire.probe.model import ProbeCase


def refused_without_token(case: ProbeCase) -> Judgement | None:
    """
    Require a rejection: otherwise anyone who knows the address can call the app.

    A redirect to a sign-in page isn't a rejection: programs follow it and get HTML and a 200.
    """
    if case.name != WITHOUT_TOKEN:
        return None
    if str(case.status) == case.expected:
        return Judgement(Verdict.PASS, str(case.status))
    return Judgement(Verdict.FAIL, f"{case.status}: {case.why}")


def let_in_with_token(case: ProbeCase) -> Judgement | None:
    """
    Require that a request with the caller's own token is allowed.

    Any answer of the app itself shows that; one that is not a success is told as a warning, since
    the path may be the wrong one.
    """
    if case.name != WITH_TOKEN:
        return None
    seen = case.why or str(case.status)
    match case.ok:
        case None:
            return Judgement(Verdict.UNKNOWN, seen)
        case True:
            return Judgement(Verdict.WARN if case.why else Verdict.PASS, seen)
    return Judgement(Verdict.FAIL, seen)


def refused_by_the_platform(case: ProbeCase) -> Judgement | None:
    """
    Require a rejection by App Service authentication, before the app runs; a 401 of the app isn't.

    The platform is known by its challenge, which names a realm and an authorization_uri or a
    resource_id. Where that is suppressed (`disableWWWAuthenticate`) the settings decide, if they
    can be read.
    """
    if case.name != WITHOUT_TOKEN or str(case.status) != case.expected:
        return None
    match case.origin:
        case Origin.PLATFORM:
            return Judgement(Verdict.PASS, "shown by its challenge or by the settings")
        case Origin.APP:
            return Judgement(
                Verdict.FAIL, "authentication is off, so the app itself rejected the request"
            )
    return Judgement(Verdict.UNKNOWN, case.why)


def as_predicted(case: ProbeCase) -> Judgement | None:
    """
    Compare the answer with the one that follows from the settings, and from the token sent.

    If they differ, the settings that were read are not (yet) the ones in effect, or
    Azure does not decide as its documentation says. Nothing is said where the settings could not
    be read; what hangs on something uncertain is unknown.
    """
    prediction = case.predicted
    if prediction is None or case.status is None:
        return None
    if prediction.unknown:
        return Judgement(Verdict.UNKNOWN, f"{case.name}: {prediction.sentence}")
    if prediction.lets_through and case.origin is Origin.UNKNOWN:
        return Judgement(
            Verdict.UNKNOWN, f"{case.name}: {case.status} may come from the app or from App Service"
        )
    through = case.origin is Origin.APP
    if through if prediction.lets_through else case.status == prediction.status:
        return holds(f"{case.name}: {case.status} by {prediction.rule}")
    came = "the request was allowed" if through else f"the response was {case.status}"
    return doubtful(
        f"{case.name}: predicted {prediction.status} by {prediction.rule} "
        f"({prediction.sentence}); {came}, as by {_rule_behind(case)}"
    )


def _rule_behind(case: ProbeCase) -> str:
    """Name the rules that answer so."""
    bare = case.name == WITHOUT_TOKEN
    match case.status:
        case _ if case.origin is Origin.APP:
            return Rule.PASSES
        case 401:
            return Rule.NO_TOKEN_RETURN401 if bare else " or ".join(VALIDATION)
        case 403:
            return Rule.NO_TOKEN_RETURN403 if bare else " or ".join(POLICY)
    return Rule.NO_TOKEN_REDIRECT


def refused_if_forged(case: ProbeCase) -> Judgement | None:
    """
    Demand that a token which Entra ID did not sign as it is opens nothing.

    Any 401 or 403 will do: it shows that the token was refused, not why. One case changes a genuine
    token, and says nothing where none could be had.
    """
    if case.name not in FORGED:
        return None
    match case.ok:
        case None:
            return Judgement(Verdict.UNKNOWN, f"{case.name}: {case.why}")
        case True:
            return holds(f"{case.name}: {case.status}")
    return fails(f"{case.name}: {case.status}, {case.why}")


ALL: tuple[Check[ProbeCase], ...] = (
    Check(
        "MIW401",
        "a request without a token is rejected",
        refused_without_token,
        Remedy.ALLOW_CALLER,
        category=Category.CALLS,
        severity=Severity.HIGH,
    ),
    Check(
        "MIW402",
        "a request with a token is allowed",
        let_in_with_token,
        Remedy.ALLOW_CALLER,
        category=Category.CALLS,
        severity=Severity.HIGH,
    ),
    Check(
        "MIW403",
        "the rejection comes from App Service authentication",
        refused_by_the_platform,
        Remedy.ALLOW_CALLER,
        category=Category.CALLS,
        severity=Severity.HIGH,
    ),
    Check(
        "MIW404",
        "the response matches the authentication settings",
        as_predicted,
        Remedy.PROBE_LATER,
        category=Category.CALLS,
    ),
    Check(
        "MIW405",
        "a forged token is rejected",
        refused_if_forged,
        Remedy.ALLOW_CALLER,
        category=Category.CALLS,
        severity=Severity.HIGH,
    ),
)
"""In reading order."""
_OF_ANY_STATUS = tuple(check for check in ALL if check.judge is as_predicted)


def judged(cases: Iterable[ProbeCase]) -> Iterator[Finding]:
    """Return what each case says; with --expect it shows nothing about the settings."""
    for case in cases:
        yield from run(_OF_ANY_STATUS if case.exact else ALL, case)
