"""MIW4xx: what came back over HTTP, and from whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.checks.check import Check, Judgement, run
from miwire.domain.answer import Origin
from miwire.domain.finding import Verdict
from miwire.domain.probing import WITH_TOKEN, WITHOUT_TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from miwire.domain.finding import Finding
    from miwire.domain.probing import ProbeCase

_PROTECT = "miwire protect TARGET --allow SOURCE"


def refused_without_token(case: ProbeCase) -> Judgement | None:
    """
    Demand a refusal: without it the gate is no gate, and whoever knows the address gets in.

    A redirect to a sign-in page is no refusal: programs follow it, get a page of HTML and a 200.
    """
    if case.name != WITHOUT_TOKEN:
        return None
    if str(case.status) == case.expected:
        return Judgement(Verdict.PASS, str(case.status))
    return Judgement(Verdict.FAIL, f"{case.status}: {case.why}")


def let_in_with_token(case: ProbeCase) -> Judgement | None:
    """
    Demand that the caller's own token opens the gate.

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
    Demand that the platform refuses, before a line of the app runs: an app's own 401 is no gate.

    The platform is known by its challenge, which names a realm and an authorization_uri or a
    resource_id. Where that is suppressed (`disableWWWAuthenticate`) the settings decide, if they
    can be read.
    """
    if case.name != WITHOUT_TOKEN or str(case.status) != case.expected:
        return None
    match case.origin:
        case Origin.PLATFORM:
            return Judgement(Verdict.PASS, "its challenge, or the settings, show it")
        case Origin.APP:
            return Judgement(Verdict.FAIL, "the gate is off, so the app itself refused")
    return Judgement(Verdict.UNKNOWN, case.why)


ALL: tuple[Check[ProbeCase], ...] = (
    Check("MIW401", "a request without a token is refused", refused_without_token, _PROTECT),
    Check("MIW402", "a request with a token gets past the gate", let_in_with_token, _PROTECT),
    Check("MIW403", "the refusal comes from the platform", refused_by_the_platform, _PROTECT),
)
"""In reading order."""


def judged(cases: Iterable[ProbeCase]) -> Iterator[Finding]:
    """Return what each case says of the wiring; an exact status that was asked for says nothing."""
    for case in cases:
        if not case.exact:
            yield from run(ALL, case)
