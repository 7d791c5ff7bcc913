"""
Entra ID's refusals, a table of rows that are called with their values.

The bodies are OAuth errors (RFC 6749, 5.2) with AADSTS codes. The codes and most of the texts are
in Microsoft's reference of Microsoft Entra error codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.lab.documents import new_id

if TYPE_CHECKING:
    from datetime import datetime

    from miwire.lab.documents import Document


class AadError(Exception):
    """
    Entra ID refuses a token request.

    *code* is the AADSTS number, *error* the OAuth error code (RFC 6749, 5.2), *message* the text
    after the number, *status* the HTTP status.
    """

    def __init__(self, code: int, error: str, message: str, *, status: int = 400) -> None:
        super().__init__(f"AADSTS{code}: {message}")
        self.code = code
        self.error = error
        self.status = status

    def body(self, entra: str, now: datetime, correlation_id: str) -> Document:
        """
        Return the response body; *entra* is the authority's base URL.

        The parts of the description are joined by spaces as in public logs of 2026; Microsoft's
        older documentation has line breaks.
        """
        trace_id, timestamp = new_id(), f"{now:%Y-%m-%d %H:%M:%SZ}"
        ids = f"Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}"
        return {
            "error": self.error,
            "error_description": f"{self} {ids}",
            "error_codes": [self.code],
            "timestamp": timestamp,
            "trace_id": trace_id,
            "correlation_id": correlation_id,
            "error_uri": f"{entra}/error?code={self.code}",
        }


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal of a token request; the values fill `{0}`, `{1}` … in *template*."""

    code: int
    error: str
    template: str
    status: int = 400

    def __call__(self, *values: str) -> AadError:
        """Return the error with *values*."""
        return AadError(self.code, self.error, self.template.format(*values), status=self.status)


# The request

tenant_not_found = Refusal(
    90002,
    "invalid_request",
    "Tenant '{0}' not found. Check to make sure you have the correct tenant ID and are signing into"
    " the correct cloud. Check with your subscription administrator, this may happen if there are"
    " no active subscriptions for the tenant.",
)
no_tenant_named = Refusal(  # /common and /organizations issue no app-only token
    50059,
    "invalid_request",
    "No tenant-identifying information found in either the request or implied by any provided"
    " credentials.",
)
parameter_missing = Refusal(
    900144, "invalid_request", "The request body must contain the following parameter: '{0}'."
)
parameter_duplicated = Refusal(
    9000411,
    "invalid_request",
    "The request is not properly formatted. The parameter '{0}' is duplicated.",
)
method_not_accepted = Refusal(
    900561, "invalid_request", "The endpoint only accepts {0} requests. Received a {1} request."
)
grant_unsupported = Refusal(
    70003, "unsupported_grant_type", "The app requested an unsupported grant type '{0}'."
)
several_scopes = Refusal(
    70011,
    "invalid_scope",
    "The provided value for the input parameter 'scope' is not valid. The scope {0} is not valid.",
)
scope_without_default = Refusal(
    1002012,
    "invalid_scope",
    "The provided value for scope {0} is not valid. Client credential flows must have a scope value"
    " with /.default suffixed to the resource identifier (application ID URI).",
)

# The client

client_not_found = Refusal(
    700016,
    "unauthorized_client",
    "Application with identifier '{0}' was not found in the directory '{1}'. This can happen if the"
    " application has not been installed by the administrator of the tenant or consented to by any"
    " user in the tenant. You may have sent your authentication request to the wrong tenant.",
)
client_without_service_principal = Refusal(
    7000229,
    "unauthorized_client",
    "The client application {0} is missing service principal in the tenant {1}.",
)
client_disabled = Refusal(  # app id, name; reported by users (psoxy#74)
    7000112, "unauthorized_client", "Application '{0}'({1}) is disabled."
)
credential_missing = Refusal(
    7000216,
    "invalid_client",
    "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials'"
    " grant type.",
    401,
)
secret_invalid = Refusal(  # names the app and does not repeat the secret
    7000215,
    "invalid_client",
    "Invalid client secret provided. Ensure the secret being sent in the request is the client"
    " secret value, not the client secret ID, for a secret added to app '{0}'.",
    401,
)

# The resource

resource_not_found = Refusal(
    500011,
    "invalid_resource",
    "The resource principal named {0} was not found in the tenant named {1}. This can happen if the"
    " application has not been installed by the administrator of the tenant or consented to by any"
    " user in the tenant. You might have sent your authentication request to the wrong tenant.",
)
resource_disabled = Refusal(  # reported by users (AzureAD-Attack-Defense#43)
    500014,
    "invalid_resource",
    "The service principal for resource '{0}' is disabled. This indicate that a subscription within"
    " the tenant has lapsed, or that the administrator for this tenant has disabled the"
    " application, preventing tokens from being issued for it.",
)
not_assigned = Refusal(  # two public logs, one of April 2026, show invalid_grant with this wording
    501051,
    "invalid_grant",
    "Application '{0}'({1}) is not assigned to a role for the application '{2}'({3}).",
)
