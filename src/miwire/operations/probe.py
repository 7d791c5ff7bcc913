"""Call a target without, with and with forged tokens, and say who answered."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from miwire.checks import http as checks
from miwire.easyauth.model import UNCHECKED, GateRequest
from miwire.easyauth.predict import predicted
from miwire.errors import BadRequest, NotAToken, NotPermitted, Unreachable
from miwire.finding import Verdict
from miwire.observe import gate as target_gate
from miwire.observe import signature as signature_check
from miwire.observe.apps import find
from miwire.operations import target_token
from miwire.probe import cases as probe_case
from miwire.probe.cases import Exchange
from miwire.probe.model import (
    FORGED,
    WITH_TOKEN,
    WITHOUT_TOKEN,
    ProbeCase,
    ProbeReport,
    ProbeTarget,
)
from miwire.remedy import Fix
from miwire.text import in_path, is_https_or_local
from miwire.tokens.aadsts import TokenRefused
from miwire.tokens.access_token import AccessToken
from miwire.tokens.expectation import Signature
from miwire.tokens.forge import Forgery, Model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from miwire.azure.session import Azure
    from miwire.finding import Finding
    from miwire.model.site import AppName
    from miwire.probe.model import ProbeRequest, TokenOwner
    from miwire.probe.response import Answer, Challenge

_NO_SIGNATURE = Signature(Verdict.FAIL, "the token is forged")
_NEEDS_GENUINE = "it needs a genuine token that is sent to the target as well, and there is none"
_NO_AUDIENCE = "not tried: no audience"


def url_target(url: str, path: str | None) -> ProbeTarget:
    """Return the target that a URL names; *path* goes before the path in it."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    base = f"{parts.scheme}://{parts.netloc}"
    return ProbeTarget(base, base, path or (parts.path or "/") + query)


def app_target(azure: Azure, name: AppName, path: str | None) -> ProbeTarget:
    """Read where an app answers, and its gate where that is allowed."""
    found = find(azure, [name])
    (site,) = found.sites
    try:
        gate = target_gate.read(found.azure, site.ref)
    except NotPermitted:
        gate = None
    return ProbeTarget(str(site.ref), site.url, path or "/", gate, found.azure.tenant_id)


def warnings(target: ProbeTarget, asked: ProbeRequest) -> tuple[str, ...]:
    """Return what people should know before the first request is sent."""
    return tuple(target_token.warnings(target, asked))


def run(azure: Azure, target: ProbeTarget, asked: ProbeRequest) -> ProbeReport:
    """
    Try each case once, in order.

    No token is asked for where nobody but the target named an audience: that case is left out, and
    where it alone was demanded the report says why. Raises Unreachable where the target does not
    answer or its network refuses, BadRequest where a token may not be sent there.
    """
    probe = _Probe(azure, target, asked)
    if probe.sends_a_bearer and not is_https_or_local(target.url):
        raise BadRequest(
            f"Tokens are sent over https only, and {target.url} is http.",
            hint="Use the https address, or --without-token.",
        )
    cases = tuple(probe.cases())
    findings = tuple(_named(each, target) for each in checks.judged(cases))
    owner = probe.genuine.owner if probe.genuine else None
    return ProbeReport(
        target, cases, findings, owner, _unnamed(asked, cases), warnings(target, asked)
    )


def _unnamed(asked: ProbeRequest, cases: tuple[ProbeCase, ...]) -> BadRequest | None:
    """Return the error of a request with a token that was demanded and had no audience."""
    untried = next((each for each in cases if each.name == WITH_TOKEN and not each.decides), None)
    if untried is None or not asked.demands_token:
        return None
    return BadRequest("No token was sent: its audience isn't known.", hint=untried.advice)


def _named(finding: Finding, target: ProbeTarget) -> Finding:
    """Write the target, and the source where miwire runs inside one, into the fix."""
    if not isinstance(finding.fix, Fix):
        return finding
    source = os.environ.get("WEBSITE_SITE_NAME") or "SOURCE"
    return replace(finding, fix=replace(finding.fix, source=source, target=target.name))


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
        self._azure = azure.for_tenant(target.tenant_id) if target.tenant_id else azure
        self._forgery = Forgery()
        self._target = target
        self._asked = asked
        self._audience = target_token.audience(target, asked)
        self._nameless = asked.token is None and self._audience is None
        self.genuine: _Genuine | None = None

    @property
    def sends_a_bearer(self) -> bool:
        """Whether a request is to carry a token, genuine or forged."""
        asked = self._asked
        genuine = WITH_TOKEN in asked.cases and not self._nameless
        return asked.forges or asked.demands_token or genuine

    def cases(self) -> Iterator[ProbeCase]:
        """Run the cases that were asked for."""
        asked = self._asked
        bare: Answer | None = None
        if WITHOUT_TOKEN in asked.cases or self._nameless:
            # Where it is the only request, it is the one that has to have the expected status.
            alone = self._nameless and not asked.demands_token
            seen = self._sent(None)
            bare = seen.answer
            how = replace(asked, cases=(WITHOUT_TOKEN,)) if alone else asked
            yield probe_case.without_token(seen, self._target, how)
        if WITH_TOKEN in asked.cases and bare is not None and self._nameless:
            yield self._untried(bare)
        elif WITH_TOKEN in asked.cases:
            self.genuine = self._had()
            yield self._with_token(self.genuine)
        if asked.forges:
            yield from self._forged(bare.challenge if bare else None)

    def _untried(self, bare: Answer) -> ProbeCase:
        """Return the case with a token where nobody but the target named an audience."""
        advice = target_token.advice(self._target, bare)
        return ProbeCase(WITH_TOKEN, self._expected, why=_NO_AUDIENCE, advice=advice, decides=False)

    @property
    def _expected(self) -> str:
        return str(self._asked.expect) if self._asked.expect else "let through"

    def _with_token(self, genuine: _Genuine) -> ProbeCase:
        if genuine.text is not None:
            return probe_case.with_token(self._sent(genuine.text), self._asked)
        ok = False if genuine.refused else None
        return ProbeCase(WITH_TOKEN, self._expected, ok=ok, why=genuine.why)

    def _forged(self, challenge: Challenge | None) -> Iterator[ProbeCase]:
        token = self.genuine.token if self.genuine else None
        model = Model.of(token) if token is not None else self._imagined(challenge)
        for name in FORGED:
            if name not in self._asked.cases:
                continue
            text = model.forged(name, self._forgery)
            if text is None:
                yield ProbeCase(name, probe_case.REFUSED, why=self._why_none(), decides=False)
            else:
                yield probe_case.forged(name, self._sent(text, _NO_SIGNATURE))

    def _imagined(self, challenge: Challenge | None) -> Model:
        # The tenant that a target names is good enough here: no key of it signs anything.
        named = in_path(challenge.authorization_uri or "") if challenge else None
        return Model.imagined(self._azure.cloud, self._azure.tenant_id or named, self._audience)

    def _why_none(self) -> str:
        if self.genuine is None:
            return _NEEDS_GENUINE
        if self.genuine.text is not None:
            return f"{_NEEDS_GENUINE}: the given token isn't a JWT"
        return f"{_NEEDS_GENUINE}, see {WITH_TOKEN}"

    def _had(self) -> _Genuine:
        """Return the caller's token: the one that was given, or one for the known audience."""
        given = self._asked.token
        if given is not None:
            return _Genuine(given, target_token.owner(given, "given"))
        try:
            scope = target_token.scope_of(self._audience or "")
            return _Genuine(*target_token.issued(self._azure, scope))
        except TokenRefused as refused:
            why = target_token.refusal_explained(self._azure, refused)
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
                f"Couldn't reach {target.url}: the App Service front end answered "
                f"{answer.status} (stopped app or network restriction).",
                hint="Start the app, or call it from an allowed network.",
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
