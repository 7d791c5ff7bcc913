"""What each service of this Azure says in its own words when a rule makes it refuse."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from miwire.lab.documents import new_id
from miwire.lab.graph.errors import GraphError

if TYPE_CHECKING:
    from miwire.lab.documents import Document
    from miwire.lab.state.tenant import Tenant

_NO_RESPONSE = (
    "The gateway did not receive a response from 'Microsoft.Web' within the specified time period."
)
_ARM = {
    429: ("TooManyRequests", "The request is being throttled. Please try again later."),
    503: ("ServiceUnavailable", "The service is temporarily unavailable."),
    504: ("GatewayTimeout", _NO_RESPONSE),
}
_GRAPH = {
    429: ("TooManyRequests", "Too many requests. Please retry after some time."),
    503: ("serviceNotAvailable", "The service is temporarily unavailable."),
    504: ("UnknownError", "Gateway Timeout"),
}


def refusal(tenant: Tenant, service: str, status: int) -> Document | None:
    """Return the body of *service* for an error *status*; None for the gate, which has none."""
    if status < HTTPStatus.BAD_REQUEST:
        return None
    words = _words(status)
    match service:
        case "arm":
            code, message = _ARM.get(status, words)
            return {"error": {"code": code, "message": message}}
        case "graph":
            code, message = _GRAPH.get(status, words)
            request_id = new_id()
            return GraphError(status, code, message).body(
                tenant.clock.utc(), request_id, request_id
            )
        case "entra":
            return {"error": "temporarily_unavailable", "error_description": words[1]}
        case "identity":
            return {"statusCode": status, "message": words[1], "correlationId": new_id()}
        case _:
            return None


def _words(status: int) -> tuple[str, str]:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = f"Status {status}"
    return phrase.replace(" ", ""), f"{phrase}."
