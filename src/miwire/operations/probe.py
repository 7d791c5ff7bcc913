"""Call a target without, with and with forged tokens, and say who answered."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from miwire.checks import answer as checks
from miwire.domain.expectation import Signature
from miwire.domain.finding import Verdict
from miwire.domain.gate import UNCHECKED, GateRequest, predicted
from miwire.domain.probing import (
    FORGED,
    WITH_TOKEN,
    WITHOUT_TOKEN,
    ProbeCase,
    ProbeReport,
    ProbeTarget,
)
from miwire.domain.shell_words import sh
from miwire.domain.token import AccessToken
from miwire.domain.token_refusal import TokenRefused
from miwire.errors import BadRequest, MiwireError, NotAToken, NotPermitted, Unreachable
from miwire.operations import find, probe_case, signature_check, target_gate, target_token
from miwire.operations.forged_tokens import Model
from miwire.operations.probe_case import Exchange

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from miwire.azure import Azure
    from miwire.domain.answer import Answer, Challenge
    from miwire.domain.finding import Finding
    from miwire.domain.probing import ProbeRequest, TokenOwner
    from miwire.domain.resource import AppName

_NO_SIGNATURE = Signature(Verdict.FAIL, "it is forged")
_NEEDS_GENUINE = "it takes a genuine token to tamper with, and there is none"


def url_target(url: str, path: str | None) -> ProbeTarget:
    """Return the target that a URL names; *path* goes before the path in it."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    base = f"{parts.scheme}://{parts.netloc}"
    return ProbeTarget(base, base, path or (parts.path or "/") + query)


def app_target(azure: Azure, name: AppName, path: str | None) -> ProbeTarget:
    """Read where an app answers, and its gate where that is allowed."""
    (site,) = find.apps(azure, [name])
    try:
        gate = target_gate.read(azure, site.ref)
    except NotPermitted:
        gate = None
    return ProbeTarget(str(site.ref), site.url, path or "/", gate)


def run(azure: Azure, target: ProbeTarget, asked: ProbeRequest) -> ProbeReport:
    """
    Try each case once, in order.

    Raises Unreachable where the target does not answer or its network refuses, BadRequest where a
    token may not be sent there or no audience can be told.
    """
    if asked.sends_a_bearer and not target_token.may_carry_a_token(target.url):
        raise BadRequest(
            f"A token goes only over https, and {target.url} is http.",
            hint="Use the https address, or only --without-token.",
        )
    probe = _Probe(azure, target, asked)
    cases = tuple(probe.cases())
    findings = tuple(_named(each, target) for each in checks.judged(cases))
    return ProbeReport(target, cases, findings, probe.genuine.owner if probe.genuine else None)


def _named(finding: Finding, target: ProbeTarget) -> Finding:
    """Write the target, and the source where miwire runs inside one, into the fix."""
    source = os.environ.get("WEBSITE_SITE_NAME") or "SOURCE"
    names = {"TARGET": sh(target.name), "SOURCE": sh(source)}
    fix = re.sub(r"\b(?:TARGET|SOURCE)\b", lambda found: names[found[0]], finding.fix)
    return replace(finding, fix=fix)


@dataclass(frozen=True, slots=True)
class _Genuine:
    """The caller's own token, or why there is none."""

    text: str | None = None
    owner: TokenOwner | None = None
    why: str = ""
    refused: bool = False
    """Whether Entra ID was asked and issued none."""

    @property
    def token(self) -> AccessToken | None:
        """The token, decoded; None for what is no JWT too."""
        return _decoded(self.text)


class _Probe:
    """One run against one target; what was learned for a case serves the next."""

    def __init__(self, azure: Azure, target: ProbeTarget, asked: ProbeRequest) -> None:
        self._azure = azure
        self._target = target
        self._asked = asked
        self._audience = asked.audience or target_token.audience_of_settings(target)
        self._challenge: Challenge | None = None
        self.genuine: _Genuine | None = None

    def cases(self) -> Iterator[ProbeCase]:
        """Run the cases that were asked for."""
        asked = self._asked
        learns = asked.sends_a_bearer and asked.token is None and self._audience is None
        bare = self._sent(None) if WITHOUT_TOKEN in asked.cases or learns else None
        if bare is not None:
            self._challenge = bare.answer.challenge
            if WITHOUT_TOKEN in asked.cases:
                yield probe_case.without_token(bare, self._target, asked)
        if not asked.sends_a_bearer:
            return
        self.genuine = self._had(bare.answer if bare else None)
        if WITH_TOKEN in asked.cases:
            yield self._with_token(self.genuine)
        yield from self._forged(self.genuine)

    def _with_token(self, genuine: _Genuine) -> ProbeCase:
        if genuine.text is not None:
            return probe_case.with_token(self._sent(genuine.text), self._asked)
        expected = str(self._asked.expect) if self._asked.expect else "let through"
        ok = False if genuine.refused else None
        return ProbeCase(WITH_TOKEN, expected, ok=ok, why=genuine.why)

    def _forged(self, genuine: _Genuine) -> Iterator[ProbeCase]:
        token = genuine.token
        if token is not None:
            model = Model.of(token)
        else:
            audience = (self._audience or self._target.url).removesuffix("/.default")
            model = Model.imagined(self._azure, audience, self._challenge)
        for name in FORGED:
            if name not in self._asked.cases:
                continue
            text = model.forged(self._azure, name)
            if text is None:
                yield ProbeCase(name, probe_case.REFUSED, why=self._why_none(genuine))
            else:
                yield probe_case.forged(name, self._sent(text, _NO_SIGNATURE))

    def _why_none(self, genuine: _Genuine) -> str:
        if genuine.text is not None:
            return f"{_NEEDS_GENUINE}: what was given is no JWT"
        if WITH_TOKEN in self._asked.cases:
            return f"{_NEEDS_GENUINE}, as {WITH_TOKEN} says"
        return f"{_NEEDS_GENUINE}: {genuine.why}"

    def _had(self, bare: Answer | None) -> _Genuine:
        """Return the caller's token, for the audience that is known or that the target names."""
        given = self._asked.token
        if given is not None:
            return _Genuine(given, target_token.owner(given, "given"))
        try:
            if self._audience is None and bare is not None:
                self._audience = target_token.learned_audience(self._target, bare)
            scope = target_token.scope_of(self._audience or "")
            return _Genuine(*target_token.issued(self._azure, scope))
        except TokenRefused as refused:
            return self._unissued(refused)
        except BadRequest as unnamed:
            if self._asked.cases == (WITH_TOKEN,):
                raise
            return _Genuine(why=f"{unnamed.message} {unnamed.hint}")

    def _unissued(self, refused: TokenRefused) -> _Genuine:
        """Explain why none was issued; raise what a case without a token would not stop at."""
        try:
            why = target_token.refusal_explained(self._azure, refused)
        except MiwireError as error:
            if WITH_TOKEN in self._asked.cases:
                raise
            why = error.message
        return _Genuine(why=why, refused=True)

    def _sent(self, token: str | None, signature: Signature | None = None) -> Exchange:
        """Send one request; *signature* says what is known of the token's, None: to be checked."""
        asked, target = self._asked, self._target
        headers = {name: value for name, value in asked.headers.items() if name != "authorization"}
        browser = asked.method == "GET" and token is None and _is_a_browsers(headers)
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        url = f"{target.url}{target.path}"
        answer = self._azure.web.send(asked.method, url, headers, asked.timeout)
        if answer.is_of_the_network:
            raise Unreachable(
                f"{target.url} was not reached: the platform's front end answered {answer.status} "
                "for it (stopped app or network restriction).",
                hint="Start the app, or call from a network that it lets in.",
                lasting=True,
            )
        if target.gate is None:
            return Exchange(answer, None)
        read = _decoded(token)
        if signature is None and read is not None:
            signature = signature_check.at_gate(self._azure, read, target.gate)
        request = GateRequest(
            at=answer.at or time.time(),
            path=target.path,
            token=read,
            signature=signature or UNCHECKED,
            unreadable=token is not None and read is None,
            over_https=target.url.startswith("https://"),
            browser=browser,
        )
        return Exchange(answer, predicted(target.gate, request))


def _decoded(text: str | None) -> AccessToken | None:
    try:
        return AccessToken.parse(text) if text is not None else None
    except NotAToken:
        return None


def _is_a_browsers(headers: Mapping[str, str]) -> bool:
    """Say whether a gate would send this caller to a sign-in page (FACTS 5.3)."""
    scripted = headers.get("x-requested-with", "").lower() == "xmlhttprequest"
    return "mozilla" in headers.get("user-agent", "").lower() and not scripted
