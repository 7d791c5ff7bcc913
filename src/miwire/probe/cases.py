"""Judge one answer to a probe: whether the case holds, and what people should know of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miwire.probe.model import OPERATOR, WITH_TOKEN, WITHOUT_TOKEN, ProbeCase
from miwire.probe.response import REFUSALS
from miwire.probe.signatures import Origin, quoted
from miwire.probe.speaker import PLATFORM

if TYPE_CHECKING:
    from miwire.easyauth.model import GateVerdict
    from miwire.probe.model import ProbeRequest, ProbeTarget
    from miwire.probe.response import Answer
    from miwire.probe.speaker import Speaker

REFUSED = " or ".join(str(status) for status in REFUSALS)
ALLOWED = "let through"
_SUCCESS = range(200, 300)
_UNAUTHORIZED, _FORBIDDEN = REFUSALS


@dataclass(frozen=True, slots=True)
class Exchange:
    """One answer, who gave it, and the predicted one if there is a prediction."""

    answer: Answer
    speaker: Speaker
    predicted: GateVerdict | None = None


def without_token(seen: Exchange, target: ProbeTarget, asked: ProbeRequest) -> ProbeCase:
    """Judge the answer to a request without a token."""
    settings = target.settings
    named = settings.refusal_status if settings and settings.enabled else _UNAUTHORIZED
    expected = asked.expects_without or named
    case = _case(WITHOUT_TOKEN, str(expected), seen)
    if asked.expects_without is not None:
        return exactly(case, expected)
    match case.origin:
        case Origin.PLATFORM if case.status == expected:
            return replace(case, ok=True)
        case Origin.PLATFORM if seen.answer.is_redirect:
            why = "App Service redirects to a sign-in page instead of rejecting the request"
            return replace(case, ok=False, why=why)
        case Origin.PLATFORM:
            why = f"App Service rejected it with {case.status} instead of {expected}"
            return replace(case, ok=False, why=why)
        case Origin.APP:
            return replace(case, ok=False, why=_open(case))
    return _inconclusive(case, seen)


def with_token(seen: Exchange, asked: ProbeRequest, name: str = WITH_TOKEN) -> ProbeCase:
    """Judge the answer to a request with the caller's own token."""
    if asked.expect is not None:
        return exactly(_case(name, str(asked.expect), seen), asked.expect)
    case = _case(name, ALLOWED, seen)
    match case.origin:
        case Origin.PLATFORM:
            return replace(case, ok=False, why=_why_refused(case, seen.answer))
        case Origin.APP if case.status in _SUCCESS:
            return replace(case, ok=True)
        case Origin.APP:
            past = (
                f"the token was accepted, but the app answered {case.status}; "
                "try another path with --path"
            )
            return replace(case, ok=True, why=past)
    return _inconclusive(case, seen)


def operator(seen: Exchange, *, listed: bool, strangers_may: bool = False) -> ProbeCase:
    """
    Judge the answer to the token of the one who runs miwire.

    *listed*: it is in a list or holds an app role, and is allowed; anyone else is to be refused.
    *strangers_may*: the settings let others in and are to stay so. What shows nothing is no
    verdict, and decides nothing.
    """
    case = _case(OPERATOR, ALLOWED if listed else "refused", seen)
    match case.origin:
        case Origin.PLATFORM if listed:
            why = f"you are an allowed caller, but {_why_refused(case, seen.answer)}"
            return replace(case, ok=False, why=why)
        case Origin.PLATFORM if case.status == _FORBIDDEN:
            return replace(case, ok=True, why="with a token, you are rejected")
        case Origin.APP if listed:
            return replace(case, ok=True, why="you are an allowed caller")
        case Origin.APP if strangers_may:
            why = "you are allowed, by the existing settings"
            return replace(case, ok=None, why=why, decides=False)
        case Origin.APP:
            return replace(case, ok=False, why="an unrelated identity (you) was allowed")
        case Origin.PLATFORM:
            why = "this rejection proves nothing: it is of your token, not of you"
            return replace(case, ok=None, why=why, decides=False)
    return replace(_inconclusive(case, seen), ok=None, decides=False)


def forged(name: str, seen: Exchange) -> ProbeCase:
    """Judge the answer to a forged token; that it was refused says nothing of why."""
    case = _case(name, REFUSED, seen)
    refused = case.status in REFUSALS or case.origin is Origin.PLATFORM
    if refused and case.origin is not Origin.NETWORK and not seen.answer.is_redirect:
        return replace(case, ok=True)
    if seen.answer.is_redirect and case.origin is not Origin.NETWORK:
        return replace(case, ok=False, why="a redirect isn't a rejection")
    if case.origin is Origin.APP:
        return replace(case, ok=False, why="it wasn't rejected")
    return _inconclusive(case, seen)


def exactly(case: ProbeCase, status: int) -> ProbeCase:
    """Hold an answer against the status that the command line names, of somebody at the target."""
    if case.origin is Origin.NETWORK:
        return replace(case, exact=True, why=_nothing_learned(case))
    ok = case.status == status
    return replace(case, exact=True, ok=ok, why="" if ok else f"expected {status}")


def _open(case: ProbeCase) -> str:
    if case.status in _SUCCESS:
        return "no token is required, so anyone can call this app"
    return f"the app itself answered {case.status} without a token, so anyone can call it"


def _why_refused(case: ProbeCase, answer: Answer) -> str:
    if answer.is_redirect:
        return "App Service ignored the token and asks for sign-in"
    if case.predicted is not None and case.predicted.status == case.status:
        return case.predicted.sentence
    if case.status == _FORBIDDEN:
        return "the token is valid, but its caller isn't on the allow-list"
    return "App Service rejected the token (wrong audience or issuer, expired, or bad signature)"


def _inconclusive(case: ProbeCase, seen: Exchange) -> ProbeCase:
    """
    Judge an answer that is neither the platform's nor the app's.

    A 401 or 403 that nobody can be shown to have said does not hold, and without a token neither
    does a redirect; everything else is no verdict.
    """
    answer = seen.answer
    if case.origin is Origin.NETWORK:
        return replace(case, ok=None, why=_nothing_learned(case))
    if case.status in REFUSALS:
        return replace(case, ok=False, why=_unattributed(case))
    if answer.is_redirect:
        where = f" to {answer.location}" if answer.location else ""
        why = f"a redirect{where} shows nothing about authentication"
        # Without a token it is no rejection either, and programs follow it.
        return replace(case, ok=False if case.name == WITHOUT_TOKEN else None, why=why)
    if case.status in _SUCCESS:
        why = f"{case.evidence}: this shows nothing about authentication"
    elif case.speaker == PLATFORM:
        why = (
            f'App Service authentication failed ("{case.evidence}"); the likely cause is '
            "openIdIssuer in its settings, which isn't an issuer"
        )
    elif case.speaker:
        why = f"nothing was learned about the app: {case.speaker} answered"
    elif case.evidence:
        why = f"{case.evidence}: this shows nothing about authentication"
    else:
        why = f"{case.status} shows nothing about authentication"
    return replace(case, ok=None, why=why)


def _nothing_learned(case: ProbeCase) -> str:
    return f"nothing was learned about the app: {case.speaker} answered"


def _unattributed(case: ProbeCase) -> str:
    """Say that a refusal shows nobody, and its likeliest cause."""
    return (
        f"{likeliest(case)}; the response doesn't show whether App Service or the app itself "
        "rejected the request"
    )


def likeliest(case: ProbeCase) -> str:
    """Return the likeliest cause of a 401 or 403 that nobody can be shown to have said."""
    said = case.challenge.error_description if case.challenge else None
    predicted = case.predicted
    if said:
        return f'an API validated the token and said "{quoted(said)}"'
    if case.speaker:
        return f"{case.speaker} answered"
    if case.evidence:
        return f"likely the app or a server in front of it ({case.evidence})"
    if case.name == WITHOUT_TOKEN and case.status == _FORBIDDEN and predicted is None:
        return "likely the app, or App Service authentication if it is set to return 403"
    if case.name == WITHOUT_TOKEN:
        return "likely the app: App Service authentication would send a challenge"
    if predicted is not None and predicted.likely == case.status:
        return f"likely App Service authentication: {predicted.sentence}"
    if predicted is not None and predicted.lets_through:
        return "likely the app: the settings allow this token"
    if case.status == _FORBIDDEN:
        return "likely the caller isn't on the allow-list, or the app checks roles"
    return "likely the app: App Service authentication would send a challenge"


def _case(name: str, expected: str, seen: Exchange) -> ProbeCase:
    answer = seen.answer
    return ProbeCase(
        name,
        expected,
        status=answer.status,
        elapsed_ms=answer.elapsed_ms,
        challenge=answer.challenge,
        location=answer.location,
        origin=seen.speaker.origin,
        speaker=seen.speaker.name,
        evidence=seen.speaker.evidence,
        predicted=seen.predicted,
    )
