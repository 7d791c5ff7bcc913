"""What Easy Auth serves itself: /.auth/version, /.auth/me and the way to the sign-in page."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from starlette.responses import JSONResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

    from miwire.lab.easyauth.judge import Claims
    from miwire.lab.easyauth.settings import GateSettings, Registration
    from miwire.lab.state.tenant import Tenant

_RUNTIME = "1.3.2"
_AAD = frozenset({"aad", "azureactivedirectory"})


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


def answer(
    tenant: Tenant, settings: GateSettings, request: Request, host: str, claims: Claims | None
) -> Response:
    """
    Answer a path below the API prefix; *claims* are the caller's if it is authenticated.

    The lab keeps no sessions and no token store, so /.auth/me has nothing to show: 401 to
    strangers, 404 to the others, as with the token store off.
    """
    name = request.scope["path"].lower().removeprefix(settings.api_prefix.lower())
    registration = settings.registration
    match request.method, name:
        case "GET", "/version":
            version = settings.runtime_version
            return JSONResponse({"version": _RUNTIME if version.startswith("~") else version})
        case "GET", "/me":
            return Response(status_code=401 if claims is None else 404)
        case "GET", "/login/aad" if registration is not None:
            back = request.query_params.get("post_login_redirect_uri", "/")
            callback = f"https://{host}{settings.api_prefix}/login/aad/callback"
            url = authorize_url(tenant, registration)
            return _sign_in(url, registration, callback, back)
        case _:
            return Response(status_code=404)


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
