"""Microsoft Graph's refusals: a status, a code and the service's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from miwire.lab.documents import Document


class GraphError(Exception):
    """
    Graph refuses a request.

    *status* is the HTTP status, *code* Graph's own, *message* its text; *target* names the
    property for the errors that carry `details`, whose code is then *detail*.
    """

    def __init__(
        self, status: int, code: str, message: str, *, detail: str = "", target: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.detail = detail
        self.target = target

    def body(self, now: datetime, request_id: str, client_request_id: str) -> Document:
        """Return the response body; *client_request_id* repeats the caller's, if it sent one."""
        error: Document = {"code": self.code, "message": str(self)}
        if self.detail:
            entry = {"code": self.detail, "message": str(self), "target": self.target}
            error["details"] = [entry]
        error["innerError"] = {
            "date": f"{now:%Y-%m-%dT%H:%M:%S}",
            "request-id": request_id,
            "client-request-id": client_request_id,
        }
        return {"error": error}


def unauthenticated(message: str) -> GraphError:
    """Say why the bearer token is not believed."""
    return GraphError(401, "InvalidAuthenticationToken", message)


def denied() -> GraphError:
    """Say that the token lacks the permission."""
    message = "Insufficient privileges to complete the operation."
    return GraphError(403, "Authorization_RequestDenied", message)


def not_found(key: str) -> GraphError:
    """Say that no object has this key, or that it is of another kind."""
    return GraphError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{key}' does not exist or one of its queried reference-property objects are"
        " not present.",
    )


def no_segment(segment: str) -> GraphError:
    """Say that the path leads nowhere."""
    return GraphError(400, "BadRequest", f"Resource not found for the segment '{segment}'.")


def bad_request(message: str) -> GraphError:
    """Say what the directory does not like about the request."""
    return GraphError(400, "Request_BadRequest", message)


def malformed(message: str) -> GraphError:
    """Say what the OData layer does not understand, before the directory is asked."""
    return GraphError(400, "BadRequest", message)


def version_invalid(version: str) -> GraphError:
    """Say that the path does not begin with a version of Graph."""
    return malformed(f"Invalid version: {version}")


def method_not_allowed() -> GraphError:
    """Say that what the path names has no such operation."""
    return malformed("Specified HTTP method is not allowed for the request.")


def too_large() -> GraphError:
    """Say that the body is larger than Graph takes one."""
    message = "The request size exceeds the maximum limit."
    return GraphError(413, "RequestEntityTooLarge", message)


def unsupported_query(message: str = "Unsupported Query.") -> GraphError:
    """Say that a query needs ConsistencyLevel and $count, or is not served at all."""
    return GraphError(400, "Request_UnsupportedQuery", message)


def invalid_value(name: str, kind: str) -> GraphError:
    """Say that a property's value will not do."""
    return bad_request(f"Invalid value specified for property '{name}' of resource '{kind}'.")


def value_required(name: str, kind: str) -> GraphError:
    """Say that a property is missing."""
    return bad_request(f"A value is required for property '{name}' of resource '{kind}'.")


def taken(name: str) -> GraphError:
    """Say that another object has this value for a property that must be unique."""
    message = f"Another object with the same value for property {name} already exists."
    return GraphError(400, "Request_BadRequest", message, detail="ObjectConflict", target=name)


def service_reference_missing(write: str) -> GraphError:
    """Say that this tenant wants every registration to name a service; *write* is what failed."""
    return malformed(
        f"ServiceManagementReference field is required for {write}, but is missing in the request."
    )


def no_backing_application(app_id: str) -> GraphError:
    """Say that a service principal cannot be made without an application."""
    return GraphError(
        400,
        "Request_BadRequest",
        f"The appId '{app_id}' of the service principal does not reference a valid application"
        " object.",
        detail="NoBackingApplicationObject",
        target="appId",
    )


def principal_exists(app_id: str) -> GraphError:
    """Say that the application has its service principal already."""
    return GraphError(
        409,
        "Request_MultipleObjectsWithSameKeyValue",
        "The service principal cannot be created, updated, or restored because the service"
        f" principal name {app_id} is already in use.",
    )
