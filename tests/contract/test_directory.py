import pytest

from miwire.errors import BadRequest, NotPermitted

NAME = "miwire-contract"
BODY = {
    "displayName": "orders",
    "signInAudience": "AzureADMyOrg",
    "api": {"requestedAccessTokenVersion": 2},
}
ROLE = {
    "id": "11111111-1111-1111-1111-111111111111",
    "value": "Caller",
    "displayName": "Caller",
    "description": "May call.",
    "allowedMemberTypes": ["Application"],
    "isEnabled": True,
}


@pytest.fixture
def orders(azure):
    """A registration with an app role, and its service principal."""
    made = azure.directory.upsert_application(NAME, BODY)
    body = {"appRoles": [ROLE], "identifierUris": [made.uri]}
    azure.directory.update_application(made.object_id, body, "define it")
    azure.directory.upsert_service_principal(made.app_id, {"appRoleAssignmentRequired": True})
    return made


def test_a_registration_is_made_once_under_its_unique_name(azure):
    first = azure.directory.upsert_application(NAME, BODY)
    second = azure.directory.upsert_application(NAME, BODY)

    assert (first.object_id, first.app_id) == (second.object_id, second.app_id)


def test_making_it_again_resets_nothing_that_was_added_later(azure, orders):
    again = azure.directory.upsert_application(NAME, BODY)

    assert ("Caller", (orders.uri,)) == (again.app_roles[0].value, again.identifier_uris)


def test_one_look_sees_all_that_hangs_from_a_registration(azure, lab, orders):
    view = azure.directory.look(app_id=orders.app_id, client_ids=("no-such-client",))
    by_name = azure.directory.look(unique_name=NAME)

    assert view.registration == by_name.registration
    assert view.service_principal == by_name.service_principal
    assert view.service_principal.assignment_required
    assert {"no-such-client": None} == view.principals
    (batch, first, second) = [r for r in lab.requests("graph") if r["url"].endswith("$batch")]
    assert (5, 1, 3) == tuple(len(each["parts"]) for each in (batch, first, second))


def test_a_role_that_is_there_goes_back_unchanged_when_another_joins(azure, orders):
    present = azure.directory.look(app_id=orders.app_id).registration.app_roles[0].document
    other = ROLE | {"id": "22222222-2222-2222-2222-222222222222", "value": "Reader"}
    azure.directory.update_application(
        orders.object_id, {"appRoles": [dict(present), other]}, "add a role"
    )
    roles = azure.directory.look(app_id=orders.app_id).registration.app_roles

    assert ["Caller", "Reader"] == [role.value for role in roles]
    assert present == roles[0].document


@pytest.mark.parametrize("words", ["permission", "entitlementGrant", "entitlementGrant409"])
def test_an_assignment_is_made_once(azure, lab, orders, words):
    lab.faults({"assignmentErrors": words})
    principal = azure.directory.look(
        client_ids=(lab.environment["MIWIRE_LAB_CLIENT_ID"],)
    ).principals[lab.environment["MIWIRE_LAB_CLIENT_ID"]]
    resource = azure.directory.look(app_id=orders.app_id).service_principal
    for _ in range(2):
        azure.directory.assign(principal.object_id, resource.object_id, ROLE["id"])

    held = azure.directory.look(app_id=orders.app_id).assignments
    assert [(principal.object_id, ROLE["id"])] == [
        (each.principal_id, each.app_role_id) for each in held
    ]


def test_what_graph_refuses_is_told_with_its_code(session, azure, orders):
    with pytest.raises(BadRequest, match="CannotDeleteOrUpdateEnabledEntitlement"):
        azure.directory.update_application(orders.object_id, {"appRoles": []}, "drop the role")
    with pytest.raises(NotPermitted, match="Authorization_RequestDenied"):
        session("stranger").directory.upsert_application("miwire-other", BODY)


def test_an_assignment_that_is_gone_in_graphs_newer_words_is_gone(azure, lab, orders):
    lab.faults({"assignmentErrors": "entitlementGrant"})
    me = lab.environment["MIWIRE_LAB_CLIENT_ID"]
    principal = azure.directory.look(client_ids=(me,)).principals[me]
    resource = azure.directory.look(app_id=orders.app_id).service_principal
    held = azure.directory.assign(principal.object_id, resource.object_id, ROLE["id"])
    for _ in range(2):
        azure.directory.unassign(resource.object_id, held.id)

    assert () == azure.directory.look(app_id=orders.app_id).assignments


def test_more_principals_than_one_batch_takes_are_read_in_several(azure, lab):
    ids = tuple(f"00000000-0000-0000-0000-{number:012}" for number in range(41))
    found = azure.directory.look(principal_ids=ids).principals

    assert dict.fromkeys(ids) == dict(found)
    assert [20, 20, 1] == [
        len(each["parts"]) for each in lab.requests("graph") if "$batch" in each["url"]
    ]


@pytest.mark.parametrize("what", ["assignment", "service principal", "registration"])
def test_a_404_for_a_deletion_is_believed_once_reading_does_not_find_it_either(
    azure, lab, orders, what
):
    me = lab.environment["MIWIRE_LAB_CLIENT_ID"]
    principal = azure.directory.look(client_ids=(me,)).principals[me]
    resource = azure.directory.look(app_id=orders.app_id).service_principal
    held = azure.directory.assign(principal.object_id, resource.object_id, ROLE["id"])
    deletion = {
        "assignment": lambda: azure.directory.unassign(resource.object_id, held.id),
        "service principal": lambda: azure.directory.delete_service_principal(resource.object_id),
        "registration": lambda: azure.directory.delete_registration(orders.object_id),
    }[what]
    absent = {"status": 404, "body": {"error": {"code": "Request_ResourceNotFound"}}}
    rule = {"service": "graph", "method": "DELETE", "times": 1, "effect": absent}
    lab.faults({"rules": [rule]})
    for _ in range(2):
        deletion()
    view = azure.directory.look(app_id=orders.app_id)

    assert {
        "assignment": not view.assignments,
        "service principal": view.service_principal is None,
        "registration": view.registration is None,
    }[what]


def test_an_apps_own_identity_is_found_by_the_id_of_the_app_in_one_request(azure, lab):
    _, principal_id = lab.identity("stranger")
    before = len(lab.requests("graph"))
    found = azure.directory.managed_identity_of(lab.site("stranger")["resourceId"])

    assert (principal_id, True) == (found.object_id, found.is_managed_identity)
    assert len(lab.requests("graph")) == before + 1


def test_an_app_without_an_identity_has_none_and_what_only_claims_its_id_is_none(
    azure, lab, orders
):
    resource_id = lab.site("core")["resourceId"]
    with lab.client("graph") as graph:
        path = f"/v1.0/servicePrincipals(appId='{orders.app_id}')"
        claimed = graph.patch(path, json={"alternativeNames": ["isExplicit=False", resource_id]})

    assert claimed.is_success
    assert azure.directory.managed_identity_of(resource_id) is None
