"""
The Easy Auth gate in front of a site: every request is judged by the site's current settings.

The order of decisions is App Service's: gateways and the front end, the gate's own paths, HTTPS,
who is calling, whether the policy lets them in, what is done with callers that nobody knows, and
only then the program.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from miwire.lab.documents import new_id
from miwire.lab.easyauth import endpoints, front_end, sessions
from miwire.lab.easyauth.judge import NoMetadata, authenticated, authorized
from miwire.lab.easyauth.paths import is_below, is_excluded, is_warmup
from miwire.lab.easyauth.principal_headers import (
    header_value,
    is_of_the_front_end,
    is_of_the_platform,
    principal_headers,
)
from miwire.lab.easyauth.proxy import end_to_end, forward
from miwire.lab.easyauth.settings import GateSettings
from miwire.lab.faults.answers import Page
from miwire.lab.state import replication

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from miwire.lab.easyauth.judge import Claims
    from miwire.lab.easyauth.proxy import Headers
    from miwire.lab.state.site import Site
    from miwire.lab.state.tenant import Tenant

    Address = Callable[[Site], Awaitable[str | None]]

_WELCOME = (
    "<!DOCTYPE html><html><head><title>Microsoft Azure App Service - Welcome</title></head>"
    "<body><h1>Your web app is running and waiting for your content</h1></body></html>"
)
_IIS_REFUSAL = "You do not have permission to view this directory or page."
_IIS_FAILURE = "The page cannot be displayed because an internal server error has occurred."
"""Seen with a failing provider: MicrosoftDocs/azure-docs#96524."""
_NO_METADATA = "Unable to download OpenID Connect Configuration."
"""Reported with the status 500; that it is the reason phrase is inferred."""
_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")


def gate(tenant: Tenant, site: Site, address: Address) -> ASGIApp:
    """
    Return the gate in front of *site* as an ASGI application.

    *address* gives the base URL of the program behind it, None where there is none: then
    App Service's welcome page stands for the program.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        try:
            response = await _Visit(tenant, site, Request(scope, receive)).answer(address)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    return app


@dataclass(slots=True)
class _Visit:
    """One request at one gate."""

    tenant: Tenant
    site: Site
    request: Request

    async def answer(self, address: Address) -> Response:
        """Return the answer of whatever is in front of the app, of its gate, or of the app."""
        front = front_end.front_of(self.tenant, self.site)
        if front is None:
            return await self._behind_gateways(address)
        texts = self._texts
        response = front_end.blocked(front, self.request, texts)
        if response is None:
            front_end.passed_on(front, self.request.scope["headers"], texts)
            self.request = Request(self.request.scope, self.request.receive)
            response = await self._behind_gateways(address)
        front_end.marked(front, response, texts)
        return response

    async def _behind_gateways(self, address: Address) -> Response:
        page = front_end.page(self.tenant, self.site, self.request)
        if page is not None:
            self.request.scope["fault"] = "sites"
            return front_end.PageResponse(page, self._texts)
        settings = GateSettings.of(replication.enforced(self.tenant, self.site))
        if not settings.enabled:
            # Nobody vouches for X-MS-CLIENT-PRINCIPAL then, neither here nor on the platform.
            return await self._pass(end_to_end(self.request.headers.raw), address)
        try:
            response = await self._judged(settings, address)
        except NoMetadata:
            response = self._failed()
        if self.tenant.gate.platform_os == "linux":
            response.headers["x-ms-middleware-request-id"] = new_id()
        return response

    async def _judged(self, settings: GateSettings, address: Address) -> Response:
        """Return what the gate answers by itself, or the program where the request may pass."""
        request = self.request
        if is_below(request.scope["path"], settings.api_prefix):
            return await endpoints.Endpoints(
                self.tenant,
                self.site,
                settings,
                self._host,
                partial(self._claims, settings),
                partial(self._believed, settings),
            ).answer(request)
        if settings.requires_https and request.url.scheme != "https":
            return RedirectResponse(f"https://{self._host}{self._target}", 302)
        claims = self._claims(settings)
        if claims is not None:
            if not authorized(settings, claims, self.tenant.gate):
                return self._refused(403)
        elif not settings.anonymous_allowed and not self._needs_no_token(settings):
            return self._unauthenticated(settings)
        return await self._pass(self._vouched(settings, claims), address)

    def _needs_no_token(self, settings: GateSettings) -> bool:
        raw_path = self.request.scope["raw_path"]
        return is_excluded(raw_path, settings.excluded_paths) or (
            self.tenant.gate.warmup_path_open and is_warmup(raw_path, settings.warmup_path)
        )

    def _claims(self, settings: GateSettings) -> Claims | None:
        """Return the claims of the caller's session or token, None for one that proves nothing."""
        headers = self.request.headers
        begun = headers.getlist(sessions.HEADER)
        if settings.registration is not None and len(begun) == 1:
            claims = sessions.claims_of(self.tenant, self.site, begun[0])
            if claims is not None:
                return claims
        given = headers.getlist("authorization")
        if len(given) != 1:
            return None
        scheme, _, token = given[0].partition(" ")
        return self._believed(settings, token.strip()) if scheme.lower() == "bearer" else None

    def _believed(self, settings: GateSettings, token: str) -> Claims | None:
        """Return the claims of a token that the gate believes; raises NoMetadata."""
        if settings.registration is None:
            return None
        return authenticated(self.tenant, settings.registration, token, self.tenant.gate)

    def _unauthenticated(self, settings: GateSettings) -> Response:
        match settings.action:
            case "Return403":
                return self._refused(403)
            case "Return404":
                return Response(status_code=404)
            case "RedirectToLoginPage" if self._is_browser:
                path = endpoints.login_path(settings, self._target)
                return RedirectResponse(f"https://{self._host}{path}", 302)
            case _:
                response = self._refused(401)
                self._challenge(settings, response)
                return response

    def _challenge(self, settings: GateSettings, response: Response) -> None:
        """
        Add WWW-Authenticate; its parameters are separated by spaces, as the platform does it.

        A gate without an Entra ID registration names the realm only (seen on Container Apps).
        """
        parts = [f'Bearer realm="{self._host}"']
        registration = settings.registration
        if registration is not None:
            if not registration.challenges:
                return
            url = endpoints.authorize_url(self.tenant, registration)
            parts += [
                f'authorization_uri="{url}"',
                f'resource_id="{header_value(registration.client_id)}"',
            ]
        response.headers["WWW-Authenticate"] = " ".join(parts)

    def _refused(self, status: int) -> Response:
        if self.tenant.gate.platform_os == "windows":
            return Response(_IIS_REFUSAL, status, {"Server": "Microsoft-IIS/10.0"}, "text/html")
        return Response(status_code=status, headers={"Server": "Kestrel"})

    def _failed(self) -> Response:
        """Return what a gate says that can't download the metadata of its issuer."""
        windows = self.tenant.gate.platform_os == "windows"
        page = Page(
            500,
            _IIS_FAILURE if windows else "",
            {"Content-Type": "text/html", "Server": "Microsoft-IIS/10.0"} if windows else {},
            reason=_NO_METADATA,
        )
        return front_end.PageResponse(page, {})

    def _vouched(self, settings: GateSettings, claims: Claims | None) -> Headers:
        """Return the headers for the program; only the gate itself says who is calling."""
        headers = [
            (name, value)
            for name, value in end_to_end(self.request.headers.raw)
            if not is_of_the_platform(name)
        ]
        if claims is not None:
            headers += [
                (name.lower().encode(), value.encode())
                for name, value in principal_headers(claims, settings)
            ]
        return headers

    async def _pass(self, headers: Headers, address: Address) -> Response:
        base = await address(self.site)
        if base is None:
            return HTMLResponse(_WELCOME)
        chain = self.request.headers.getlist("x-forwarded-for")
        if self.request.client is not None:
            chain.append(self.request.client.host)
        headers = [
            (name, value)
            for name, value in headers
            if name != b"host" and not is_of_the_front_end(name)
        ]
        headers += [
            (b"host", self.site.host.encode()),
            (b"x-forwarded-for", ", ".join(chain).encode("latin-1")),
            (b"x-forwarded-host", self._host.encode()),
            (b"x-forwarded-proto", self.request.url.scheme.encode()),
        ]
        return await forward(self.request, headers, base)

    @property
    def _texts(self) -> dict[str, str]:
        return front_end.values(self.tenant, self.request, self._host, self._target)

    @property
    def _host(self) -> str:
        """The host that the caller named, if it can be one; else the site's own."""
        given = self.request.headers.get("host", "")
        return given if _HOST.fullmatch(given) else self.site.host

    @property
    def _target(self) -> str:
        """The path and query that the caller asked for, for a way back to it on this host."""
        path = self.request.scope["raw_path"].decode("latin-1")
        if not path.startswith("/"):
            return "/"
        query = self.request.scope["query_string"].decode("latin-1")
        return f"{path}?{query}" if query else path

    @property
    def _is_browser(self) -> bool:
        headers = self.request.headers
        return (
            self.request.method == "GET"
            and "mozilla" in headers.get("user-agent", "").lower()
            and headers.get("x-requested-with", "").lower() != "xmlhttprequest"
            and "authorization" not in headers
        )
