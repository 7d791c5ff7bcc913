"""What Graph refuses in its words of today: assignments twice, values of app roles, batches."""

import pytest

from miwire.lab.documents import new_id
from miwire.lab.faults.config import FaultConfig

ROLE = "99999999-9999-4999-8999-999999999999"
EXISTS = "EntitlementGrant entry already exists."


def role(**changes):
    return {
        "id": ROLE,
        "allowedMemberTypes": ["Application"],
        "displayName": "Caller",
        "description": "May call",
        "value": "Caller",
    } | changes


def scope(value, scope_id=None):
    return {"id": scope_id or new_id(), "type": "User", "isEnabled": True, "value": value}


def create(directory, roles, scopes=()):
    body = {"displayName": "integration", "signInAudience": "AzureADMyOrg", "appRoles": roles}
    return directory.post("/applications", json=body | {"api": _api(scopes)})


def _api(scopes):
    return {"oauth2PermissionScopes": list(scopes)}


def error_of(response):
    error = response.json()["error"]
    return response.status_code, error["code"], error["message"]


@pytest.fixture
def assign(azure, directory):
    """Posts the same assignment each time it is called."""
    application = create(directory, [role()]).json()
    resource = directory.post("/servicePrincipals", json={"appId": application["appId"]}).json()
    path = f"/servicePrincipals/{resource['id']}/appRoleAssignedTo"
    body = {"principalId": azure.caller["id"], "resourceId": resource["id"], "appRoleId": ROLE}
    yield lambda: directory.post(path, json=body)
    azure.tenant.faults = FaultConfig()


@pytest.mark.parametrize(
    ("switch", "expected"),
    [
        (
            "permission",
            (400, "Request_BadRequest", "Permission being assigned already exists on the object"),
        ),
        ("entitlementGrant", (400, "Request_MultipleObjectsWithSameKeyValue", EXISTS)),
        ("entitlementGrant409", (409, "Request_MultipleObjectsWithSameKeyValue", EXISTS)),
    ],
)
def test_an_assignment_that_is_there_is_refused_as_the_switch_says(azure, assign, switch, expected):
    assert 201 == assign().status_code
    azure.tenant.faults = FaultConfig.of({"assignmentErrors": switch})

    assert expected == error_of(assign())
    assert 1 == len(azure.tenant.assignments)


@pytest.mark.parametrize(
    ("switch", "expected"),
    [
        ("permission", (404, "Request_ResourceNotFound")),
        ("entitlementGrant", (400, "Request_BadRequest")),
        ("entitlementGrant409", (400, "Request_BadRequest")),
    ],
)
def test_an_assignment_that_is_gone_is_refused_as_the_switch_says(
    azure, directory, assign, switch, expected
):
    made = assign().json()
    path = f"/servicePrincipals/{made['resourceId']}/appRoleAssignedTo/{made['id']}"
    assert 204 == directory.delete(path).status_code
    azure.tenant.faults = FaultConfig.of({"assignmentErrors": switch})
    refused = error_of(directory.delete(path))

    assert expected == refused[:2]
    says = "EntitlementGrant being updated or deleted is not found." == refused[2]
    assert says == (expected[0] == 400)


def test_a_scope_and_a_role_do_not_share_a_value(directory):
    response = create(directory, [role()], [scope("Caller")])

    assert (400, "DuplicateValue") == error_of(response)[:2]
    assert "appRoles" == response.json()["error"]["details"][0]["target"]


def test_a_role_is_not_added_whose_value_a_scope_has(directory):
    application = create(directory, [], [scope("Caller")]).json()
    path = f"/applications/{application['id']}"

    assert (400, "DuplicateValue") == error_of(directory.patch(path, json={"appRoles": [role()]}))[
        :2
    ]
    assert [] == directory.get(path).json()["appRoles"]


@pytest.mark.parametrize(("value", "status"), [("Caller", 201), ("Other", 400)])
def test_a_scope_with_the_id_of_a_role_has_its_value(directory, value, status):
    assert status == create(directory, [role()], [scope(value, ROLE)]).status_code


def test_user_is_no_value_of_an_app_role_unless_the_switch_says_so(azure, directory):
    refused = create(directory, [role(value="User")])
    azure.tenant.faults = FaultConfig.of({"refuseRoleValueUser": False})
    taken = create(directory, [role(value="User")])
    azure.tenant.faults = FaultConfig()

    assert (400, "Request_BadRequest") == error_of(refused)[:2]
    assert 201 == taken.status_code


@pytest.mark.parametrize(("origin", "status"), [("Application", 201), ("ServicePrincipal", 400)])
def test_the_origin_of_an_app_role_is_not_changed(directory, origin, status):
    assert status == create(directory, [role(origin=origin)]).status_code


def test_a_batch_of_more_than_twenty_requests_is_refused_whole(directory):
    body = {
        "requests": [
            {"id": str(number), "method": "GET", "url": "/applications"} for number in range(21)
        ]
    }
    status, code, message = error_of(directory.post("/$batch", json=body))

    assert (400, "BadRequest") == (status, code)
    assert "20" in message
