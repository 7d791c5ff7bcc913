"""Graph's /servicePrincipals: instances of applications, and the managed identities."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from miwire.lab.graph import errors
from miwire.lab.graph.deleted_items import delete_principal
from miwire.lab.graph.objects import blank_service_principal, new_service_principal
from miwire.lab.graph.properties import check_fixed, check_shape, is_guid, merged
from miwire.lab.graph.query import entity, listed
from miwire.lab.graph.request import READ, WRITE, GraphResponse, Key
from miwire.lab.state import replication

if TYPE_CHECKING:
    from miwire.lab.documents import Document
    from miwire.lab.graph.request import GraphRequest
    from miwire.lab.state.tenant import Tenant

_FIXED = frozenset(
    {
        "id",
        "appDescription",
        "appDisplayName",
        "appId",
        "appOwnerOrganizationId",
        "applicationTemplateId",
        "createdDateTime",
        "deletedDateTime",
        "disabledByMicrosoftStatus",
        "oauth2PermissionScopes",
        "resourceSpecificApplicationPermissions",
        "servicePrincipalType",
        "signInAudience",
        "verifiedPublisher",
    }
)
_FILTERABLE = frozenset(
    {
        "id",
        "accountEnabled",
        "alternativeNames",
        "appId",
        "appOwnerOrganizationId",
        "createdDateTime",
        "displayName",
        "servicePrincipalNames",
        "servicePrincipalType",
        "tags",
    }
)


def answer(tenant: Tenant, request: GraphRequest, key: Key | None) -> GraphResponse:
    """Answer a request to /servicePrincipals, or to the one that *key* names; raises GraphError."""
    request.demand(READ if request.method == "GET" else WRITE)
    match request.method, key:
        case "GET", None:
            found = tenant.service_principals.values()
            return GraphResponse(200, listed(request, found, _context(tenant), _FILTERABLE))
        case "POST", None:
            return _create(tenant, request.document())
        case "GET", Key():
            principal = principal_of(tenant, key)
            return GraphResponse(200, entity(request, principal, _context(tenant)))
        case "PATCH", Key("appId", _) if request.creates_if_missing:
            return _upsert(tenant, request.document(), key)
        case "PATCH", Key():
            return _change(tenant, seen_principal(tenant, key), request.document())
        case "DELETE", Key():
            principal = seen_principal(tenant, key)
            if principal["servicePrincipalType"] == "ManagedIdentity":
                # Its life is ARM's business: it goes when the site's identity is turned off.
                raise errors.denied()
            delete_principal(tenant, principal)
            return GraphResponse(204)
        case _:
            raise errors.method_not_allowed()


def principal_of(tenant: Tenant, key: Key) -> Document:
    """Return the service principal that *key* names; raises GraphError (404) without one."""
    principal = _found(tenant, key)
    if principal is None:
        raise errors.not_found(key.value)
    return principal


def seen_principal(tenant: Tenant, key: Key) -> Document:
    """Return the one to be written; raises GraphError (404) where no replica knows it yet."""
    principal_of(replication.directory(tenant), key)
    return principal_of(tenant, key)


def _create(tenant: Tenant, body: Document) -> GraphResponse:
    app_id = body.get("appId")
    if not app_id:
        raise errors.value_required("appId", "ServicePrincipal")
    if not is_guid(app_id):
        raise errors.invalid_value("appId", "ServicePrincipal")
    app_id = app_id.lower()
    if tenant.service_principal_of(app_id) is not None:
        raise errors.principal_exists(app_id)
    application = tenant.application_of(app_id)
    if application is None or replication.directory(tenant).application_of(app_id) is None:
        raise errors.no_backing_application(app_id)
    blank = new_service_principal(tenant, application)
    body = body | {"appId": app_id}
    principal = _result(tenant, blank, body)
    tenant.service_principals[principal["id"]] = principal
    location = (
        f"{tenant.addresses.graph}/v2/{tenant.tenant_id}/directoryObjects/{principal['id']}"
        "/Microsoft.DirectoryServices.ServicePrincipal"
    )
    content = {"@odata.context": f"{_context(tenant)}/$entity", **principal}
    return GraphResponse(201, content, {"Location": location})


def _change(tenant: Tenant, principal: Document, body: Document) -> GraphResponse:
    principal.update(_result(tenant, principal, body))
    return GraphResponse(204)


def _result(tenant: Tenant, before: Document, body: Document) -> Document:
    """Return what *before* becomes by *body*, if that is allowed and has the right shape."""
    template = blank_service_principal(tenant, before["appId"]) | {"displayName": ""}
    check_fixed("ServicePrincipal", body, before, _FIXED)
    check_shape("ServicePrincipal", body, template)
    return merged(deepcopy(before), body)


def _upsert(tenant: Tenant, body: Document, key: Key) -> GraphResponse:
    existing = _found(tenant, key)
    if existing is not None:
        return _change(tenant, existing, body)
    return _create(tenant, {"appId": key.value} | body)


def _found(tenant: Tenant, key: Key) -> Document | None:
    if key.name not in {"id", "appId"}:
        raise errors.no_segment(f"servicePrincipals({key.name}='{key.value}')")
    principals = tenant.service_principals.values()
    return next((p for p in principals if p[key.name] == key.value.lower()), None)


def _context(tenant: Tenant) -> str:
    return f"{tenant.addresses.graph}/v1.0/$metadata#servicePrincipals"
