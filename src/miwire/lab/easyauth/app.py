"""
The Easy Auth gate in front of a site: every request is judged by the site's current settings.

The order of decisions is App Service's: the gate's own paths, HTTPS, who is calling, whether the
policy lets them in, what is done with callers that nobody knows, and only then the program.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from miwire.lab.documents import new_id
from miwire.lab.easyauth import endpoints, front_end
from miwire.lab.easyauth.judge import authenticated, authorized
from miwire.lab.easyauth.paths import is_below, is_excluded
from miwire.lab.easyauth.principal_headers import (
    header_value,
    is_of_the_front_end,
    is_of_the_platform,
    principal_headers,
)
from miwire.lab.easyauth.proxy import end_to_end, forward
from miwire.lab.easyauth.settings import GateSettings
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
        closed = front_end.answer(self.tenant, self.site, self.request)
        if closed is not None:
            self.request.scope["fault"] = "sites"
            return closed
        settings = GateSettings.of(replication.enforced(self.tenant, self.site))
        if not settings.enabled:
            # Nobody vouches for X-MS-CLIENT-PRINCIPAL then, neither here nor on the platform.
            return await self._pass(end_to_end(self.request.headers.raw), address)
        claims = self._claims(settings)
        response = self._refusal(settings, claims)
        if response is None:
            response = await self._pass(self._vouched(settings, claims), address)
        if self.tenant.gate.platform_os == "linux":
            response.headers["x-ms-middleware-request-id"] = new_id()
        return response

    def _refusal(self, settings: GateSettings, claims: Claims | None) -> Response | None:
        """Return what the gate answers by itself, None where the request may pass."""
        request = self.request
        if is_below(request.scope["path"], settings.api_prefix):
            return endpoints.answer(self.tenant, settings, request, self._host, claims)
        if settings.requires_https and request.url.scheme != "https":
            return RedirectResponse(f"https://{self._host}{self._target}", 302)
        if claims is not None:
            allowed = authorized(settings, claims, self.tenant.gate)
            return None if allowed else self._refused(403)
        excluded = is_excluded(request.scope["raw_path"], settings.excluded_paths)
        if settings.anonymous_allowed or excluded:
            return None
        return self._unauthenticated(settings)

    def _claims(self, settings: GateSettings) -> Claims | None:
        """Return the caller's claims, None for a caller that proves nothing."""
        given = self.request.headers.getlist("authorization")
        if settings.registration is None or len(given) != 1:
            return None
        scheme, _, token = given[0].partition(" ")
        if scheme.lower() != "bearer":
            return None
        return authenticated(self.tenant, settings.registration, token.strip(), self.tenant.gate)

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
