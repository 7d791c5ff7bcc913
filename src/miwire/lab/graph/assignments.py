"""App role assignments, seen from the resource (appRoleAssignedTo) or from the one who holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.lab.graph import errors
from miwire.lab.graph.objects import new_assignment
from miwire.lab.graph.properties import is_guid
from miwire.lab.graph.query import entity, listed
from miwire.lab.graph.request import ASSIGN, READ, GraphResponse, Key
from miwire.lab.graph.service_principals import principal_of, seen_principal
from miwire.lab.state import replication

if TYPE_CHECKING:
    from miwire.lab.documents import Document
    from miwire.lab.graph.request import GraphRequest, Target
    from miwire.lab.state.tenant import Tenant

DEFAULT_ROLE = "00000000-0000-0000-0000-000000000000"
SIDES = {"approleassignedto": "resourceId", "approleassignments": "principalId"}
"""Which member of an assignment is the object on whose path it is addressed."""
_NAMES = {"approleassignedto": "appRoleAssignedTo", "approleassignments": "appRoleAssignments"}
_MEMBERS = ("appRoleId", "principalId", "resourceId")
_EXISTS = {
    "permission": errors.permission_exists,
    "entitlementGrant": errors.grant_exists,
    "entitlementGrant409": errors.grant_exists_conflict,
}
"""What Graph says to an assignment that is there already, by the fault assignmentErrors."""
_FILTERABLE = frozenset(
    {"appRoleId", "principalDisplayName", "principalId", "principalType", "resourceId"}
)


def answer(tenant: Tenant, request: GraphRequest, target: Target, key: Key) -> GraphResponse:
    """Answer a request to the assignments of the service principal *key*; raises GraphError."""
    request.demand(*([READ] if request.method == "GET" else [READ, ASSIGN]))
    owner, side = seen_principal(tenant, key), SIDES[target.navigation]
    held = [each for each in tenant.assignments.values() if each[side] == owner["id"]]
    metadata = f"{tenant.addresses.graph}/v1.0/$metadata"
    context = f"{metadata}#servicePrincipals('{owner['id']}')/{_NAMES[target.navigation]}"
    match request.method, target.navigation_key:
        case "GET", "":
            return GraphResponse(200, listed(request, held, context, _FILTERABLE))
        case "POST", "":
            made = _assign(tenant, owner["id"], side, request.document())
            return GraphResponse(201, {"@odata.context": f"{context}/$entity", **made})
        case "GET", wanted:
            return GraphResponse(200, entity(request, _one(held, wanted), context))
        case "DELETE", wanted if wanted:
            seen = replication.directory(tenant).assignments
            if wanted not in {each["id"] for each in held if each["id"] in seen}:
                raise _missing(tenant, wanted)
            del tenant.assignments[wanted]
            return GraphResponse(204)
        case _:
            raise errors.method_not_allowed()


def _assign(tenant: Tenant, owner_id: str, side: str, body: Document) -> Document:
    """Make and keep the assignment that *body* describes."""
    for name in body:
        if name not in _MEMBERS:
            raise errors.bad_request(f"Invalid property '{name}'.")
    ids = {name: body.get(name) for name in _MEMBERS}
    for name, value in ids.items():
        if value is None:
            raise errors.value_required(name, "AppRoleAssignment")
        if not is_guid(value):
            raise errors.invalid_value(name, "AppRoleAssignment")
    role_id, principal_id, resource_id = (str(value).lower() for value in ids.values())
    if owner_id != (resource_id if side == "resourceId" else principal_id):
        raise errors.bad_request("Not a valid reference update.")
    principal = principal_of(tenant, Key("id", principal_id))
    resource = principal_of(tenant, Key("id", resource_id))
    seen = replication.directory(tenant).service_principals
    if not {principal_id, resource_id} <= seen.keys():
        raise errors.bad_request("Not a valid reference update.")
    _check_role(seen[resource_id], role_id)
    _check_role(resource, role_id)
    for other in tenant.assignments.values():
        if (other["appRoleId"], other["principalId"], other["resourceId"]) == (
            role_id,
            principal_id,
            resource_id,
        ):
            raise _existing(tenant)
    assignment = new_assignment(tenant, principal, resource, role_id)
    tenant.assignments[assignment["id"]] = assignment
    return assignment


def _check_role(resource: Document, role_id: str) -> None:
    """
    Raise GraphError unless an application may be given the role.

    Default access, the role of zeros, exists only where the resource has no role for applications.
    """
    roles = {
        role["id"]
        for role in resource["appRoles"]
        if role["isEnabled"] and "Application" in role["allowedMemberTypes"]
    } or {DEFAULT_ROLE}
    if role_id not in roles:
        raise errors.bad_request(
            f"Permission being assigned was not found on application '{resource['appId']}'."
        )


def _existing(tenant: Tenant) -> errors.GraphError:
    return _EXISTS[tenant.faults.assignment_errors]()


def _missing(tenant: Tenant, wanted: str) -> errors.GraphError:
    older = tenant.faults.assignment_errors == "permission"
    return errors.not_found(wanted) if older else errors.grant_not_found()


def _one(held: list[Document], wanted: str) -> Document:
    found = next((each for each in held if each["id"] == wanted), None)
    if found is None:
        raise errors.not_found(wanted)
    return found
