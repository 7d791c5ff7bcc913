"""Graph's /applications: reading, creating, changing, upserting and deleting registrations."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from miwire.lab.graph import errors
from miwire.lab.graph.deleted_items import delete_application
from miwire.lab.graph.objects import mirror, new_application
from miwire.lab.graph.properties import (
    app_role,
    check_application,
    check_fixed,
    check_shape,
    merged,
)
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
        "appId",
        "applicationTemplateId",
        "certification",
        "createdDateTime",
        "deletedDateTime",
        "disabledByMicrosoftStatus",
        "publisherDomain",
        "verifiedPublisher",
    }
)
_FILTERABLE = frozenset(
    {
        "id",
        "appId",
        "createdDateTime",
        "displayName",
        "identifierUris",
        "publisherDomain",
        "signInAudience",
        "tags",
        "uniqueName",
    }
)


def answer(tenant: Tenant, request: GraphRequest, key: Key | None) -> GraphResponse:
    """Answer a request to /applications, or to the one that *key* names; raises GraphError."""
    request.demand(READ if request.method == "GET" else WRITE)
    match request.method, key:
        case "GET", None:
            found = tenant.applications.values()
            return GraphResponse(200, listed(request, found, _context(tenant), _FILTERABLE))
        case "POST", None:
            return _create(tenant, request.document())
        case "GET", Key():
            return GraphResponse(
                200, entity(request, application_of(tenant, key), _context(tenant))
            )
        case "PATCH", Key("uniqueName", _) if request.creates_if_missing:
            return _upsert(tenant, request.document(), key)
        case "PATCH", Key():
            return _change(tenant, _seen(tenant, key), request.document())
        case "DELETE", Key():
            delete_application(tenant, _seen(tenant, key))
            return GraphResponse(204)
        case _:
            raise errors.method_not_allowed()


def application_of(tenant: Tenant, key: Key) -> Document:
    """Return the application that *key* names; raises GraphError (404) without one."""
    application = _found(tenant, key)
    if application is None:
        raise errors.not_found(key.value)
    return application


def _create(tenant: Tenant, body: Document) -> GraphResponse:
    audience = body.get("signInAudience")
    blank = new_application(tenant, audience if isinstance(audience, str) else None)
    check_fixed("Application", body, blank, _FIXED)
    application = _result(tenant, blank, body)
    check_application(tenant, None, application)
    tenant.applications[application["id"]] = application
    location = (
        f"{tenant.addresses.graph}/v2/{tenant.tenant_id}/directoryObjects/{application['id']}"
        "/Microsoft.DirectoryServices.Application"
    )
    content = {"@odata.context": f"{_context(tenant)}/$entity", **application}
    return GraphResponse(201, content, {"Location": location})


def _change(tenant: Tenant, application: Document, body: Document) -> GraphResponse:
    before = deepcopy(application)
    check_fixed("Application", body, before, _FIXED)
    after = _result(tenant, before, body)
    check_application(tenant, before, after)
    application.update(after)
    principal = tenant.service_principal_of(application["appId"])
    if principal is not None:
        mirror(application, principal)
    return GraphResponse(204)


def _result(tenant: Tenant, before: Document, body: Document) -> Document:
    """Return what *before* becomes by *body*, if that has the right shape."""
    template = new_application(tenant, None) | {"displayName": "", "uniqueName": None}
    check_shape("Application", body, template)
    after = merged(before, body)
    return after | {"appRoles": [app_role(role) for role in after["appRoles"]]}


def _upsert(tenant: Tenant, body: Document, key: Key) -> GraphResponse:
    if body.get("uniqueName", key.value) != key.value:
        raise errors.bad_request("Updates to property 'uniqueName' are not allowed.")
    existing = _found(tenant, key)
    if existing is not None:
        return _change(tenant, existing, body)
    return _create(tenant, body | {"uniqueName": key.value})


def _found(tenant: Tenant, key: Key) -> Document | None:
    if key.name not in {"id", "appId", "uniqueName"}:
        raise errors.no_segment(f"applications({key.name}='{key.value}')")
    wanted = key.value if key.name == "uniqueName" else key.value.lower()
    return next((a for a in tenant.applications.values() if a.get(key.name) == wanted), None)


def _seen(tenant: Tenant, key: Key) -> Document:
    """Return the application to be written; raises GraphError where no replica knows it yet."""
    application_of(replication.directory(tenant), key)
    return application_of(tenant, key)


def _context(tenant: Tenant) -> str:
    return f"{tenant.addresses.graph}/v1.0/$metadata#applications"
