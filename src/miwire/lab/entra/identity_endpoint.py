"""
The identity endpoint that App Service puts beside each app: where a managed identity's tokens are.

A program proves that it runs inside the app by the secret in IDENTITY_HEADER. What Entra ID says
when it refuses never gets through to it, as on the platform.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from miwire.lab.documents import new_id
from miwire.lab.entra.errors import AadError
from miwire.lab.entra.issuance import issue
from miwire.lab.entra.tokens import MANAGED_IDENTITY_LIFETIME

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from miwire.lab.documents import Document
    from miwire.lab.state.site import Site
    from miwire.lab.state.tenant import Tenant

_SELECTORS = ("client_id", "principal_id", "object_id", "mi_res_id", "msi_res_id")
_DATE = "%m/%d/%Y %I:%M:%S %p +00:00"
_NO_IDENTITY = "Unable to load the proper Managed Identity."
_UNKNOWN_ID = (
    "No User Assigned or Delegated Managed Identity found for specified"
    " ClientId/ResourceId/PrincipalId."
)
_ENTRA_REFUSED = "An unexpected error occured while fetching the AAD Token."
"""Misspelt so on the platform (MSAL's own tests quote it)."""


class _Refused(Exception):
    """The endpoint answers with *status* and *message*."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class _Version:
    """How one api-version is spoken: the header of the secret, and what selects an identity."""

    header: str
    selectors: tuple[str, ...]


CURRENT, LEGACY = "2019-08-01", "2017-09-01"
_VERSIONS = {
    CURRENT: _Version("x-identity-header", _SELECTORS),
    LEGACY: _Version("secret", ("clientid",)),
}


@dataclass(frozen=True, slots=True)
class _Caller:
    """Who holds the secret: a *site*, or a service principal outside of one (the operator)."""

    site: Site | None
    principal_id: str | None


def routes(tenant: Tenant) -> list[Route]:
    """Return the routes below the endpoint's base URL; the path is compared without case."""

    async def token(request: Request) -> Response:
        try:
            if request.path_params["path"].strip("/").lower() != "msi/token":
                raise _Refused(404, "Not Found")  # noqa: TRY301
            return _response(200, _token(tenant, request), new_id())
        except _Refused as error:
            return _refusal(error)

    return [Route("/{path:path}", token, methods=["GET"])]


def fallback(_: Tenant, request: Request, status: int) -> Response:
    """Refuse a target that is no path (404), or another method than GET (405)."""
    del request
    return _refusal(_Refused(status, HTTPStatus(status).phrase))


def _refusal(error: _Refused) -> Response:
    correlation_id = new_id()
    content = {
        "statusCode": error.status,
        "message": str(error),
        "correlationId": correlation_id,
    }
    return _response(error.status, content, correlation_id)


def _response(status: int, content: Document, correlation_id: str) -> Response:
    headers = {"Server": "Kestrel", "X-CORRELATION-ID": correlation_id}
    return JSONResponse(content, status, headers, "application/json; charset=utf-8")


def _token(tenant: Tenant, request: Request) -> Document:
    """Return the success body; raises _Refused."""
    if "x-forwarded-for" in request.headers:
        # A proxy inside the app must not hand tokens to those outside (server-side forgery).
        raise _Refused(403, "Forbidden")
    query = request.query_params
    version = _VERSIONS.get(query.get("api-version", ""))
    caller = _caller(tenant, request.headers.get((version or _VERSIONS[CURRENT]).header, ""))
    if version is None:
        raise _Refused(400, "The parameter 'api-version' is missing or not supported.")
    resource = query.get("resource")
    if not resource:
        raise _Refused(400, "Required query string parameter 'resource' was not specified.")
    asked = {name: query[name] for name in version.selectors if query.get(name)}
    principal = _principal(tenant, caller, asked)
    try:
        token, expires_on = _cached(tenant, principal, resource)
    except AadError as error:
        told = f" {error}" if tenant.faults.identity_errors == "aadsts" else ""
        raise _Refused(500, _ENTRA_REFUSED + told) from None
    content = {
        "access_token": token,
        "expires_on": str(expires_on),
        "resource": resource,
        "token_type": "Bearer",
    }
    if version is _VERSIONS[LEGACY]:
        return content | {"expires_on": f"{datetime.fromtimestamp(expires_on, UTC):{_DATE}}"}
    return content | {"client_id": principal["appId"]}


def _cached(tenant: Tenant, principal: Document, resource: str) -> tuple[str, int]:
    """Return a token and when it expires: a cached one as long as the faults say."""
    now, key = tenant.clock.now(), (principal["id"], resource)
    issued, token, expires_on = tenant.cached_tokens.get(key, (0.0, "", 0))
    if now < min(issued + tenant.faults.token_cache, expires_on):
        return token, expires_on
    token, expires_on = issue(tenant, principal, resource, MANAGED_IDENTITY_LIFETIME)
    if tenant.faults.token_cache:
        tenant.cached_tokens[key] = now, token, expires_on
    return token, expires_on


def _caller(tenant: Tenant, header: str) -> _Caller:
    """Return whose secret *header* is; each is compared in constant time."""
    holders = [(site.identity_header, _Caller(site, None)) for site in tenant.sites.values()]
    holders += [(key, _Caller(None, oid)) for key, oid in tenant.identity_headers.items()]
    given = header.encode()
    found = [holder for key, holder in holders if hmac.compare_digest(key.encode(), given)]
    if not found:
        raise _Refused(401, "Unauthorized")
    return found[0]


def _principal(tenant: Tenant, caller: _Caller, asked: dict[str, str]) -> Document:
    """Return the service principal that the query selects; none of several is ever guessed."""
    if len(asked) > 1:
        raise _Refused(400, _UNKNOWN_ID)
    attached = _attached(tenant, caller)
    if not asked:
        default = caller.principal_id or (caller.site and caller.site.principal_id)
        if default not in tenant.service_principals:
            raise _Refused(400, _NO_IDENTITY)
        return tenant.service_principals[default]
    ((selector, wanted),) = asked.items()
    for resource_id, principal in attached:
        match selector:
            case "client_id" | "clientid":
                known = principal["appId"]
            case "principal_id" | "object_id":
                known = principal["id"]
            case _:
                known = resource_id
        if known.lower() == wanted.lower():
            return principal
    raise _Refused(400, _UNKNOWN_ID)


def _attached(tenant: Tenant, caller: _Caller) -> list[tuple[str, Document]]:
    """Return the identities that may be selected, each with its resource id ("" for none)."""
    principals = tenant.service_principals
    if caller.site is None:
        return [("", principals[caller.principal_id])] if caller.principal_id in principals else []
    identity = caller.site.document.get("identity", {})
    ids = {
        resource_id: known["principalId"]
        for resource_id, known in identity.get("userAssignedIdentities", {}).items()
    }
    ids[caller.site.id] = identity.get("principalId")
    return [(key, principals[oid]) for key, oid in ids.items() if oid in principals]
