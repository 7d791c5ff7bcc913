"""What ARM tells of the cloud, its groups and its user-assigned identities."""

import base64

import pytest

IDENTITIES = "providers/Microsoft.ManagedIdentity/userAssignedIdentities"
MISSING = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def group(lab):
    """The resource id of the story's group."""
    return f"/subscriptions/{lab.subscription_id}/resourceGroups/rg-story"


def made(arm, group, name):
    response = arm.put(f"{group}/{IDENTITIES}/{name}", json={"location": "westeurope"})
    assert 201 == response.status_code
    return response.json()


# The cloud


def test_a_cloud_describes_itself_without_a_token(lab, http):
    found = http.get(f"{lab.arm}/metadata/endpoints", params={"api-version": "2022-09-01"}).json()

    assert (lab.entra, "AAD") == tuple(
        found["authentication"][name] for name in ("loginEndpoint", "identityProvider")
    )
    assert [f"{lab.arm}/"] == found["authentication"]["audiences"]
    assert [f"{lab.arm}/", f"{lab.graph}/"] == [
        found[name] for name in ("resourceManager", "microsoftGraphResourceId")
    ]


def test_a_description_needs_an_api_version_too(lab, http):
    refused = http.get(f"{lab.arm}/metadata/endpoints")

    assert (400, "MissingApiVersionParameter") == (
        refused.status_code,
        refused.json()["error"]["code"],
    )


# Resource groups


def test_groups_are_where_resources_are(arm, lab, group):
    lab.reset("twins")
    names = [each["name"] for each in arm.get(group.rpartition("/")[0]).json()["value"]]
    found = arm.get(group.upper().replace("/SUBSCRIPTIONS", "/subscriptions")).json()

    assert ["rg-story", "rg-twin"] == names
    assert (group, "Succeeded") == (found["id"], found["properties"]["provisioningState"])


@pytest.mark.parametrize(("name", "status"), [("rg-story", 204), ("rg-other", 404)])
def test_whether_a_group_is_there_is_said_without_a_body(arm, lab, name, status):
    answer = arm.head(f"/subscriptions/{lab.subscription_id}/resourcegroups/{name}")

    assert (status, b"") == (answer.status_code, answer.content)


def test_a_list_goes_on_where_its_page_ended(arm, lab, group):
    lab.reset("twins")
    first = arm.get(group.rpartition("/")[0], params={"$top": "1"}).json()
    with lab.client("arm") as client:
        second = client.get(first["nextLink"]).json()

    assert ["rg-story"] == [each["name"] for each in first["value"]]
    assert ["rg-twin"] == [each["name"] for each in second["value"]]
    assert "nextLink" not in second


@pytest.mark.parametrize(
    "query",
    [
        {"$top": "0"},
        {"$top": "-1"},
        {"$top": "many"},
        {"$top": "²"},
        {"$skiptoken": "nonsense"},
        {"$skiptoken": base64.urlsafe_b64encode(b"-1").decode()},
        {"$skiptoken": base64.urlsafe_b64encode(b"9" * 5000).decode()},
        {"$skiptoken": "é"},
    ],
)
def test_a_page_that_cannot_be_is_refused(arm, group, query):
    assert 400 == arm.get(group.rpartition("/")[0], params=query).status_code


# User-assigned identities


def test_identities_are_listed_in_the_recorded_shape(arm, lab, group, recorded):
    exchange = recorded("arm/arm_user_assigned_identities_list_delete.json")[0]
    (expected,) = exchange["response_body"]["value"]
    identity = made(arm, group, "id-orders")
    of_subscription = arm.get(f"/subscriptions/{lab.subscription_id}/{IDENTITIES}").json()

    assert {"value": [identity]} == of_subscription == arm.get(f"{group}/{IDENTITIES}").json()
    assert expected.keys() == identity.keys()
    assert expected["properties"].keys() == identity["properties"].keys()


def test_a_deleted_identity_takes_its_principal_with_it(arm, lab, group, recorded):
    identity = made(arm, group, "id-orders")
    answers = [arm.delete(identity["id"]) for _ in range(2)]
    with lab.client("graph") as graph:
        principal = graph.get(
            f"/v1.0/servicePrincipals/{identity['properties']['principalId']}"
        ).status_code
    expected = recorded("arm/arm_user_assigned_identities_list_delete.json")[1]

    assert [(expected["status"], expected["response_body"]), (204, "")] == [
        (each.status_code, each.text) for each in answers
    ]
    assert (404, 404) == (principal, arm.get(identity["id"]).status_code)


def test_an_identity_is_made_in_a_group_that_is_there(arm, lab):
    group = f"/subscriptions/{lab.subscription_id}/resourceGroups/rg-other"
    refused = arm.put(f"{group}/{IDENTITIES}/id-orders", json={"location": "westeurope"})

    assert (404, "ResourceGroupNotFound") == (
        refused.status_code,
        refused.json()["error"]["code"],
    )


def test_a_reader_lists_and_changes_nothing(arm, lab, group):
    lab.reset("reader")
    identity = made(arm, group, "id-orders")
    token = lab.identity_token(lab.arm, lab.inside("stranger"))
    slot = f"{lab.site('core')['resourceId']}/slots/blue"
    with lab.client("arm", token) as reader:
        reader.params = {"api-version": "2025-05-01"}
        read = [reader.get(path).status_code for path in (group, f"{group}/{IDENTITIES}")]
        changed = [
            reader.delete(identity["id"]).status_code,
            reader.put(slot, json={"location": "West Europe"}).status_code,
            reader.post(f"{lab.site('core')['resourceId']}/publishxml").status_code,
            reader.post(f"{lab.site('core')['resourceId']}/restart").status_code,
        ]

    assert ([200, 200], [403, 403, 403, 403]) == (read, changed)
