"""Call a target without, with and with forged tokens, and say who answered."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from miwire.checks import http as checks
from miwire.errors import BadRequest, MiwireError, NotPermitted
from miwire.finding import Verdict
from miwire.model.wiring import Target
from miwire.observe import gate as target_gate
from miwire.observe.apps import find
from miwire.operations import operator, target_token
from miwire.operations.exchanges import Exchanges, front_end_reason, is_front_end
from miwire.probe import cases as probe_case
from miwire.probe.model import (
    FORGED,
    WITH_TOKEN,
    WITHOUT_TOKEN,
    ProbeCase,
    ProbeReport,
    ProbeTarget,
)
from miwire.probe.signatures import FRONT_END, Origin
from miwire.remedy import Fix, Remedy
from miwire.text import in_path, is_https_or_local
from miwire.tokens.aadsts import TokenRefused
from miwire.tokens.access_token import AccessToken
from miwire.tokens.expectation import Signature
from miwire.tokens.forge import Forgery, Model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.azure.session import Azure
    from miwire.finding import Finding
    from miwire.model.site import AppName
    from miwire.probe.model import ProbeRequest, TokenOwner
    from miwire.probe.response import Answer, Challenge

_NO_SIGNATURE = Signature(Verdict.FAIL, "the token is forged")
_NEEDS_GENUINE = "it needs a genuine token that is sent to the target as well, and there is none"
_FORBIDDEN = 403
_NO_AUDIENCE = "not tried: no audience"
_SAME_PAGE = (
    "App Service answers the same for a stopped app, disabled public access, access restrictions "
    "and a missing client certificate. Probe the app by its name: then miwire reads the reason "
    "from Azure."
)
_INSIDE = "WEBSITE_SITE_NAME"
"""The variable that names the app in which a program runs."""


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
    tenant_id = found.azure.tenant_id
    return ProbeTarget(str(site.ref), site.url, path or "/", gate, tenant_id, site)


def warnings(target: ProbeTarget, asked: ProbeRequest) -> tuple[str, ...]:
    """Return what people should know before the first request is sent."""
    return tuple(target_token.warnings(target, asked))


def run(azure: Azure, target: ProbeTarget, asked: ProbeRequest) -> ProbeReport:
    """
    Try each case once, in order.

    No token is asked for where nobody but the target named an audience: that case is left out, and
    where it alone was demanded the report says why. Raises Unreachable where the target does not
    answer, BadRequest where a token may not be sent there.
    """
    probe = _Probe(azure, target, asked)
    if probe.sends_a_bearer and not is_https_or_local(target.url):
        raise BadRequest(
            f"Tokens are sent over https only, and {target.url} is http.",
            hint="Use the https address, or --without-token.",
        )
    cases = explained(azure, target, tuple(probe.cases()))
    owner = probe.owner
    own = owner is None or owner.source == "credential"
    found = (_named(each, target, own=own) for each in checks.judged(cases))
    findings = (*found, *((probe.misnamed,) if probe.misnamed else ()))
    return ProbeReport(
        target, cases, findings, owner, _unnamed(asked, cases), warnings(target, asked)
    )


def explained(
    azure: Azure, target: ProbeTarget, cases: tuple[ProbeCase, ...]
) -> tuple[ProbeCase, ...]:
    """Add to each answer of App Service's front end why it refuses, where ARM shows that."""
    cases = tuple(_with_certificate(each, target) for each in cases)
    if not any(map(is_front_end, cases)):
        return cases
    reason = front_end_reason(azure, target.site)
    advice = _SAME_PAGE if not reason and target.site is None else ""
    return tuple(
        replace(
            each,
            why=f"{each.why}; {reason}" if reason else each.why,
            reason=reason,
            advice=advice,
        )
        if is_front_end(each)
        else each
        for each in cases
    )


def _with_certificate(case: ProbeCase, target: ProbeTarget) -> ProbeCase:
    """Name a required client certificate as the likeliest cause of a 403 of nobody known."""
    required = target.site is not None and target.site.requires_client_certificate
    if not required or case.origin is not Origin.UNKNOWN or case.status != _FORBIDDEN:
        return case
    why = f"likely {FRONT_END}: the app requires a client certificate, and miwire sends none"
    return replace(case, why=why)


def _unnamed(asked: ProbeRequest, cases: tuple[ProbeCase, ...]) -> BadRequest | None:
    """Return the error of a request with a token that was demanded and had no audience."""
    untried = next((each for each in cases if each.name == WITH_TOKEN and not each.decides), None)
    if untried is None or not asked.demands_token:
        return None
    return BadRequest("No token was sent: its audience isn't known.", hint=untried.advice)


def _named(finding: Finding, target: ProbeTarget, *, own: bool) -> Finding:
    """
    Write the target, and the source where miwire runs inside one, into the fix.

    *own*: no token of another identity was given. A fix that needs a source which nobody knows, or
    an app where only a URL is known, is none.
    """
    if not isinstance(finding.fix, Fix):
        return finding
    source = os.environ.get(_INSIDE) if own else None
    remedy = finding.fix.remedy
    if remedy is Remedy.ALLOW_CALLER and not source:
        remedy = Remedy.PROTECT
    unknown = {Remedy.GRANT: not source, Remedy.START: target.site is None}.get(remedy, False)
    if unknown or (remedy is not Remedy.PROBE_AGAIN and not _is_an_app(target)):
        return replace(finding, fix="")
    site_id = target.site.ref.id if target.site else ""
    fix = Fix(remedy, source=source or "SOURCE", target=target.name, name=site_id)
    return replace(finding, fix=fix)


def _is_an_app(target: ProbeTarget) -> bool:
    """Return whether a command that changes the target would find it in Azure."""
    host = urlsplit(target.url).hostname or ""
    return target.site is not None or host.endswith(".azurewebsites.net")


class _Probe:
    """One run against one target; what was learned for a case serves the next."""

    def __init__(self, azure: Azure, target: ProbeTarget, asked: ProbeRequest) -> None:
        self._azure = azure.for_tenant(target.tenant_id) if target.tenant_id else azure
        self._exchanges = Exchanges(self._azure, target, asked)
        self._forgery = Forgery()
        self._target = target
        self._asked = asked
        self._audience = target_token.audience(target, asked)
        self._nameless = asked.token is None and self._audience is None
        self._genuine: str | None = None
        """The caller's own token, once it was sent in the case with a token."""
        self.owner: TokenOwner | None = None
        """Whose token was sent."""
        self.misnamed: Finding | None = None
        """That the audience which the command line names isn't the API's."""

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
            seen = self._exchanges.without_token()
            bare = seen.answer
            how = replace(asked, cases=(WITHOUT_TOKEN,)) if alone else asked
            yield probe_case.without_token(seen, self._target, how)
        if WITH_TOKEN in asked.cases and bare is not None and self._nameless:
            yield self._untried(bare)
        elif WITH_TOKEN in asked.cases and self._as_operator:
            yield self._operator()
        elif WITH_TOKEN in asked.cases:
            yield self._with_token()
        if asked.forges:
            yield from self._forged(bare.challenge if bare else None)

    @property
    def _as_operator(self) -> bool:
        """Whether neither case was chosen, and the settings say who is to be allowed."""
        return self._target.gate is not None and not self._asked.demands_token

    def _untried(self, bare: Answer) -> ProbeCase:
        """Return the case with a token where nobody but the target named an audience."""
        advice = target_token.advice(self._target, bare)
        return ProbeCase(WITH_TOKEN, self._expected, why=_NO_AUDIENCE, advice=advice, decides=False)

    @property
    def _expected(self) -> str:
        return str(self._asked.expect) if self._asked.expect else probe_case.ALLOWED

    def _operator(self) -> ProbeCase:
        """Return the case with the token of the one who runs miwire, by what the settings want."""
        settings = self._target.settings
        if settings is None:  # never: it is chosen where they could be read
            return self._with_token()
        scope = target_token.scope_of(self._audience or "")
        api = operator.Api(settings, scope, lambda: self._known)
        called = operator.called(self._azure, self._exchanges, api, self._asked.token)
        if called.text is not None:
            self.owner = target_token.owner(called.text, self._source)
        elif (why := self._named_wrongly()) is not None:
            return replace(called.case, ok=False, why=why, decides=True)
        expected = self._asked.expect
        if expected is None or called.case.status is None:
            return called.case
        return probe_case.exactly(called.case, expected)

    def _named_wrongly(self) -> str | None:
        """Say why no token was issued, where the audience that was named isn't the API's."""
        asked, known = self._asked.audience, self._known
        if asked is None or known is None or known.registration is None:
            return None
        found = target_token.misnamed(self._azure, self._target, known.registration, asked)
        self.misnamed = next(iter(found), None)
        return self.misnamed.seen if self.misnamed else None

    @cached_property
    def _known(self) -> Target | None:
        """What the directory knows of the API; None: it can't be read."""
        target = self._target
        if target.site is None or target.settings is None:
            return None
        try:
            view = self._azure.directory.look(app_id=target.settings.client_id)
        except MiwireError:
            return None
        return Target(
            target.site,
            target.settings,
            registration=view.registration,
            service_principal=view.service_principal,
            assignments=view.assignments,
        )

    def _with_token(self) -> ProbeCase:
        try:
            token = self._asked.token or self._azure.token(
                target_token.scope_of(self._audience or "")
            )
        except TokenRefused as refused:
            told = target_token.refusal_explained(self._azure, refused)
            if refused.refusal.shows_nothing:
                return ProbeCase(WITH_TOKEN, self._expected, why=told, advice=refused.hint or "")
            why = self._named_wrongly() or told
            return ProbeCase(WITH_TOKEN, self._expected, ok=False, why=why)
        self.owner = target_token.owner(token, self._source)
        self._genuine = token
        case = probe_case.with_token(self._exchanges.with_token(token), self._asked)
        return target_token.with_slash_explained(case, self.owner)

    @property
    def _source(self) -> str:
        return "credential" if self._asked.token is None else "given"

    def _forged(self, challenge: Challenge | None) -> Iterator[ProbeCase]:
        token = AccessToken.read(self._genuine)
        model = Model.of(token) if token is not None else self._imagined(challenge)
        for name in FORGED:
            if name not in self._asked.cases:
                continue
            text = model.forged(name, self._forgery)
            if text is None:
                yield ProbeCase(name, probe_case.REFUSED, why=self._why_none(), decides=False)
            else:
                yield probe_case.forged(name, self._exchanges.with_token(text, _NO_SIGNATURE))

    def _imagined(self, challenge: Challenge | None) -> Model:
        # The tenant that a target names is good enough here: no key of it signs anything.
        named = in_path(challenge.authorization_uri or "") if challenge else None
        return Model.imagined(self._azure.cloud, self._azure.tenant_id or named, self._audience)

    def _why_none(self) -> str:
        if self._genuine is not None:
            return f"{_NEEDS_GENUINE}: the given token isn't a JWT"
        return _NEEDS_GENUINE
