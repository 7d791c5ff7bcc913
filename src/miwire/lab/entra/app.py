"""Entra ID: discovery, signing keys and both token endpoints for client credentials."""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote_plus
from uuid import UUID

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from miwire.lab.documents import new_id
from miwire.lab.entra import errors
from miwire.lab.entra.issuance import issue
from miwire.lab.entra.metadata import discovery_v1, discovery_v2, key_set
from miwire.lab.entra.tokens import BACKDATED, CLIENT_CREDENTIALS_LIFETIME

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from miwire.lab.documents import Document
    from miwire.lab.entra.errors import AadError
    from miwire.lab.state.tenant import Tenant

    Form = dict[str, str]

_SHARED = ("common", "organizations")
_JSON = "application/json; charset=utf-8"


def routes(tenant: Tenant) -> list[Route]:
    """Return the routes below this authority's base URL."""
    documents = {
        "/{tenant}/.well-known/openid-configuration": discovery_v1,
        "/{tenant}/v2.0/.well-known/openid-configuration": discovery_v2,
        "/{tenant}/discovery/keys": key_set,
        "/{tenant}/discovery/v2.0/keys": key_set,
    }
    return [
        *(Route(path, _published(tenant, document)) for path, document in documents.items()),
        Route("/{tenant}/oauth2/v2.0/token", _token_endpoint(tenant, _by_scope), methods=["POST"]),
        Route("/{tenant}/oauth2/token", _token_endpoint(tenant, _by_resource), methods=["POST"]),
    ]


def fallback(tenant: Tenant, request: Request, status: int) -> Response:
    """Refuse a method (405); a path that is none and a large body have empty answers."""
    if status != 405:  # noqa: PLR2004
        return Response(status_code=status, headers=_uncached())
    served = "POST" if request.method == "GET" else "GET, OPTIONS"
    return _refusal(tenant, request, errors.method_not_accepted(served, request.method))


def _published(
    tenant: Tenant, document: Callable[[Tenant, str], Document]
) -> Callable[[Request], Awaitable[Response]]:
    """Return a handler that serves *document* for the tenant that the path names."""

    async def serve(request: Request) -> Response:
        try:
            segment = _segment(tenant, request.path_params["tenant"])
        except errors.AadError as error:
            return _refusal(tenant, request, error)
        headers = {
            "Cache-Control": "max-age=86400, private",
            "X-Content-Type-Options": "nosniff",
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET, OPTIONS",
            "x-ms-request-id": new_id(),
        }
        return JSONResponse(document(tenant, segment), headers=headers, media_type=_JSON)

    return serve


def _token_endpoint(
    tenant: Tenant, grant: Callable[[Tenant, Form], Document]
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        body = await request.body()
        try:
            if _segment(tenant, request.path_params["tenant"]) in _SHARED:
                raise errors.no_tenant_named()
            form = _form(body) | _basic(request.headers.get("authorization", ""))
            content = grant(tenant, form)
        except errors.AadError as error:
            return _refusal(tenant, request, error)
        return JSONResponse(content, headers=_uncached(), media_type=_JSON)

    return answer


def _by_scope(tenant: Tenant, form: Form) -> Document:
    """Return what the v2 endpoint answers: its numbers are numbers."""
    client = _client(tenant, form, "scope")
    scope = form["scope"]
    if len(scope.split()) > 1:
        raise errors.several_scopes(scope)
    resource = scope.strip().removesuffix("/.default")
    if not resource or resource == scope.strip():
        raise errors.scope_without_default(scope)
    token, _ = issue(tenant, client, resource, CLIENT_CREDENTIALS_LIFETIME)
    return {
        "token_type": "Bearer",
        "expires_in": CLIENT_CREDENTIALS_LIFETIME,
        "ext_expires_in": CLIENT_CREDENTIALS_LIFETIME,
        "access_token": token,
    }


def _by_resource(tenant: Tenant, form: Form) -> Document:
    """
    Return what the v1 endpoint answers: its numbers are strings.

    The resource decides about the version of the token, not the endpoint.
    """
    client = _client(tenant, form, "resource")
    token, expires_on = issue(tenant, client, form["resource"], CLIENT_CREDENTIALS_LIFETIME)
    return {
        "token_type": "Bearer",
        "expires_in": str(CLIENT_CREDENTIALS_LIFETIME),
        "ext_expires_in": str(CLIENT_CREDENTIALS_LIFETIME),
        "expires_on": str(expires_on),
        "not_before": str(expires_on - CLIENT_CREDENTIALS_LIFETIME - BACKDATED),
        "resource": form["resource"],
        "access_token": token,
    }


def _client(tenant: Tenant, form: Form, target: str) -> Document:
    """Return the client of a complete form; *target* is what names the resource in it."""
    for name in ("grant_type", "client_id", target):
        if not form.get(name):
            raise errors.parameter_missing(name)
    if form["grant_type"] != "client_credentials":
        raise errors.grant_unsupported(form["grant_type"])
    client = _proven(tenant, form["client_id"].lower(), form.get("client_secret"))
    refused = tenant.faults.token_refusal
    if refused is not None:
        raise errors.OF_A_PERSON[refused](form[target])
    return client


def _proven(tenant: Tenant, client_id: str, secret: str | None) -> Document:
    """Return the service principal of a client that proved itself with *secret*."""
    principal = tenant.service_principal_of(client_id)
    if principal is None:
        if tenant.application_of(client_id) is not None:
            raise errors.client_without_service_principal(client_id, tenant.tenant_id)
        raise errors.client_not_found(client_id, tenant.tenant_id)
    if not secret:
        raise errors.credential_missing()
    expected = tenant.client_secrets.get(client_id, "")
    if not expected or not hmac.compare_digest(expected.encode(), secret.encode()):
        raise errors.secret_invalid(client_id)
    return principal


def _segment(tenant: Tenant, name: str) -> str:
    """Return how documents spell the tenant that a path names; raises AadError if unknown."""
    lowered = name.lower()
    if lowered in {tenant.tenant_id, tenant.domain}:
        return tenant.tenant_id
    if lowered in _SHARED:
        return lowered
    raise errors.tenant_not_found(name)


def _form(body: bytes) -> Form:
    """Return the form's parameters; raises AadError for one that is given twice."""
    text = body.decode("utf-8", "replace")
    form: Form = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name in form:
            raise errors.parameter_duplicated(name)
        form[name] = value
    return form


def _basic(authorization: str) -> Form:
    """Return the client's id and secret from HTTP Basic, {} if it is not used."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        decoded = base64.b64decode(value, validate=True).decode()
    except ValueError:
        return {}
    client_id, _, secret = decoded.partition(":")
    return {"client_id": unquote_plus(client_id), "client_secret": unquote_plus(secret)}


def _refusal(tenant: Tenant, request: Request, error: AadError) -> Response:
    correlation_id = _correlation_id(request)
    body = error.body(tenant.addresses.entra, tenant.clock.utc(), correlation_id)
    headers = _uncached()
    if error.status == 401:  # noqa: PLR2004
        headers["WWW-Authenticate"] = 'Bearer realm=""'
    return JSONResponse(body, error.status, headers, media_type=_JSON)


def _correlation_id(request: Request) -> str:
    """Return the caller's own id for this request if it sent a GUID, else a new one."""
    try:
        return str(UUID(request.headers.get("client-request-id", "")))
    except ValueError:
        return new_id()


def _uncached() -> dict[str, str]:
    return {
        "Cache-Control": "no-store, no-cache",
        "Pragma": "no-cache",
        "Expires": "-1",
        "X-Content-Type-Options": "nosniff",
        "x-ms-request-id": new_id(),
        "x-ms-clitelem": "1,0,0,,",
    }
