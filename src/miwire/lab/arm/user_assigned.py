"""ARM's Microsoft.ManagedIdentity/userAssignedIdentities."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from miwire.lab.arm import errors, groups, managed_identities
from miwire.lab.arm.paging import page
from miwire.lab.arm.request import ArmResponse, inner

if TYPE_CHECKING:
    from miwire.lab.arm.request import ArmRequest
    from miwire.lab.documents import Document

_KIND = "Microsoft.ManagedIdentity/userAssignedIdentities"


def listed(request: ArmRequest, group: str | None) -> ArmResponse:
    """List the identities of the subscription in the path, or of one of its groups."""
    if request.method != "GET":
        raise request.refused_method()
    request.demand(f"{_KIND}/read", request.scope(4 if group else 2))
    prefix = f"/subscriptions/{request.folded[1]}/"
    if group is not None:
        groups.demand_group(request, group)
        prefix += f"resourcegroups/{group.lower()}/"
    identities = request.tenant.user_assigned_identities
    found = [each for key, each in identities.items() if key.startswith(prefix)]
    value, next_link = page(request, found)
    return ArmResponse(200, {"value": value} | ({"nextLink": next_link} if next_link else {}))


def answer(request: ArmRequest, group: str, name: str) -> ArmResponse:
    """Read (GET), make or tag (PUT), or delete an identity; raises ArmError."""
    found = request.tenant.user_assigned_identities.get(request.path.lower())
    match request.method:
        case "GET":
            request.demand(f"{_KIND}/read", request.path)
            if found is None:
                groups.demand_group(request, group)
                raise errors.resource_not_found(_KIND, name, group)
            return ArmResponse(200, found)
        case "PUT":
            request.demand(f"{_KIND}/write", request.path)
            groups.demand_group(request, group)
            return _put(request, found)
        case "DELETE":
            request.demand(f"{_KIND}/delete", request.path)
            if found is None:
                return ArmResponse(204, None)
            managed_identities.delete_user_assigned(request.tenant, found)
            return ArmResponse(200, None)
        case _:
            raise request.refused_method()


def _put(request: ArmRequest, found: Document | None) -> ArmResponse:
    body = request.document()
    if not isinstance(body.get("location"), str):
        raise errors.location_required()
    tags = inner(body, "tags")
    if found is not None:
        found["tags"] = tags
        return ArmResponse(200, found)
    made = managed_identities.new_user_assigned(
        request.tenant, request.path, body["location"], tags
    )
    return ArmResponse(201, made, {"Location": quote(made["id"])})
