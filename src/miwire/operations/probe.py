"""Call a target without and with a token, and say who answered."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from miwire.checks import answer as checks
from miwire.domain.answer import REFUSALS, Origin
from miwire.domain.probing import (
    WITH_TOKEN,
    WITHOUT_TOKEN,
    ProbeCase,
    ProbeReport,
    ProbeTarget,
)
from miwire.domain.token_refusal import TokenRefused
from miwire.errors import BadRequest, NotPermitted, Unreachable
from miwire.operations import find, target_token

if TYPE_CHECKING:
    from miwire.azure import Azure
    from miwire.domain.answer import Answer
    from miwire.domain.finding import Finding
    from miwire.domain.probing import ProbeRequest, TokenOwner
    from miwire.domain.resource import AppName

_SUCCESS = range(200, 300)


def url_target(url: str, path: str | None) -> ProbeTarget:
    """Return the target that a URL names; *path* goes before the path in it."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    base = f"{parts.scheme}://{parts.netloc}"
    return ProbeTarget(base, base, path or (parts.path or "/") + query)


def app_target(azure: Azure, name: AppName, path: str | None) -> ProbeTarget:
    """Read where an app answers, and its settings where that is allowed."""
    (site,) = find.apps(azure, [name])
    try:
        settings = azure.sites.auth_settings(site.ref)
    except NotPermitted:
        settings = None
    return ProbeTarget(str(site.ref), site.url, path or "/", settings)


def run(azure: Azure, target: ProbeTarget, asked: ProbeRequest) -> ProbeReport:
    """
    Try each case once, in order.

    Raises Unreachable where the target does not answer or its network refuses, BadRequest where a
    token may not be sent there or no audience can be told.
    """
    if WITH_TOKEN in asked.cases and not target_token.may_carry_a_token(target.url):
        raise BadRequest(
            f"A token goes only over https, and {target.url} is http.",
            hint="Use the https address, or only --without-token.",
        )
    audience = asked.audience or target_token.audience_of_settings(target)
    learns = WITH_TOKEN in asked.cases and asked.token is None and audience is None
    bare = _send(azure, target, asked) if WITHOUT_TOKEN in asked.cases or learns else None
    cases: list[ProbeCase] = []
    owner: TokenOwner | None = None
    if bare is not None and WITHOUT_TOKEN in asked.cases:
        cases.append(_judged_without(bare, target, asked))
    if WITH_TOKEN in asked.cases:
        case, owner = _with_token(azure, target, asked, bare, audience)
        cases.append(case)
    findings = tuple(_named(each, target) for each in checks.judged(cases))
    return ProbeReport(target, tuple(cases), findings, owner)


def _named(finding: Finding, target: ProbeTarget) -> Finding:
    """Write the target, and the source where miwire runs inside one, into the fix."""
    source = os.environ.get("WEBSITE_SITE_NAME") or "SOURCE"
    fix = finding.fix.replace("TARGET", target.name).replace("SOURCE", source)
    return replace(finding, fix=fix)


def _with_token(
    azure: Azure,
    target: ProbeTarget,
    asked: ProbeRequest,
    bare: Answer | None,
    audience: str | None,
) -> tuple[ProbeCase, TokenOwner | None]:
    expected = str(asked.expect) if asked.expect else "let through"
    if asked.token is not None:
        owner = target_token.owner(asked.token, "given")
        return _judged_with(_send(azure, target, asked, asked.token), target, asked), owner
    try:
        if audience is None and bare is not None:
            audience = target_token.learned_audience(target, bare)
        scope = target_token.scope_of(audience or "")
        token, owner = target_token.issued(azure, scope)
    except TokenRefused as refused:
        why = target_token.refusal_explained(azure, refused)
        return ProbeCase(WITH_TOKEN, expected, ok=False, why=why), None
    except BadRequest as unnamed:
        if asked.cases == (WITH_TOKEN,):
            raise
        return ProbeCase(WITH_TOKEN, expected, why=f"{unnamed.message} {unnamed.hint}"), None
    return _judged_with(_send(azure, target, asked, token), target, asked), owner


def _send(
    azure: Azure, target: ProbeTarget, asked: ProbeRequest, token: str | None = None
) -> Answer:
    headers = {name: value for name, value in asked.headers.items() if name != "authorization"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    answer = azure.web.send(asked.method, f"{target.url}{target.path}", headers, asked.timeout)
    if answer.origin(target.settings) is Origin.NETWORK:
        raise Unreachable(
            f"{target.url} was not reached: the platform's front end answered {answer.status} "
            "for it (stopped app or network restriction).",
            hint="Start the app, or call from a network that it lets in.",
        )
    return answer


def _judged_without(answer: Answer, target: ProbeTarget, asked: ProbeRequest) -> ProbeCase:
    settings = target.settings
    gate_refuses_with = settings.refusal_status if settings and settings.enabled else 401
    expected = asked.expects_without or gate_refuses_with
    case = _seen(WITHOUT_TOKEN, str(expected), answer, target)
    if asked.expects_without is not None:
        return _exactly(case, expected)
    if answer.status == expected and case.origin is Origin.PLATFORM:
        return replace(case, ok=True)
    if answer.leads_to_a_login:
        why = "callers are sent to a sign-in page instead of being refused (RedirectToLoginPage)"
    elif answer.status in REFUSALS:
        why = "nothing shows that the platform refused it; the app itself may have"
    else:
        why = "nothing asks for a token here, so anybody gets in"
    return replace(case, ok=False, why=why)


def _judged_with(answer: Answer, target: ProbeTarget, asked: ProbeRequest) -> ProbeCase:
    if asked.expect is not None:
        return _exactly(_seen(WITH_TOKEN, str(asked.expect), answer, target), asked.expect)
    case = _seen(WITH_TOKEN, "let through", answer, target)
    if answer.leads_to_a_login:
        return replace(case, ok=False, why="the gate takes it for no token and asks for a sign-in")
    if answer.status in REFUSALS and case.origin is not Origin.APP:
        return replace(case, ok=False, why=_why_refused(case))
    if answer.status in _SUCCESS:
        return replace(case, ok=True)
    past = f"past the gate, but the app answered {answer.status}; --path names another path"
    return replace(case, ok=True, why=past)


def _exactly(case: ProbeCase, status: int) -> ProbeCase:
    ok = case.status == status
    return replace(case, exact=True, ok=ok, why="" if ok else f"{status} was expected")


def _why_refused(case: ProbeCase) -> str:
    if case.status == REFUSALS[0]:
        return "the gate did not take the token: its audience, issuer, lifetime or signature"
    doubt = " (or the app itself refuses: nothing shows which)"
    return "the token is valid, but whose it is is not among who is let in" + (
        doubt if case.origin is Origin.UNKNOWN else ""
    )


def _seen(name: str, expected: str, answer: Answer, target: ProbeTarget) -> ProbeCase:
    return ProbeCase(
        name,
        expected,
        status=answer.status,
        elapsed_ms=answer.elapsed_ms,
        challenge=answer.challenge,
        location=answer.location,
        origin=answer.origin(target.settings),
    )
