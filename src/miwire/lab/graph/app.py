"""Microsoft Graph over HTTP: bearer tokens, headers, bodies; the directory does the rest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from miwire.lab import documents
from miwire.lab.documents import GRAPH_APP_ID, new_id
from miwire.lab.entra.tokens import InvalidToken, claims_challenge, demanded, verified
from miwire.lab.graph import batch, errors, router
from miwire.lab.graph.errors import GraphError
from miwire.lab.graph.request import GraphRequest, GraphResponse, permissions_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from miwire.lab.state.tenant import Tenant

_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]
_ODATA_JSON = (
    "application/json;odata.metadata=minimal;odata.streaming=true;"
    "IEEE754Compatible=false;charset=utf-8"
)
_REASONS = {
    "lifetime": "Access token has expired or is not yet valid.",
    "audience": "Access token validation failure. Invalid audience.",
    "issuer": "Access token validation failure. Invalid issuer.",
    "signature": "Access token validation failure. Invalid signature.",
    "malformed": "CompactToken parsing failed with error code: 80049217",
}


def routes(tenant: Tenant) -> list[Route]:
    """Return the routes below Graph's base URL."""

    async def handle(request: Request) -> Response:
        return await _Call(tenant, request, new_id()).answer()

    return [Route("/{version}/{path:path}", handle, methods=_METHODS)]


def fallback(tenant: Tenant, request: Request, status: int) -> Response:
    """Refuse a path without a version (404), an odd method (405) or a large body (413)."""
    match status:
        case 404:
            error = errors.version_invalid(request.scope["path"].strip("/"))
        case 413:
            error = errors.too_large()
        case _:
            error = errors.method_not_allowed()
    return _Call(tenant, request, new_id()).refused(error)


@dataclass(frozen=True, slots=True)
class _Call:
    """One HTTP request to Graph."""

    tenant: Tenant
    request: Request
    request_id: str

    async def answer(self) -> Response:
        try:
            self._check_version()
            roles = self._roles()
            body = await self._body()
            path = _below_version(self.request)
            if path.strip("/").lower() == "$batch" and self.request.method == "POST":
                return self._response(self._batch(body, roles))
            headers = {name.lower(): value for name, value in self.request.headers.items()}
            query = dict(self.request.query_params)
            asked = GraphRequest(self.request.method, path, query, headers, body, roles)
            return self._response(router.answer(self.tenant, asked))
        except GraphError as error:
            return self.refused(error)

    def refused(self, error: GraphError) -> Response:
        """Return the refusal that *error* is."""
        return self._response(self._refusal(error))

    def _batch(self, body: object, roles: frozenset[str]) -> GraphResponse:
        parts = batch.parts(body)
        self.request.scope["batch_parts"] = [
            {"method": part.method, "url": part.url} for part in parts
        ]
        faulted = self.request.scope.get("faulted_parts", {})
        answers = batch.answers(parts, roles, self._answer_part, faulted)
        return GraphResponse(200, {"responses": answers})

    def _answer_part(self, asked: GraphRequest) -> GraphResponse:
        try:
            return router.answer(self.tenant, asked)
        except GraphError as error:
            return self._refusal(error)

    def _check_version(self) -> None:
        version = self.request.path_params["version"]
        if version.lower() != "v1.0":
            raise errors.version_invalid(version)

    def _roles(self) -> frozenset[str]:
        """Return what the bearer token allows; raises GraphError without a good one."""
        scheme, _, token = self.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise errors.unauthenticated("Access token is empty.")
        urls = (self.tenant.addresses.graph, "https://graph.microsoft.com")
        audiences = [url + slashes for url in urls for slashes in ("", "/", "//")]
        try:
            claims = verified(self.tenant, token.strip(), [GRAPH_APP_ID, *audiences])
        except InvalidToken as error:
            raise errors.unauthenticated(_REASONS[error.reason]) from None
        lacks = demanded(claims, "c1") if self.tenant.faults.graph_demands_context else None
        if lacks is not None:
            raise errors.insufficient_claims(lacks)
        return permissions_of(claims) - frozenset(self.tenant.faults.refused_permissions)

    async def _body(self) -> Any:  # noqa: ANN401 - JSON is any value
        raw = await self.request.body()
        if not raw:
            return None
        if "json" not in self.request.headers.get("content-type", "").lower():
            message = "Entity only allows writes with a JSON Content-Type header."
            raise errors.bad_request(message)
        try:
            return documents.parsed(raw)
        except ValueError:
            raise errors.malformed(
                "Unable to read JSON request payload. Please ensure Content-Type header is set and"
                " payload is of valid JSON format."
            ) from None

    def _refusal(self, error: GraphError) -> GraphResponse:
        body = error.body(self.tenant.clock.utc(), self.request_id, self._client_request_id)
        if not error.claims:
            return GraphResponse(error.status, body)
        challenge = claims_challenge(self.tenant.addresses.entra, GRAPH_APP_ID, error.claims)
        return GraphResponse(error.status, body, {"WWW-Authenticate": challenge})

    def _response(self, answer: GraphResponse) -> Response:
        headers = {
            "request-id": self.request_id,
            "client-request-id": self._client_request_id,
            "x-ms-ags-diagnostic": json.dumps({"ServerInfo": {"DataCenter": "Loopback"}}),
            **answer.headers,
        }
        if answer.status == 401:  # noqa: PLR2004
            authorize = f"{self.tenant.addresses.entra}/common/oauth2/authorize"
            headers.setdefault(
                "WWW-Authenticate",
                f'Bearer realm="", authorization_uri="{authorize}", client_id="{GRAPH_APP_ID}"',
            )
        if answer.body is None:
            return Response(status_code=answer.status, headers=headers)
        refused = answer.status >= 400  # noqa: PLR2004
        headers["content-type"] = "application/json" if refused else _ODATA_JSON
        if not refused:
            headers["odata-version"] = "4.0"
        return Response(json.dumps(answer.body), answer.status, headers)

    @property
    def _client_request_id(self) -> str:
        return self.request.headers.get("client-request-id", self.request_id)


def _below_version(request: Request) -> str:
    """Return the path below the version, still percent-encoded: a key may hold a slash."""
    raw: bytes = request.scope["raw_path"]
    return raw.decode("latin-1").removeprefix("/").partition("/")[2]
