"""Judge one answer to a probe: whether the case holds, and what people should know of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miwire.probe.model import WITH_TOKEN, WITHOUT_TOKEN, ProbeCase
from miwire.probe.response import REFUSALS, Origin

if TYPE_CHECKING:
    from miwire.easyauth.model import GateVerdict
    from miwire.probe.model import ProbeRequest, ProbeTarget
    from miwire.probe.response import Answer

REFUSED = " or ".join(str(status) for status in REFUSALS)
_SUCCESS = range(200, 300)
_FAILURES = 500


@dataclass(frozen=True, slots=True)
class Exchange:
    """One response, and the predicted one if there is a prediction."""

    answer: Answer
    predicted: GateVerdict | None


def without_token(seen: Exchange, target: ProbeTarget, asked: ProbeRequest) -> ProbeCase:
    """Judge the answer to a request without a token."""
    settings = target.settings
    gate_refuses_with = settings.refusal_status if settings and settings.enabled else 401
    expected = asked.expects_without or gate_refuses_with
    case = _case(WITHOUT_TOKEN, str(expected), seen)
    if asked.expects_without is not None:
        return _exactly(case, expected)
    if case.status == expected and case.origin is Origin.PLATFORM:
        return replace(case, ok=True)
    if seen.answer.leads_to_a_login:
        why = "redirects to a sign-in page instead of rejecting the request (RedirectToLoginPage)"
    elif case.status in REFUSALS:
        why = "the response doesn't show whether App Service or the app itself rejected the request"
    elif seen.answer.status >= _FAILURES:
        why = "the app failed, which shows nothing about authentication"
    else:
        why = "no token is required, so anyone can call this app"
    return replace(case, ok=False, why=why)


def with_token(seen: Exchange, asked: ProbeRequest) -> ProbeCase:
    """Judge the answer to a request with the caller's own token."""
    if asked.expect is not None:
        return _exactly(_case(WITH_TOKEN, str(asked.expect), seen), asked.expect)
    case = _case(WITH_TOKEN, "let through", seen)
    if seen.answer.leads_to_a_login:
        return replace(case, ok=False, why="App Service ignored the token and asks for sign-in")
    if case.status in REFUSALS and case.origin is not Origin.APP:
        return replace(case, ok=False, why=_why_refused(case))
    if case.status in _SUCCESS:
        return replace(case, ok=True)
    past = (
        f"the token was accepted, but the app answered {case.status}; try another path with --path"
    )
    return replace(case, ok=True, why=past)


def forged(name: str, seen: Exchange) -> ProbeCase:
    """Judge the answer to a forged token; that it was refused says nothing of why."""
    case = _case(name, REFUSED, seen)
    if case.status in REFUSALS:
        return replace(case, ok=True)
    if seen.answer.leads_to_a_login:
        why = "a redirect to a sign-in page isn't a rejection"
    else:
        why = "it wasn't rejected"
    return replace(case, ok=False, why=why)


def _exactly(case: ProbeCase, status: int) -> ProbeCase:
    ok = case.status == status
    return replace(case, exact=True, ok=ok, why="" if ok else f"expected {status}")


def _why_refused(case: ProbeCase) -> str:
    if case.predicted is not None and case.predicted.status == case.status:
        return case.predicted.sentence
    if case.status == REFUSALS[0]:
        return (
            "App Service rejected the token (wrong audience or issuer, expired, or bad signature)"
        )
    doubt = " (or the app itself returned 403; the response doesn't show which)"
    return "the token is valid, but its caller isn't on the allow-list" + (
        doubt if case.origin is Origin.UNKNOWN else ""
    )


def _case(name: str, expected: str, seen: Exchange) -> ProbeCase:
    answer = seen.answer
    return ProbeCase(
        name,
        expected,
        status=answer.status,
        elapsed_ms=answer.elapsed_ms,
        challenge=answer.challenge,
        location=answer.location,
        origin=answer.origin(seen.predicted),
        predicted=seen.predicted,
    )
