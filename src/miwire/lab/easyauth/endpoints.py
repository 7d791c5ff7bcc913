"""What Easy Auth serves itself, below the API prefix: sign-in and sign-out, /me, /version."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from miwire.lab.documents import parsed
from miwire.lab.easyauth import sessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from miwire.lab.easyauth.judge import Claims
    from miwire.lab.easyauth.settings import GateSettings, Registration
    from miwire.lab.state.site import Site
    from miwire.lab.state.tenant import Tenant

_RUNTIME = "1.3.2"
_AAD = frozenset({"aad", "azureactivedirectory"})
_DONE = (
    "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
)
_SIGNED_IN = _DONE.format(title="You have successfully signed in")
_SIGNED_OUT = _DONE.format(title="You have been signed out")
_AFTER_LOGOUT = "/logout/complete"
"""Where a sign-out ends by default (App Service documentation); on Container Apps /logout/done."""


def authorize_url(tenant: Tenant, registration: Registration) -> str:
    """Return the authorize endpoint that fits the configured issuer."""
    base = f"{tenant.addresses.entra}/{registration.tenant_id or 'common'}/oauth2"
    return f"{base}/v2.0/authorize" if "/v2.0" in registration.issuer else f"{base}/authorize"


def login_path(settings: GateSettings, target: str) -> str:
    """Return the path that starts a sign-in and comes back to *target*, a path with its query."""
    provider = "aad" if settings.provider.lower() in _AAD else settings.provider.lower()
    back = quote(target, safe="")
    prefix = f"/{quote(settings.api_prefix.lstrip('/'))}"
    return f"{prefix}/login/{quote(provider, safe='')}?post_login_redirect_uri={back}"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """
    The endpoints of one gate, which callers reach at *host*.

    *caller* returns the claims of an authenticated caller, *judge* those of a token that the gate
    believes. The lab keeps no token store and nobody signs in with a browser: /.auth/me has nothing
    to show (401 to strangers, 404 to the others, as with the token store off), /.auth/refresh
    nothing to refresh (403), and no code that comes to the callback was ever issued (400).
    """

    tenant: Tenant
    site: Site
    settings: GateSettings
    host: str
    caller: Callable[[], Claims | None]
    judge: Callable[[str], Claims | None]

    async def answer(self, request: Request) -> Response:
        """Answer a path below the API prefix."""
        prefix, registration = self.settings.api_prefix, self.settings.registration
        match request.method, request.scope["path"].lower().removeprefix(prefix.lower()):
            case "GET", "/version":
                version = self.settings.runtime_version
                return JSONResponse({"version": _RUNTIME if version.startswith("~") else version})
            case "GET", "/me":
                return Response(status_code=401 if self.caller() is None else 404)
            case "GET" | "POST", "/refresh":
                return Response(status_code=401 if self.caller() is None else 403)
            case "GET", "/login/aad" if registration is not None:
                back = request.query_params.get("post_login_redirect_uri", "/")
                callback = f"https://{self.host}{prefix}/login/aad/callback"
                url = authorize_url(self.tenant, registration)
                return _sign_in(url, registration, callback, back)
            case "POST", "/login/aad" if registration is not None:
                return self._session(await request.body())
            case "GET" | "POST", "/login/aad/callback" if registration is not None:
                return Response(status_code=400)
            case "GET", "/login/done":
                return HTMLResponse(_SIGNED_IN)
            case "GET", "/logout":
                return RedirectResponse(f"https://{self.host}{prefix}{_AFTER_LOGOUT}", 302)
            case "GET", "/logout/complete" | "/logout/done":
                return HTMLResponse(_SIGNED_OUT)
            case _:
                return Response(status_code=404)

    def _session(self, body: bytes) -> Response:
        """Answer a sign-in in which the client brings its own token (client-directed flow)."""
        try:
            sent = parsed(body)
        except ValueError:
            return Response(status_code=400)
        found = sent if isinstance(sent, dict) else {}
        token = found.get("access_token") or found.get("id_token")
        if not isinstance(token, str):
            return Response(status_code=400)
        claims = self.judge(token)
        if claims is None:
            return Response(status_code=401)
        return JSONResponse(sessions.session(self.tenant, self.site, claims))


def _sign_in(url: str, registration: Registration, callback: str, back: str) -> Response:
    query = {
        "response_type": "code id_token",
        "redirect_uri": callback,
        "client_id": registration.client_id,
        "scope": "openid profile email",
        "response_mode": "form_post",
        "nonce": secrets.token_hex(16),
        "state": f"redir={back}",
    }
    return RedirectResponse(f"{url}?{urlencode(query)}", 302)
