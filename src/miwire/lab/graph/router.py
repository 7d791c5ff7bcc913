"""Which part of the directory answers a request to Graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.lab import graph_owners
from miwire.lab.graph import applications as graph_applications
from miwire.lab.graph import assignments as graph_assignments
from miwire.lab.graph import deleted_items as graph_deleted_items
from miwire.lab.graph import errors as graph_errors
from miwire.lab.graph import service_principals as graph_service_principals
from miwire.lab.state import replication
from miwire.lab.graph.request import Key, Target, target_of

if TYPE_CHECKING:
    from miwire.lab.graph.request import GraphRequest, GraphResponse
    from miwire.lab.state.tenant import Tenant


def answer(tenant: Tenant, request: GraphRequest) -> GraphResponse:
    """Answer one request; raises GraphError where Graph refuses. Reads are a replica's."""
    if request.method == "GET":
        tenant = replication.directory(tenant)
    match target_of(request.path):
        case Target("applications", key, ""):
            return graph_applications.answer(tenant, request, key)
        case Target("serviceprincipals", key, ""):
            return graph_service_principals.answer(tenant, request, key)
        case Target("serviceprincipals", Key() as key, navigation) as target if (
            navigation in graph_assignments.SIDES
        ):
            return graph_assignments.answer(tenant, request, target, key)
        case Target(collection, Key() as key, "owners", "") if (
            collection in graph_owners.COLLECTIONS
        ):
            return graph_owners.answer(tenant, request, collection, key)
        case Target("directory", Key("id", collection), wanted, verb) if (
            collection.lower() == "deleteditems" and wanted
        ):
            return graph_deleted_items.answer(tenant, request, wanted, verb.lower())
        case target:
            raise graph_errors.no_segment(target.navigation or target.collection)
