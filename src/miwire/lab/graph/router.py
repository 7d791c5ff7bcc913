"""Which part of the directory answers a request to Graph; it lists the owners itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.lab.graph import applications, assignments, deleted_items, errors, service_principals
from miwire.lab.graph.applications import application_of
from miwire.lab.graph.query import listed
from miwire.lab.graph.request import READ, GraphResponse, Key, Target, target_of
from miwire.lab.graph.service_principals import principal_of
from miwire.lab.state import replication

if TYPE_CHECKING:
    from miwire.lab.graph.request import GraphRequest
    from miwire.lab.state.tenant import Tenant

_OF = {"applications": application_of, "serviceprincipals": principal_of}
COLLECTIONS = frozenset(_OF)


def answer(tenant: Tenant, request: GraphRequest) -> GraphResponse:
    """Answer one request; raises GraphError where Graph refuses. Reads are a replica's."""
    if request.method == "GET":
        tenant = replication.directory(tenant)
    match target_of(request.path):
        case Target("applications", key, ""):
            return applications.answer(tenant, request, key)
        case Target("serviceprincipals", key, ""):
            return service_principals.answer(tenant, request, key)
        case Target("serviceprincipals", Key() as key, navigation) as target if (
            navigation in assignments.SIDES
        ):
            return assignments.answer(tenant, request, target, key)
        case Target(collection, Key() as key, "owners", "") if collection in COLLECTIONS:
            return owners_of(tenant, request, collection, key)
        case Target("directory", Key("id", collection), wanted, verb) if (
            collection.lower() == "deleteditems" and wanted
        ):
            return deleted_items.answer(tenant, request, wanted, verb.lower())
        case target:
            raise errors.no_segment(target.navigation or target.collection)


def owners_of(tenant: Tenant, request: GraphRequest, collection: str, key: Key) -> GraphResponse:
    """List the owners of the object *key* in one of COLLECTIONS; raises GraphError."""
    request.demand(READ)
    _OF[collection](tenant, key)
    if request.method != "GET":
        raise errors.method_not_allowed()
    context = f"{tenant.addresses.graph}/v1.0/$metadata#directoryObjects"
    return GraphResponse(200, listed(request, [], context, frozenset({"id"})))
