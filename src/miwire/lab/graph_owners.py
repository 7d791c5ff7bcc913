"""Owners of registrations and service principals: here nobody owns anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.lab.graph import errors as graph_errors
from miwire.lab.graph.applications import application_of
from miwire.lab.graph.query import listed
from miwire.lab.graph.request import READ, GraphResponse
from miwire.lab.graph.service_principals import principal_of

if TYPE_CHECKING:
    from miwire.lab.graph.request import GraphRequest, Key
    from miwire.lab.state.tenant import Tenant

_OF = {"applications": application_of, "serviceprincipals": principal_of}
COLLECTIONS = frozenset(_OF)


def answer(tenant: Tenant, request: GraphRequest, collection: str, key: Key) -> GraphResponse:
    """List the owners of the object *key* in one of COLLECTIONS; raises GraphError."""
    request.demand(READ)
    _OF[collection](tenant, key)
    if request.method != "GET":
        raise graph_errors.method_not_allowed()
    context = f"{tenant.addresses.graph}/v1.0/$metadata#directoryObjects"
    return GraphResponse(200, listed(request, [], context, frozenset({"id"})))
