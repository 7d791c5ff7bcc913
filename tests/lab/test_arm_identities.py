"""Identities of sites as ARM makes, shows and deletes them, held to what was recorded."""

import re

import pytest

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
IDENTITIES = "providers/Microsoft.ManagedIdentity/userAssignedIdentities"


def identity_of(arm, site):
    return arm.get(site).json().get("identity")


def patched(arm, site, identity):
    response = arm.patch(site, json={"identity": identity})
    assert 200 == response.status_code, response.text
    return response.json().get("identity")


def made_identity(arm, lab, name):
    resource_id = (
        f"/subscriptions/{lab.subscription_id}/resourceGroups/rg-story/{IDENTITIES}/{name}"
    )
    response = arm.put(resource_id, json={"location": "westeurope"})
    assert 201 == response.status_code
    return resource_id


def test_an_enabled_identity_is_in_the_answer_at_once(arm, core, lab, recorded):
    fragments = recorded("arm/doc-identity-fragments.json")
    response = arm.patch(core, json=fragments["request_system"])

    assert 200 == response.status_code
    identity = response.json()["identity"]
    assert fragments["response_system"]["identity"].keys() == identity.keys()
    assert lab.tenant_id == identity["tenantId"]
    assert GUID.fullmatch(identity["principalId"])
    assert identity == identity_of(arm, core)


def test_a_site_without_an_identity_has_no_such_member(arm, core):
    assert "identity" not in arm.get(core).json()


def test_enabling_twice_keeps_the_principal(arm, core):
    first = patched(arm, core, {"type": "SystemAssigned"})

    assert first == patched(arm, core, {"type": "systemassigned"})


def test_an_identity_is_a_service_principal_as_recorded(arm, core, principals):
    identity = patched(arm, core, {"type": "SystemAssigned"})
    principal = principals()[identity["principalId"]]

    assert "ManagedIdentity" == principal["servicePrincipalType"]
    assert "core" == principal["displayName"]
    assert ["isExplicit=False", core.replace("resourceGroups", "resourcegroups")] == (
        principal["alternativeNames"]
    )
    assert (None, None) == (principal["appDisplayName"], principal["appOwnerOrganizationId"])
    app_id, alias = principal["servicePrincipalNames"]
    assert principal["appId"] == app_id
    assert alias.startswith("https://identity.azure.net/")


def test_disabling_deletes_the_principal_and_enabling_again_makes_another(arm, core, principals):
    first = patched(arm, core, {"type": "SystemAssigned"})["principalId"]
    gone = patched(arm, core, {"type": "None"})
    left = principals()
    second = patched(arm, core, {"type": "SystemAssigned"})["principalId"]

    assert None is gone
    assert first not in left
    assert second not in {None, first}


def test_disabling_deletes_the_assignments(arm, stranger, lab):
    principal = identity_of(arm, stranger)["principalId"]
    with lab.client("graph") as graph:
        roles = [
            {
                "id": "11111111-1111-4111-8111-111111111111",
                "allowedMemberTypes": ["Application"],
                "displayName": "Caller",
                "description": "May call",
                "value": "Caller",
                "isEnabled": True,
            }
        ]
        app = graph.post("/v1.0/applications", json={"displayName": "x", "appRoles": roles}).json()
        made = graph.post("/v1.0/servicePrincipals", json={"appId": app["appId"]}).json()
        url = f"/v1.0/servicePrincipals/{made['id']}/appRoleAssignedTo"
        wanted = {"principalId": principal, "resourceId": made["id"], "appRoleId": roles[0]["id"]}
        graph.post(url, json=wanted).raise_for_status()
        before = len(graph.get(url).json()["value"])
        patched(arm, stranger, {"type": "None"})
        after = len(graph.get(url).json()["value"])

    assert (1, 0) == (before, after)


def test_the_type_decides_so_leaving_system_out_takes_it_away(arm, stranger, lab, principals):
    one = made_identity(arm, lab, "id-orders")
    before = identity_of(arm, stranger)["principalId"]
    identity = patched(arm, stranger, {"type": "UserAssigned", "userAssignedIdentities": {one: {}}})

    assert {"type", "userAssignedIdentities"} == identity.keys()
    assert before not in principals()


def test_both_kinds_are_named_with_comma_and_space(arm, stranger, lab, principals):
    one = made_identity(arm, lab, "id-orders")
    before = identity_of(arm, stranger)
    wanted = {"type": "SystemAssigned,UserAssigned", "userAssignedIdentities": {one.upper(): {}}}
    with pytest.raises(AssertionError):
        patched(arm, stranger, wanted | {"type": "SystemAssigned"})
    identity = patched(arm, stranger, wanted | {"userAssignedIdentities": {one: {}}})

    assert "SystemAssigned, UserAssigned" == identity["type"]
    assert before["principalId"] == identity["principalId"]
    ((echoed, ids),) = identity["userAssignedIdentities"].items()
    assert one.replace("resourceGroups", "resourcegroups") == echoed
    assert {"principalId", "clientId"} == ids.keys()
    assert ids["clientId"] == principals()[ids["principalId"]]["appId"]


def test_a_patch_merges_the_dictionary_and_null_takes_away(arm, core, lab):
    one, two = (made_identity(arm, lab, name) for name in ("id-orders", "id-payments"))
    added = {"type": "UserAssigned", "userAssignedIdentities": {one: {}}}
    patched(arm, core, added)
    both = patched(arm, core, added | {"userAssignedIdentities": {two: {}}})
    shouted = one.replace("resourceGroups", "RESOURCEGROUPS")
    rest = patched(arm, core, added | {"userAssignedIdentities": {shouted: None}})
    none = patched(arm, core, added | {"userAssignedIdentities": {two: None}})

    assert 2 == len(both["userAssignedIdentities"])
    assert ["id-payments"] == [each.split("/")[-1] for each in rest["userAssignedIdentities"]]
    assert None is none


def test_a_put_replaces_the_dictionary(arm, core, lab):
    one, two = (made_identity(arm, lab, name) for name in ("id-orders", "id-payments"))
    wanted = {"type": "UserAssigned", "userAssignedIdentities": {one: {}}}
    patched(arm, core, wanted)
    whole = arm.get(core).json() | {"identity": wanted | {"userAssignedIdentities": {two: {}}}}
    identity = arm.put(core, json=whole).json()["identity"]

    assert ["id-payments"] == [each.split("/")[-1] for each in identity["userAssignedIdentities"]]


def test_a_put_without_identity_keeps_it(arm, stranger):
    whole = arm.get(stranger).json()
    before = whole.pop("identity")
    response = arm.put(stranger, json=whole)

    assert 200 == response.status_code
    assert before == response.json()["identity"]


def test_a_user_assigned_identity_is_as_recorded(arm, lab, recorded, same_shape, principals):
    (exchange,) = recorded("arm/arm_user_assigned_identities.json")
    resource_id = made_identity(arm, lab, "id-orders")
    found = arm.get(resource_id).json()

    assert same_shape(exchange["response_body"], found)
    assert resource_id.replace("resourceGroups", "resourcegroups") == found["id"]
    assert 200 == arm.put(resource_id, json={"location": "westeurope"}).status_code
    assert found == arm.get(resource_id).json()
    principal = principals()[found["properties"]["principalId"]]
    assert ["isExplicit=True", found["id"]] == principal["alternativeNames"]


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        ({"type": "Both"}, "InvalidRequestContent"),
        ({"type": None}, "InvalidRequestContent"),
        ({"type": ["SystemAssigned"]}, "InvalidRequestContent"),
        ({"userAssignedIdentities": {}}, "InvalidRequestContent"),
        ({"type": "UserAssigned"}, "MissingIdentityIds"),
        ({"type": "UserAssigned", "userAssignedIdentities": []}, "MissingIdentityIds"),
        ({"type": "UserAssigned", "userAssignedIdentities": [1]}, "InvalidRequestContent"),
        ({"type": "UserAssigned", "userAssignedIdentities": {"x": {}}}, "LinkedInvalidPropertyId"),
        ({"type": "SystemAssigned", "userAssignedIdentities": {"x": {}}}, "InvalidIdentityIds"),
        ("SystemAssigned", "InvalidRequestContent"),
    ],
)
def test_an_identity_that_makes_no_sense_changes_nothing(arm, stranger, identity, code):
    before = arm.get(stranger).json()
    response = arm.patch(stranger, json={"identity": identity, "properties": {"httpsOnly": False}})

    assert (400, code) == (response.status_code, response.json()["error"]["code"])
    assert before == arm.get(stranger).json()


def test_an_identity_that_nobody_made_cannot_be_attached(arm, core, lab):
    nothing = f"/subscriptions/{lab.subscription_id}/resourceGroups/rg-story/{IDENTITIES}/nothing"
    wanted = {"type": "UserAssigned", "userAssignedIdentities": {nothing: {}}}
    response = arm.patch(core, json={"identity": wanted})

    assert (400, "FailedIdentityOperation") == (
        response.status_code,
        response.json()["error"]["code"],
    )
    assert f"Resource '{nothing}' was not found." in response.json()["error"]["message"]


def test_an_identity_is_attached_only_with_the_right_to_assign_it(arm, lab):
    lab.reset("contributor")
    one = made_identity(arm, lab, "id-orders")
    core = lab.site("core")["resourceId"]
    wanted = {"type": "UserAssigned", "userAssignedIdentities": {one: {}}}
    token = lab.identity_token(lab.arm, lab.inside("stranger"))
    with lab.client("arm", token) as contributor:
        contributor.params = {"api-version": "2025-05-01"}
        refused = contributor.patch(core, json={"identity": wanted})
        own = contributor.patch(core, json={"identity": {"type": "SystemAssigned"}})

    assert (403, "LinkedAuthorizationFailed", 200) == (
        refused.status_code,
        refused.json()["error"]["code"],
        own.status_code,
    )
    assert "userAssignedIdentities" not in identity_of(arm, core)
