"""Microsoft Graph's refusals, a table of rows that are called with their values."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal; the values fill `{0}`, `{1}` … in *template* and *target*."""

    status: int
    code: str
    template: str
    detail: str = ""
    target: str = ""

    def __call__(self, *values: str) -> GraphError:
        """Return the error with *values*."""
        return GraphError(
            self.status,
            self.code,
            self.template.format(*values),
            detail=self.detail,
            target=self.target.format(*values),
        )


_BAD = "Request_BadRequest"

unauthenticated = Refusal(401, "InvalidAuthenticationToken", "{0}")
denied = Refusal(  # recorded by azure-cli
    403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
)
not_found = Refusal(  # recorded by azure-cli
    404,
    "Request_ResourceNotFound",
    "Resource '{0}' does not exist or one of its queried reference-property objects are not"
    " present.",
)

# The OData layer, before the directory is asked

malformed = Refusal(400, "BadRequest", "{0}")
no_segment = Refusal(400, "BadRequest", "Resource not found for the segment '{0}'.")
version_invalid = Refusal(400, "BadRequest", "Invalid version: {0}")
method_not_allowed = Refusal(
    400, "BadRequest", "Specified HTTP method is not allowed for the request."
)
too_large = Refusal(413, "RequestEntityTooLarge", "The request size exceeds the maximum limit.")
unsupported_query = Refusal(400, "Request_UnsupportedQuery", "Unsupported Query.")
unsupported_clause = Refusal(
    400,
    "Request_UnsupportedQuery",
    "Unsupported or invalid query filter clause specified for property '{0}'.",
)

# The directory

bad_request = Refusal(400, _BAD, "{0}")
invalid_value = Refusal(400, _BAD, "Invalid value specified for property '{0}' of resource '{1}'.")
value_required = Refusal(400, _BAD, "A value is required for property '{0}' of resource '{1}'.")
taken = Refusal(  # reported by users, of identifierUris
    400,
    _BAD,
    "Another object with the same value for property {0} already exists.",
    "ObjectConflict",
    "{0}",
)
service_reference_missing = Refusal(  # reported by users; the value is Create or Update
    400,
    "BadRequest",
    "ServiceManagementReference field is required for {0}, but is missing in the request.",
)
no_backing_application = Refusal(  # from the fixture of a public test suite
    400,
    _BAD,
    "The appId '{0}' of the service principal does not reference a valid application object.",
    "NoBackingApplicationObject",
    "appId",
)
principal_exists = Refusal(
    409,
    "Request_MultipleObjectsWithSameKeyValue",
    "The service principal cannot be created, updated, or restored because the service principal"
    " name {0} is already in use.",
)
values_duplicated = Refusal(  # reported by users (microsoft-graph-docs#21667)
    400,
    "DuplicateValue",
    "Request contains a property with duplicate values.",
    "DuplicateValue",
    "appRoles",
)
entries_differ = Refusal(  # reported by users (azure-docs#81899)
    400,
    _BAD,
    "The following values must match for the 'oauth2Permissions' and 'appRoles' properties with"
    " identifier '{0}': (value, value). Ensure that you are intending to have entries with the same"
    " identifier, and if so, are updating them together.",
)
read_only = Refusal(400, _BAD, "Property '{0}' is read-only and cannot be set on resource '{1}'.")
permission_exists = Refusal(  # the fixture of a public test suite
    400, _BAD, "Permission being assigned already exists on the object"
)
grant_exists = Refusal(  # reported by users (msgraph-bicep-types#161)
    400, "Request_MultipleObjectsWithSameKeyValue", "EntitlementGrant entry already exists."
)
grant_exists_conflict = Refusal(
    409, "Request_MultipleObjectsWithSameKeyValue", "EntitlementGrant entry already exists."
)
grant_not_found = Refusal(  # reported by users (microsoft-graph-docs-contrib#3614)
    400, _BAD, "EntitlementGrant being updated or deleted is not found."
)
role_enabled = Refusal(
    400,
    "CannotDeleteOrUpdateEnabledEntitlement",
    "Permission (scope or role) cannot be deleted or updated unless disabled first",
)
domain_not_verified = Refusal(  # reported by users
    400,
    "HostNameNotOnVerifiedDomain",
    "Values of identifierUris property must use a verified domain of the organization or its"
    " subdomain: '{0}'",
)
