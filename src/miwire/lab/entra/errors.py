"""What Entra ID answers when it refuses: OAuth error bodies with AADSTS codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.lab.documents import new_id

if TYPE_CHECKING:
    from datetime import datetime

    from miwire.lab.documents import Document
    from miwire.lab.state.tenant import Tenant


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

        The parts of the description are joined by spaces as in logs of 2026; the older
        documentation has line breaks (FACTS 3.1).
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


def tenant_not_found(name: str) -> AadError:
    """Say that the authority names a tenant that does not exist."""
    return AadError(
        90002,
        "invalid_request",
        f"Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are"
        " signing into the correct cloud. Check with your subscription administrator, this may"
        " happen if there are no active subscriptions for the tenant.",
    )


def no_tenant_named() -> AadError:
    """Say that /common and /organizations issue no app-only token."""
    return AadError(
        50059,
        "invalid_request",
        "No tenant-identifying information found in either the request or implied by any provided"
        " credentials.",
    )


def parameter_missing(name: str) -> AadError:
    """Say that the form lacks a parameter."""
    return AadError(
        900144,
        "invalid_request",
        f"The request body must contain the following parameter: '{name}'.",
    )


def parameter_duplicated(name: str) -> AadError:
    """Say that the form has a parameter twice."""
    return AadError(
        9000411,
        "invalid_request",
        f"The request is not properly formatted. The parameter '{name}' is duplicated.",
    )


def method_not_accepted(method: str) -> AadError:
    """Say that an endpoint is asked with another HTTP method than it serves."""
    served = "POST" if method == "GET" else "GET, OPTIONS"
    return AadError(
        900561,
        "invalid_request",
        f"The endpoint only accepts {served} requests. Received a {method} request.",
    )


def grant_unsupported(grant_type: str) -> AadError:
    """Say that this is not a grant of this service."""
    return AadError(
        70003,
        "unsupported_grant_type",
        f"The app requested an unsupported grant type '{grant_type}'.",
    )


def client_not_found(tenant: Tenant, client_id: str) -> AadError:
    """Say that no application of this tenant has the client id."""
    return AadError(
        700016,
        "unauthorized_client",
        f"Application with identifier '{client_id}' was not found in the directory"
        f" '{tenant.tenant_id}'. This can happen if the application has not been installed by the"
        " administrator of the tenant or consented to by any user in the tenant. You may have sent"
        " your authentication request to the wrong tenant.",
    )


def client_without_service_principal(tenant: Tenant, client_id: str) -> AadError:
    """Say that the client is registered but has no service principal."""
    return AadError(
        7000229,
        "unauthorized_client",
        f"The client application {client_id} is missing service principal in the tenant"
        f" {tenant.tenant_id}.",
    )


def client_disabled(client: Document) -> AadError:
    """Say that the client's service principal has accountEnabled false."""
    return AadError(
        7000112,
        "unauthorized_client",
        f"Application '{client['appId']}'({client['displayName']}) is disabled.",
    )


def credential_missing() -> AadError:
    """Say that the client did not prove who it is."""
    return AadError(
        7000216,
        "invalid_client",
        "'client_assertion', 'client_secret' or 'request' is required for the"
        " 'client_credentials' grant type.",
        status=401,
    )


def secret_invalid(client_id: str) -> AadError:
    """Say that the client secret is wrong, without repeating it."""
    return AadError(
        7000215,
        "invalid_client",
        "Invalid client secret provided. Ensure the secret being sent in the request is the client"
        f" secret value, not the client secret ID, for a secret added to app '{client_id}'.",
        status=401,
    )


def several_scopes(scope: str) -> AadError:
    """Say that scope holds more than one value."""
    return AadError(
        70011,
        "invalid_scope",
        "The provided value for the input parameter 'scope' is not valid."
        f" The scope {scope} is not valid.",
    )


def scope_without_default(scope: str) -> AadError:
    """Say that scope does not end in /.default."""
    return AadError(
        1002012,
        "invalid_scope",
        f"The provided value for scope {scope} is not valid. Client credential flows must have a"
        " scope value with /.default suffixed to the resource identifier (application ID URI).",
    )


def resource_not_found(tenant: Tenant, resource: str) -> AadError:
    """Say that nothing in the tenant has this name, or that it has no service principal."""
    return AadError(
        500011,
        "invalid_resource",
        f"The resource principal named {resource} was not found in the tenant named"
        f" {tenant.tenant_id}. This can happen if the application has not been installed by the"
        " administrator of the tenant or consented to by any user in the tenant. You might have"
        " sent your authentication request to the wrong tenant.",
    )


def resource_disabled(resource: str) -> AadError:
    """Say that the resource's service principal has accountEnabled false."""
    return AadError(
        500014,
        "invalid_resource",
        f"The service principal for resource '{resource}' is disabled. This indicate that a"
        " subscription within the tenant has lapsed, or that the administrator for this tenant has"
        " disabled the application, preventing tokens from being issued for it.",
    )


def not_assigned(client: Document, requested: str, resource: Document) -> AadError:
    """
    Say that the resource demands an app role assignment, and that the client has none.

    Two public logs, one of April 2026, show invalid_grant with this wording.
    """
    return AadError(
        501051,
        "invalid_grant",
        f"Application '{client['appId']}'({client['displayName']}) is not assigned to a role for"
        f" the application '{requested}'({resource['displayName']}).",
    )
