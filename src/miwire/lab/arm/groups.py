"""ARM's resource groups. Here a group is where a resource is: none is made on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.lab.arm import errors
from miwire.lab.arm.paging import page
from miwire.lab.arm.request import ArmResponse
from miwire.lab.arm.site_document import LOCATION

if TYPE_CHECKING:
    from miwire.lab.arm.request import ArmRequest
    from miwire.lab.documents import Document
    from miwire.lab.state.tenant import Tenant

_READ = "Microsoft.Resources/subscriptions/resourceGroups/read"
_NAME = 4
"""Which segment of a resource id, split at slashes, is the name of the group."""


def listed(request: ArmRequest) -> ArmResponse:
    """List the groups of the subscription in the path, by name."""
    if request.method != "GET":
        raise request.refused_method()
    request.demand(_READ, request.scope(2))
    value, next_link = page(request, _groups(request.tenant, request.folded[1]))
    return ArmResponse(200, {"value": value} | ({"nextLink": next_link} if next_link else {}))


def answer(request: ArmRequest, name: str) -> ArmResponse:
    """Return the group (GET), or say without a body whether there is one (HEAD: 204, 404)."""
    if request.method not in {"GET", "HEAD"}:
        raise request.refused_method()
    request.demand(_READ, request.path)
    groups = _groups(request.tenant, request.folded[1])
    found = [each for each in groups if each["name"].lower() == name.lower()]
    if request.method == "HEAD":
        return ArmResponse(204 if found else 404, None)
    if not found:
        raise errors.group_not_found(name)
    return ArmResponse(200, found[0])


def demand_group(request: ArmRequest, name: str) -> None:
    """Raise ArmError (404) unless the subscription in the path has the group *name*."""
    names = {each["name"].lower() for each in _groups(request.tenant, request.folded[1])}
    if name.lower() not in names:
        raise errors.group_not_found(name)


def _groups(tenant: Tenant, subscription_id: str) -> list[Document]:
    ids = [site.id for site in tenant.sites.values()]
    ids += [each["id"] for each in tenant.user_assigned_identities.values()]
    names: dict[str, str] = {}
    for each in ids:
        parts = each.split("/")
        if parts[2].lower() == subscription_id.lower():
            names.setdefault(parts[_NAME].lower(), parts[_NAME])
    return [_group(subscription_id, names[key]) for key in sorted(names)]


def _group(subscription_id: str, name: str) -> Document:
    return {
        "id": f"/subscriptions/{subscription_id}/resourceGroups/{name}",
        "name": name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": LOCATION.replace(" ", "").lower(),
        "properties": {"provisioningState": "Succeeded"},
    }
