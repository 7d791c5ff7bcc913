"""Issuing an app-only token: which resource is meant, and whether the client may have one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.lab.documents import ARM_APP_ID, GRAPH_APP_ID
from miwire.lab.entra import errors
from miwire.lab.entra.tokens import app_only_claims, signed

if TYPE_CHECKING:
    from miwire.lab.documents import Document
    from miwire.lab.state.tenant import Tenant

_SLASHES = ("", "/", "//")
"""Azure CLI asks for its ARM audience with up to two trailing slashes."""


def issue(tenant: Tenant, client: Document, requested: str, lifetime: int) -> tuple[str, int]:
    """
    Issue a token to *client*, a service principal, for the resource it *requested*.

    *requested* is an identifier URI, a client id or a first-party URL, as the client wrote it;
    *lifetime* is in seconds. Returns the token and when it expires, in seconds since the epoch.
    Raises AadError where Entra ID refuses: client or resource disabled, resource unknown, or an
    assignment is required and the client has none.
    """
    if not client["accountEnabled"]:
        raise errors.client_disabled(client["appId"], client["displayName"])
    resource = _resource(tenant, requested)
    if resource is None:
        raise errors.resource_not_found(requested, tenant.tenant_id)
    if not resource["accountEnabled"]:
        raise errors.resource_disabled(requested)
    required = resource["appRoleAssignmentRequired"]
    if required and not tenant.is_assigned(client["id"], resource["id"]):
        names = client["appId"], client["displayName"], requested, resource["displayName"]
        raise errors.not_assigned(*names)
    claims = app_only_claims(tenant, client, resource, requested, lifetime)
    return signed(tenant, claims), int(claims["exp"])


def _resource(tenant: Tenant, requested: str) -> Document | None:
    """
    Return the service principal that a client means by *requested*.

    Entra ID compares without regard to case and overlooks one trailing slash, while a v1
    audience repeats the request letter by letter: App Service then rejects it.
    """
    first_party = _first_party(tenant, requested)
    if first_party is not None:
        return tenant.service_principal_of(first_party)
    wanted = requested.removesuffix("/").lower()
    app_ids = [
        application["appId"]
        for application in tenant.applications.values()
        if wanted in {_plain(uri) for uri in application["identifierUris"]}
    ]
    return next(
        (
            principal
            for principal in tenant.service_principals.values()
            if principal["appId"] in {wanted, *app_ids}
            or wanted in {_plain(name) for name in principal["servicePrincipalNames"]}
        ),
        None,
    )


def _plain(name: str) -> str:
    return name.removesuffix("/").lower()


def _first_party(tenant: Tenant, requested: str) -> str | None:
    """Return the client id of Graph or ARM if *requested* is one of their URLs."""
    urls = {
        tenant.addresses.graph: GRAPH_APP_ID,
        "https://graph.microsoft.com": GRAPH_APP_ID,
        tenant.addresses.arm: ARM_APP_ID,
        "https://management.azure.com": ARM_APP_ID,
        "https://management.core.windows.net": ARM_APP_ID,
    }
    lowered = requested.lower()
    return next(
        (app_id for url, app_id in urls.items() for end in _SLASHES if lowered == url + end), None
    )
