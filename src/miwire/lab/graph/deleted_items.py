"""
Graph's /directory/deletedItems: what was deleted in the last 30 days, restoring and purging.

An application takes its service principal with it, but does not bring it back when it is restored:
the service principal must be restored, too (documentation of directory-deleteditems-restore).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.lab.graph import errors
from miwire.lab.graph.objects import precise_time
from miwire.lab.graph.query import entity, listed
from miwire.lab.graph.request import READ, WRITE, GraphResponse
from miwire.lab.state.tenant import Deleted

if TYPE_CHECKING:
    from miwire.lab.documents import Document
    from miwire.lab.graph.request import GraphRequest
    from miwire.lab.state.tenant import Tenant

_KINDS = {
    "microsoft.graph.application": "application",
    "microsoft.graph.serviceprincipal": "servicePrincipal",
}
_FILTERABLE = frozenset({"id", "appId", "displayName", "deletedDateTime"})


def delete_application(tenant: Tenant, application: Document) -> None:
    """Move an application, and with it the tenant's service principal, to the deleted items."""
    principal = tenant.service_principal_of(application["appId"])
    if principal is not None:
        delete_principal(tenant, principal)
    del tenant.applications[application["id"]]
    application["deletedDateTime"] = precise_time(tenant.clock)
    tenant.deleted[application["id"]] = Deleted("application", application)


def delete_principal(tenant: Tenant, principal: Document) -> None:
    """Move a service principal to the deleted items, with the assignments it gives or holds."""
    held = tenant.assignments_of(principal["id"])
    for assignment in held:
        del tenant.assignments[assignment["id"]]
    del tenant.service_principals[principal["id"]]
    principal["deletedDateTime"] = precise_time(tenant.clock)
    tenant.deleted[principal["id"]] = Deleted("servicePrincipal", principal, tuple(held))


def answer(tenant: Tenant, request: GraphRequest, wanted: str, verb: str) -> GraphResponse:
    """
    Answer a request to the deleted item *wanted*, or to all of the type that it names.

    *verb* is what follows in the path, "" or "restore". Raises GraphError.
    """
    request.demand(READ if request.method == "GET" else WRITE)
    match request.method, verb:
        case "GET", "" if wanted.lower() in _KINDS:
            return _list(tenant, request, _KINDS[wanted.lower()])
        case "GET", "":
            found = _one(tenant, wanted).document
            return GraphResponse(200, entity(request, found, _context(tenant)))
        case "DELETE", "":
            _purge(tenant, _one(tenant, wanted))
            return GraphResponse(204)
        case "POST", "restore":
            restored = _restore(tenant, _one(tenant, wanted))
            return GraphResponse(200, entity(request, restored, _context(tenant)))
        case _, "" | "restore":
            raise errors.method_not_allowed()
        case _:
            raise errors.no_segment(verb)


def _list(tenant: Tenant, request: GraphRequest, kind: str) -> GraphResponse:
    found = [each.document for each in tenant.deleted.values() if each.kind == kind]
    context = f"{tenant.addresses.graph}/v1.0/$metadata#{kind}s"
    return GraphResponse(200, listed(request, found, context, _FILTERABLE))


def _restore(tenant: Tenant, deleted: Deleted) -> Document:
    """Put an item back; raises GraphError where something else stands in its place."""
    document = deleted.document
    if deleted.kind == "application":
        tenant.applications[document["id"]] = document
    else:
        if tenant.application_of(document["appId"]) is None:
            raise errors.no_backing_application(document["appId"])
        if tenant.service_principal_of(document["appId"]) is not None:
            raise errors.principal_exists(document["appId"])
        tenant.service_principals[document["id"]] = document
        for each in deleted.assignments:
            if {each["principalId"], each["resourceId"]} <= tenant.service_principals.keys():
                tenant.assignments[each["id"]] = each
    del tenant.deleted[document["id"]]
    document["deletedDateTime"] = None
    return document


def _purge(tenant: Tenant, deleted: Deleted) -> None:
    """Forget an item for good; with an application goes its deleted service principal."""
    del tenant.deleted[deleted.document["id"]]
    if deleted.kind == "application":
        tenant.client_secrets.pop(deleted.document["appId"], None)
        for key, each in list(tenant.deleted.items()):
            if each.document["appId"] == deleted.document["appId"]:
                del tenant.deleted[key]


def _one(tenant: Tenant, wanted: str) -> Deleted:
    found = tenant.deleted.get(wanted.lower())
    if found is None:
        raise errors.not_found(wanted)
    return found


def _context(tenant: Tenant) -> str:
    return f"{tenant.addresses.graph}/v1.0/$metadata#directoryObjects"
