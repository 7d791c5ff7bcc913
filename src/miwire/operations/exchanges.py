"""Requests to a target as its callers make them, each answer with who gave it and what was due."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from miwire.easyauth.model import UNCHECKED, GateRequest
from miwire.easyauth.predict import predicted
from miwire.errors import MiwireError, Unreachable
from miwire.observe import signature as signature_check
from miwire.probe.cases import Exchange
from miwire.probe.signatures import FRONT_END, Origin
from miwire.probe.speaker import Circumstances, speaker_of
from miwire.tokens.access_token import AccessToken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.azure.session import Azure
    from miwire.easyauth.model import GateVerdict
    from miwire.model.site import Site
    from miwire.probe.model import ProbeCase, ProbeRequest, ProbeTarget
    from miwire.probe.response import Answer
    from miwire.probe.speaker import Speaker
    from miwire.tokens.expectation import Signature

_OK, _FORBIDDEN = 200, 403
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Exchanges:
    """The requests of one run against one target; what one answer showed serves the next."""

    def __init__(self, azure: Azure, target: ProbeTarget, asked: ProbeRequest) -> None:
        self._azure = azure
        self._target = target
        self._asked = asked
        self._without_token: Exchange | None = None

    def without_token(self) -> Exchange:
        """Return the answer to a request without a token; it is sent once."""
        if self._without_token is None:
            self._without_token = self._exchange(None, None, self._asked.method)
        return self._without_token

    def with_token(self, token: str, signature: Signature | None = None) -> Exchange:
        """
        Return the answer to a request with a token.

        *signature* says what is known of the token's, None: to be checked. A 403 says itself
        nothing of who sent it, so the same is requested without a token too, if it wasn't yet.
        """
        return self._exchange(token, signature, self._asked.method)

    def _exchange(self, token: str | None, signature: Signature | None, method: str) -> Exchange:
        answer = self._sent(method, token, self._target.path)
        verdict = self._predicted(answer, method, token, signature)
        bare = None
        if token is not None and answer.status == _FORBIDDEN:
            bare = self._speaker_without_token()
        page = answer.status == _OK and answer.is_page
        seen = Circumstances(
            url=f"{self._target.url}{self._target.path}",
            with_token=token is not None,
            gate=self._target.gate,
            predicted=verdict,
            host_names=_host_names(self._target.site),
            authorities=(urlsplit(self._azure.cloud.active_directory).netloc,),
            without_token=bare,
            elsewhere=self._elsewhere(token) if page else None,
        )
        return Exchange(answer, speaker_of(answer, seen), verdict)

    def _speaker_without_token(self) -> Speaker | None:
        try:
            if self._without_token is None and self._safe_method != self._asked.method:
                return self._exchange(None, None, self._safe_method).speaker
            return self.without_token().speaker
        except Unreachable:
            return None

    @property
    def _safe_method(self) -> str:
        """The method of requests that nobody asked for: one that changes nothing (RFC 9110)."""
        return self._asked.method if self._asked.method in _SAFE else "GET"

    def _elsewhere(self, token: str | None) -> Answer | None:
        """Return the answer for a path that no app has, None where none came."""
        try:
            path = f"/{secrets.token_hex(16)}"
            return self._sent(self._safe_method, token, path)
        except Unreachable:
            return None

    def _sent(self, method: str, token: str | None, path: str) -> Answer:
        asked = self._asked
        headers = {name: value for name, value in asked.headers.items() if name != "authorization"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        return self._azure.web.send(method, f"{self._target.url}{path}", headers, asked.timeout)

    def _predicted(
        self, answer: Answer, method: str, token: str | None, signature: Signature | None
    ) -> GateVerdict | None:
        """Return what authentication was to answer, None where its settings couldn't be read."""
        target = self._target
        if target.gate is None:
            return None
        read = AccessToken.read(token)
        if signature is None and read is not None:
            signature = signature_check.at_gate(self._azure, read, target.gate)
        browser = method == "GET" and token is None and _is_browser(self._asked.headers)
        request = GateRequest(
            at=answer.at or time.time(),
            path=target.path,
            method=method,
            token=read,
            signature=signature or UNCHECKED,
            unreadable=token is not None and read is None,
            over_https=target.url.startswith("https://"),
            browser=browser,
        )
        return predicted(target.gate, request)


def is_front_end(case: ProbeCase) -> bool:
    """Return whether App Service's front end answered, before authentication and the app."""
    return case.origin is Origin.NETWORK and case.speaker == FRONT_END


def front_end_reason(azure: Azure, site: Site | None) -> str:
    """
    Return why the front end refuses requests to an app, from ARM; empty where ARM shows nothing.

    Its page is the same for every reason, so nothing is taken from there.
    """
    if site is None:
        return ""
    if not site.is_running:
        return f"the app's state in Azure is {site.state}"
    if site.public_network_access.casefold() == "disabled":
        return "public network access to the app is disabled"
    try:
        restricted = azure.sites.is_restricted(site.ref)
    except MiwireError:
        restricted = False  # what can't be read explains nothing
    if restricted:
        return "the app has access restrictions"
    if site.requires_client_certificate:
        return "the app requires a client certificate"
    return ""


def _host_names(site: Site | None) -> tuple[str, ...]:
    return (site.default_host_name, *site.host_names) if site else ()


def _is_browser(headers: Mapping[str, str]) -> bool:
    """Return whether authentication would send this client to a sign-in page (FACTS 5.3)."""
    scripted = headers.get("x-requested-with", "").lower() == "xmlhttprequest"
    return "mozilla" in headers.get("user-agent", "").lower() and not scripted
