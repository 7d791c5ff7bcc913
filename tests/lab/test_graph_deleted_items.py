"""Deleted applications: reserved, restored and purged. And lists that need more than a page."""

import base64

import pytest

ITEMS = "/directory/deletedItems"
ORG = {"signInAudience": "AzureADMyOrg", "api": {"requestedAccessTokenVersion": 2}}


def made(directory, **members):
    response = directory.post("/applications", json={"displayName": "orders", **ORG, **members})
    assert 201 == response.status_code, response.text
    return response.json()


@pytest.fixture
def deleted(directory):
    """An application that was deleted with its service principal."""
    app = made(directory, uniqueName="orders-1", identifierUris=["api://orders"])
    assert 201 == directory.post("/servicePrincipals", json={"appId": app["appId"]}).status_code
    assert 204 == directory.delete(f"/applications/{app['id']}").status_code
    return app


def kinds(directory):
    """How many deleted applications and service principals there are."""
    return tuple(
        len(directory.get(f"{ITEMS}/microsoft.graph.{kind}").json()["value"])
        for kind in ("application", "servicePrincipal")
    )


def test_a_deleted_application_takes_its_service_principal_along(directory, deleted):
    found = directory.get(f"{ITEMS}/{deleted['id']}").json()

    assert (1, 1) == kinds(directory)
    assert deleted["appId"] == found["appId"]
    assert None is not found["deletedDateTime"]
    assert 404 == directory.get(f"/applications/{deleted['id']}").status_code
    assert 404 == directory.get(f"/servicePrincipals(appId='{deleted['appId']}')").status_code


def test_deleted_items_are_found_by_a_filter(directory, deleted):
    made_twice = made(directory, displayName="other")
    directory.delete(f"/applications/{made_twice['id']}")
    query = {"$filter": f"appId eq '{deleted['appId']}'", "$select": "id"}
    found = directory.get(f"{ITEMS}/microsoft.graph.application", params=query).json()["value"]

    assert [{"id": deleted["id"]}] == found


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ({"uniqueName": "orders-1"}, "uniqueName"),
        ({"identifierUris": ["api://orders"]}, "identifierUris"),
    ],
)
def test_names_stay_reserved_until_they_are_purged(directory, deleted, members, name):
    body = {"displayName": "new", **ORG, **members}
    refused = directory.post("/applications", json=body)
    directory.delete(f"{ITEMS}/{deleted['id']}").raise_for_status()

    assert 400 == refused.status_code
    assert (
        f"Another object with the same value for property {name} already exists."
        == (refused.json()["error"]["message"])
    )
    assert 201 == directory.post("/applications", json=body).status_code


def test_an_upsert_does_not_revive_what_is_deleted(directory, deleted):
    refused = directory.patch(
        f"/applications(uniqueName='{deleted['uniqueName']}')",
        json={"displayName": "orders"},
        headers={"Prefer": "create-if-missing"},
    )

    assert (400, "ObjectConflict") == (
        refused.status_code,
        refused.json()["error"]["details"][0]["code"],
    )


def test_an_application_is_restored_and_its_service_principal_by_itself(directory, deleted):
    restored = directory.post(f"{ITEMS}/{deleted['id']}/restore")
    (principal,) = directory.get(f"{ITEMS}/microsoft.graph.servicePrincipal").json()["value"]
    missing = directory.get(f"/servicePrincipals(appId='{deleted['appId']}')").status_code
    again = directory.post(f"{ITEMS}/{principal['id']}/restore")

    assert (200, 404, 200) == (restored.status_code, missing, again.status_code)
    assert deleted == directory.get(f"/applications/{deleted['id']}").json()
    assert (
        principal["id"]
        == directory.get(f"/servicePrincipals(appId='{deleted['appId']}')").json()["id"]
    )
    assert (0, 0) == kinds(directory)


def test_a_restored_service_principal_has_its_assignments_again(azure, directory):
    app = made(directory)
    principal = directory.post("/servicePrincipals", json={"appId": app["appId"]}).json()
    path = f"/servicePrincipals/{principal['id']}"
    caller = azure.caller["id"]
    role = "00000000-0000-0000-0000-000000000000"
    body = {"principalId": caller, "resourceId": principal["id"], "appRoleId": role}
    assigned = directory.post(f"{path}/appRoleAssignedTo", json=body).json()
    directory.delete(path).raise_for_status()
    held = directory.get(f"/servicePrincipals/{caller}/appRoleAssignments").json()["value"]
    directory.post(f"{ITEMS}/{principal['id']}/restore").raise_for_status()
    (again,) = directory.get(f"{path}/appRoleAssignedTo").json()["value"]

    assert ([], assigned["id"]) == (held, again["id"])


def test_a_service_principal_is_not_restored_where_it_cannot_be(directory, deleted):
    (principal,) = directory.get(f"{ITEMS}/microsoft.graph.servicePrincipal").json()["value"]
    without_application = directory.post(f"{ITEMS}/{principal['id']}/restore")
    directory.post(f"{ITEMS}/{deleted['id']}/restore").raise_for_status()
    directory.post("/servicePrincipals", json={"appId": deleted["appId"]}).raise_for_status()
    beside_another = directory.post(f"{ITEMS}/{principal['id']}/restore")

    assert (400, 409) == (without_application.status_code, beside_another.status_code)


def test_what_is_purged_is_gone_with_its_service_principal(directory, deleted):
    answers = [directory.delete(f"{ITEMS}/{deleted['id']}").status_code for _ in range(2)]

    assert [204, 404] == answers
    assert (0, 0) == kinds(directory)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", ITEMS, 400),
        ("GET", f"{ITEMS}/nobody", 404),
        ("POST", f"{ITEMS}/nobody/restore", 404),
        ("POST", f"{ITEMS}/nobody/revive", 400),
        ("GET", f"{ITEMS}/nobody/restore", 400),
        ("PATCH", f"{ITEMS}/nobody", 400),
    ],
)
def test_other_requests_are_refused(directory, method, path, status):
    assert status == directory.request(method, path).status_code


# Pages


def test_a_list_is_read_by_following_its_links(directory):
    ids = {made(directory, displayName=f"app {number}")["id"] for number in range(5)}
    query = {"$top": "2", "$filter": "startswith(displayName,'app ')", "$select": "id"}
    pages = [directory.get("/applications", params=query).json()]
    while "@odata.nextLink" in pages[-1]:
        link = pages[-1]["@odata.nextLink"].partition("/v1.0")[2]
        pages.append(directory.get(link).json())

    assert [2, 2, 1] == [len(page["value"]) for page in pages]
    assert ids == {each["id"] for page in pages for each in page["value"]}


@pytest.mark.parametrize("start", [b"-1", b"", b"9" * 5000, b" 1", b"\xff"])
def test_a_skip_token_that_is_none_is_refused(directory, start):
    token = base64.urlsafe_b64encode(start).decode()

    assert 400 == directory.get("/applications", params={"$skiptoken": token}).status_code
