"""Azure Resource Manager over HTTP: bearer tokens, api-versions, headers and bodies."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from miwire.lab import documents
from miwire.lab.arm import errors, router
from miwire.lab.arm.errors import ArmError
from miwire.lab.arm.request import ArmRequest, Caller
from miwire.lab.documents import new_id
from miwire.lab.entra.tokens import InvalidToken, demanded, verified

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from miwire.lab.documents import Document
    from miwire.lab.state.tenant import Tenant


_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")
_NOT_IN_NAMES = re.compile(r"[<>%&:\\?#\x00-\x1f\x7f]")
"""What ARM allows in no name (its contract with resource providers)."""
_PUBLIC = ("https://management.azure.com", "https://management.core.windows.net")
_REFUSALS = {
    "malformed": "InvalidAuthenticationToken",
    "signature": "InvalidAuthenticationToken",
    "lifetime": "ExpiredAuthenticationToken",
    "audience": "InvalidAuthenticationTokenAudience",
    "issuer": "InvalidAuthenticationTokenTenant",
}
"""ARM's code for each rule that a token may break."""
_MESSAGES = {
    "InvalidAuthenticationToken": "The access token is invalid.",
    "ExpiredAuthenticationToken": (
        "The access token expiry UTC time is earlier than current UTC time, or the token is not"
        " valid yet."
    ),
    "InvalidAuthenticationTokenAudience": (
        "The access token has been obtained for wrong audience or resource. It should exactly"
        " match (including forward slash) with one of the allowed audiences"
        " 'https://management.core.windows.net/','https://management.azure.com/'."
    ),
    "InvalidAuthenticationTokenTenant": (
        "The access token is from the wrong issuer. It must match the tenant associated with this"
        " subscription."
    ),
}

CLOUD_NAME = "MiwireLab"


def routes(tenant: Tenant) -> list[Route]:
    """Return the routes below ARM's base URL; paths are compared without case, as ARM does."""

    async def handle(request: Request) -> Response:
        return await _Call(tenant, request).answer()

    async def describe(request: Request) -> Response:
        return _Call(tenant, request).described()

    return [
        Route("/metadata/endpoints", describe),
        Route("/{path:path}", handle, methods=_METHODS),
    ]


def fallback(tenant: Tenant, request: Request, status: int) -> Response:
    """Refuse a target that is no path (404), an odd method (405) or a large body (413)."""
    path = request.scope["path"]
    match status:
        case 404:
            error = errors.path_not_found(path)
        case 413:
            error = errors.content_too_large()
        case _:
            error = errors.method_not_allowed(request.method, path)
    return _Call(tenant, request).refused(error)


@dataclass(frozen=True, slots=True)
class _Call:
    """One HTTP request to ARM."""

    tenant: Tenant
    request: Request

    async def answer(self) -> Response:
        body = await self.request.body()
        try:
            asked = ArmRequest(
                tenant=self.tenant,
                caller=self._caller(),
                method=self.request.method,
                segments=self._segments(),
                api_version=self._api_version(),
                body=_content(body),
                query=dict(self.request.query_params),
            )
            found = router.answer(asked)
        except ArmError as error:
            return self.refused(error)
        return self._response(found.status, found.body, found.headers)

    def refused(self, error: ArmError) -> Response:
        """Return the refusal that *error* is."""
        return self._response(error.status, error.body, error.headers)

    def described(self) -> Response:
        """Answer what this cloud is, which needs no token."""
        try:
            self._api_version()
        except ArmError as error:
            return self.refused(error)
        return self._response(200, endpoints(self.tenant), {})

    def _caller(self) -> Caller:
        """Return whose token it is; raises ArmError (401) without a good one."""
        authority = f"{self.tenant.addresses.entra}/{self.tenant.tenant_id}"
        given = self.request.headers.get("authorization", "")
        if not given:
            raise errors.unauthenticated(
                authority,
                "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is missing.",
                "The authentication failed because of missing 'Authorization' header.",
            )
        scheme, _, token = given.partition(" ")
        urls = (self.tenant.addresses.arm, *_PUBLIC)
        audiences = [url + slashes for url in urls for slashes in ("", "/", "//")]
        try:
            if scheme.lower() != "bearer":
                raise InvalidToken("malformed")  # noqa: TRY301
            claims = verified(self.tenant, token.strip(), audiences)
        except InvalidToken as error:
            code = _REFUSALS[error.reason]
            message = _MESSAGES[code]
            raise errors.unauthenticated(authority, code, message, message) from None
        object_id = str(claims.get("oid", ""))
        client_id = str(claims.get("appid") or claims.get("azp") or object_id)
        rights = self.tenant.arm_rights.get(object_id, ())
        faults = self.tenant.faults
        lacks = demanded(claims, "p1") if faults.arm_demands_mfa else None
        return Caller(client_id, object_id, rights, faults.refused_actions, lacks)

    def _segments(self) -> tuple[str, ...]:
        """Return the path's segments; raises ArmError (400) for what no name may hold."""
        segments = tuple(part for part in self.request.scope["path"].split("/") if part)
        for segment in segments:
            invalid = _NOT_IN_NAMES.findall(segment)
            if invalid:
                raise errors.name_invalid(segment, invalid)
        return segments

    def _api_version(self) -> str:
        given = self.request.query_params.get("api-version", "")
        if not given:
            raise errors.api_version_missing()
        if _API_VERSION.fullmatch(given) is None:
            raise errors.api_version_invalid(given)
        return given

    def _response(self, status: int, body: object, headers: Mapping[str, str]) -> Response:
        """
        Return an answer with the headers of recorded ones.

        Strict-Transport-Security is left out: a browser would remember it for all of localhost.
        """
        request_id = new_id()
        now = self.tenant.clock.utc()
        rate = {"x-ms-ratelimit-remaining-subscription-global-reads": "16499"}
        common = {
            "cache-control": "no-cache",
            "content-type": "application/json; charset=utf-8",
            "expires": "-1",
            "pragma": "no-cache",
            "x-cache": "CONFIG_NOCACHE",
            "x-content-type-options": "nosniff",
            "x-ms-request-id": request_id,
            "x-ms-correlation-request-id": request_id,
            "x-ms-routing-request-id": f"WESTEUROPE:{now:%Y%m%dT%H%M%SZ}:{request_id}",
            **(rate if self.request.method == "GET" else {}),
        }
        if body is None:
            del common["content-type"]
            return Response(None, status, {**common, **headers})
        content = body if isinstance(body, str) else json.dumps(body)
        return Response(content, status, {**common, **headers})


def _content(body: bytes) -> Any:  # noqa: ANN401 - JSON is any value
    if not body:
        return None
    try:
        return documents.parsed(body)
    except ValueError:
        raise errors.content_invalid("The body is not valid JSON.") from None


def endpoints(tenant: Tenant) -> Document:
    """Return the answer to GET /metadata/endpoints, api-version 2022-09-01."""
    addresses = tenant.addresses
    return {
        "name": CLOUD_NAME,
        "resourceManager": f"{addresses.arm}/",
        "authentication": {
            "loginEndpoint": addresses.entra,
            "audiences": [f"{addresses.arm}/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "graph": f"{addresses.graph}/",
        "graphAudience": f"{addresses.graph}/",
        "microsoftGraphResourceId": f"{addresses.graph}/",
        "suffixes": {},
    }
