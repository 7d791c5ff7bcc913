"""Lag: what was written is read later, by Graph, by ARM, by the gate and in tokens."""

import uuid

import jwt
import pytest

LAG = 30
ROLE = {
    "id": "11111111-2222-3333-4444-555555555555",
    "value": "Caller",
    "displayName": "Caller",
    "description": "May call.",
    "allowedMemberTypes": ["Application"],
    "isEnabled": True,
}


@pytest.fixture
def graph(lab):
    with lab.client("graph") as client:
        client.base_url = f"{lab.graph}/v1.0/"
        yield client


@pytest.fixture
def lagging(lab):
    """Graph's replicas are LAG seconds behind."""
    lab.faults({"graphLagSeconds": LAG})
    return lab


def code(response):
    return response.status_code, response.json()["error"]["code"]


def new_application(graph, **more):
    body = {"displayName": "api", "signInAudience": "AzureADMyOrg", **more}
    return graph.post("applications", json=body).json()


def new_principal(graph, application, **more):
    return graph.post("servicePrincipals", json={"appId": application["appId"], **more})


def test_what_was_created_cannot_be_read_before_the_lag_is_over(lagging, graph):
    made = new_application(graph)
    paths = [f"applications/{made['id']}", f"applications(appId='{made['appId']}')"]
    query = {"$filter": f"appId eq '{made['appId']}'"}

    assert [(404, "Request_ResourceNotFound")] * 2 == [code(graph.get(path)) for path in paths]
    assert [] == graph.get("applications", params=query).json()["value"]
    lagging.advance(LAG - 2)
    assert 404 == graph.get(paths[0]).status_code
    lagging.advance(3)
    assert [200, 200] == [graph.get(path).status_code for path in paths]
    assert [made["id"]] == [
        each["id"] for each in graph.get("applications", params=query).json()["value"]
    ]


def test_a_reset_ends_the_lag(lagging, graph):
    lagging.reset("story")
    made = new_application(graph)

    assert 200 == graph.get(f"applications/{made['id']}").status_code


def test_clearing_the_faults_shows_what_there_is(lagging, graph):
    made = new_application(graph)
    lagging.faults({})

    assert 200 == graph.get(f"applications/{made['id']}").status_code


def test_replaced_faults_with_lag_keep_the_history(lagging, graph):
    made = new_application(graph)
    lagging.faults({"graphLagSeconds": LAG, "identityErrors": "aadsts"})

    assert 404 == graph.get(f"applications/{made['id']}").status_code


def test_an_old_value_is_read_after_a_change(lab, graph):
    made = new_application(graph)
    path = f"applications/{made['id']}"
    lab.faults({"graphLagSeconds": LAG})
    changed = graph.patch(path, json={"displayName": "renamed"})

    assert 204 == changed.status_code
    assert "api" == graph.get(path).json()["displayName"]
    lab.advance(LAG + 1)
    assert "renamed" == graph.get(path).json()["displayName"]


def test_what_was_deleted_can_be_read_for_a_while(lab, graph):
    made = new_application(graph)
    path = f"applications/{made['id']}"
    lab.faults({"graphLagSeconds": LAG})
    graph.delete(path)

    assert 200 == graph.get(path).status_code
    assert 404 == graph.get(f"directory/deletedItems/{made['id']}").status_code
    lab.advance(LAG + 1)
    assert 404 == graph.get(path).status_code
    assert 200 == graph.get(f"directory/deletedItems/{made['id']}").status_code


def test_a_service_principal_needs_an_application_that_replicas_know(lagging, graph):
    made = new_application(graph)
    refused = new_principal(graph, made)

    assert (400, "Request_BadRequest") == code(refused)
    assert "NoBackingApplicationObject" == refused.json()["error"]["details"][0]["code"]
    upsert = graph.patch(
        f"servicePrincipals(appId='{made['appId']}')",
        json={"tags": []},
        headers={"Prefer": "create-if-missing"},
    )
    assert "NoBackingApplicationObject" == upsert.json()["error"]["details"][0]["code"]
    lagging.advance(LAG + 1)
    assert 201 == new_principal(graph, made).status_code


def test_nothing_is_made_twice_however_early_it_is_asked_for(lagging, graph):
    path, body = "applications(uniqueName='once')", {"displayName": "once"}
    prefer = {"Prefer": "create-if-missing"}
    first, second = (graph.patch(path, json=body, headers=prefer) for _ in range(2))

    assert (201, 204) == (first.status_code, second.status_code)
    assert 404 == graph.get(path).status_code
    again = graph.post("applications", json={"displayName": "b", "uniqueName": "once"})
    assert 400 == again.status_code
    lagging.advance(LAG + 1)
    assert first.json()["id"] == graph.get(path).json()["id"]


def test_a_service_principal_is_made_once_however_early_it_is_asked_for(lab, graph):
    made = new_application(graph)
    lab.faults({"graphLagSeconds": LAG})
    first, second = (new_principal(graph, made) for _ in range(2))

    assert (201, 409) == (first.status_code, second.status_code)
    assert 404 == graph.get(f"servicePrincipals/{first.json()['id']}").status_code


def test_a_new_managed_identity_is_not_in_the_directory_yet(lagging, graph, arm, core):
    patched = arm.patch(core, json={"identity": {"type": "SystemAssigned"}}).json()
    path = f"servicePrincipals/{patched['identity']['principalId']}"

    assert (404, "Request_ResourceNotFound") == code(graph.get(path))
    lagging.advance(LAG + 1)
    assert "core" == graph.get(path).json()["displayName"]


def assignment(principal_id, resource_id):
    return {"principalId": principal_id, "resourceId": resource_id, "appRoleId": ROLE["id"]}


def test_a_role_cannot_be_assigned_to_an_identity_that_replicas_do_not_know(lab, graph, arm, core):
    resource = new_principal(graph, new_application(graph, appRoles=[ROLE])).json()
    lab.faults({"graphLagSeconds": LAG})
    patched = arm.patch(core, json={"identity": {"type": "SystemAssigned"}}).json()
    principal_id = patched["identity"]["principalId"]
    body = assignment(principal_id, resource["id"])
    given = graph.post(f"servicePrincipals/{resource['id']}/appRoleAssignedTo", json=body)
    held = graph.post(f"servicePrincipals/{principal_id}/appRoleAssignments", json=body)

    assert (400, "Not a valid reference update.") == (
        given.status_code,
        given.json()["error"]["message"],
    )
    assert (404, "Request_ResourceNotFound") == code(held)
    lab.advance(LAG + 1)
    path = f"servicePrincipals/{resource['id']}/appRoleAssignedTo"
    assert 201 == graph.post(path, json=body).status_code
    assert [] == graph.get(path).json()["value"]
    again = graph.post(path, json=body)
    assert (
        "Permission being assigned already exists on the object"
        == (again.json()["error"]["message"])
    )
    lab.advance(LAG + 1)
    assert 1 == len(graph.get(path).json()["value"])


def test_a_role_cannot_be_assigned_on_a_resource_that_replicas_do_not_know(lab, graph, arm):
    identity = arm.get(lab.site("stranger")["resourceId"]).json()["identity"]
    application = new_application(graph, appRoles=[ROLE])
    lab.faults({"graphLagSeconds": LAG})
    resource = new_principal(graph, application).json()
    body = assignment(identity["principalId"], resource["id"])
    response = graph.post(f"servicePrincipals/{resource['id']}/appRoleAssignedTo", json=body)

    assert (404, "Request_ResourceNotFound") == code(response)


def test_a_role_is_not_found_before_replicas_know_it(lab, graph, arm):
    identity = arm.get(lab.site("stranger")["resourceId"]).json()["identity"]
    application = new_application(graph)
    resource = new_principal(graph, application).json()
    lab.faults({"graphLagSeconds": LAG})
    graph.patch(f"applications/{application['id']}", json={"appRoles": [ROLE]})
    body = assignment(identity["principalId"], resource["id"])
    path = f"servicePrincipals/{resource['id']}/appRoleAssignedTo"
    refused = graph.post(path, json=body)

    assert 400 == refused.status_code
    assert "was not found on application" in refused.json()["error"]["message"]
    lab.advance(LAG + 1)
    assert 201 == graph.post(path, json=body).status_code


@pytest.mark.usefixtures("lagging")
def test_the_parts_of_a_batch_lag_too(graph):
    made = new_application(graph)
    part = {"id": "1", "method": "GET", "url": f"/applications/{made['id']}"}
    answered = graph.post("$batch", json={"requests": [part]}).json()

    assert 404 == answered["responses"][0]["status"]


def test_arm_reads_the_old_documents_for_a_while(lab, arm, core):
    lab.faults({"armStaleSeconds": LAG})
    settings = f"{core}/config/authsettingsV2"
    patched = arm.patch(core, json={"identity": {"type": "SystemAssigned"}}).json()
    enabled = {"properties": {"platform": {"enabled": True}}}
    put = arm.put(settings, json=enabled).json()
    arm.put(f"{core}/config/appsettings", json={"properties": {"NEW": "1"}})

    def read():
        return (
            "identity" in arm.get(core).json(),
            arm.get(settings).json()["properties"]["platform"]["enabled"],
            arm.get(f"{settings}/list").json()["properties"]["platform"]["enabled"],
            "NEW" in arm.post(f"{core}/config/appsettings/list").json()["properties"],
            arm.post(f"{core}/config/authsettings/list").json()["properties"]["configVersion"],
            any(
                "identity" in site and site["name"] == "core"
                for site in arm.get(core.rpartition("/")[0]).json()["value"]
            ),
        )

    assert ("SystemAssigned", True) == (
        patched["identity"]["type"],
        put["properties"]["platform"]["enabled"],
    )
    assert (False, False, False, False, "v1", False) == read()
    lab.advance(LAG + 1)
    assert (True, True, True, True, "v2", True) == read()


def test_arm_knows_at_once_after_a_reset(lab, arm, core):
    lab.faults({"armStaleSeconds": LAG})
    lab.reset("story")
    arm.patch(core, json={"identity": {"type": "SystemAssigned"}})

    assert "identity" in arm.get(core).json()


def test_the_gate_enforces_the_old_settings_for_a_while(lab, http, arm):
    stranger = lab.site("stranger")
    lab.faults({"gateLagSeconds": LAG})
    registration = {"clientId": str(uuid.uuid4())}
    settings = {
        "platform": {"enabled": True},
        "globalValidation": {"unauthenticatedClientAction": "Return401"},
        "identityProviders": {"azureActiveDirectory": {"registration": registration}},
    }
    arm.put(f"{stranger['resourceId']}/config/authsettingsV2", json={"properties": settings})

    assert 200 == http.get(stranger["url"]).status_code
    lab.advance(LAG + 1)
    assert 401 == http.get(stranger["url"]).status_code
    lab.advance(-LAG)
    assert 200 == http.get(stranger["url"]).status_code


def test_a_cached_token_does_not_know_of_a_new_role(lab, graph, arm):
    identity = arm.get(lab.site("stranger")["resourceId"]).json()["identity"]
    resource = new_principal(graph, new_application(graph, appRoles=[ROLE])).json()
    inside = lab.inside("stranger")

    def roles():
        token = lab.identity_token(resource["appId"], inside)
        claims = jwt.decode(token, options={"verify_signature": False})
        return token, claims.get("roles")

    lab.faults({"tokenCacheSeconds": 86400})
    before = roles()
    body = assignment(identity["principalId"], resource["id"])
    graph.post(f"servicePrincipals/{resource['id']}/appRoleAssignedTo", json=body)

    assert before == roles()
    assert before[1] is None
    lab.advance(86401)
    assert ["Caller"] == roles()[1]


def test_tokens_are_new_each_time_without_faults(lab):
    lab.faults({"tokenCacheSeconds": 60})
    first = lab.operator_token(lab.arm)
    cached = lab.operator_token(lab.arm)
    lab.reset("story")

    assert first == cached
    assert lab.operator_token(lab.arm) != lab.operator_token(lab.arm)


# A change that is answered before it took effect


@pytest.mark.parametrize("status", [200, 202])
def test_an_identity_is_there_only_after_its_answer(lab, arm, core, status):
    lab.faults({"armLateSeconds": LAG, "armLateStatus": status})
    answer = arm.patch(core, json={"identity": {"type": "SystemAssigned"}})

    assert (status, core) == (answer.status_code, answer.json()["id"])
    assert "identity" not in answer.json()
    assert (status == 202) == ("azure-asyncoperation" in answer.headers)
    assert "identity" not in arm.get(core).json()
    lab.advance(LAG + 1)
    assert arm.get(core).json()["identity"]["principalId"]


def test_the_same_change_again_makes_no_second_identity(lab, arm, core, principals):
    lab.faults({"armLateSeconds": LAG})
    before = len(principals())
    for _ in range(2):
        arm.patch(core, json={"identity": {"type": "SystemAssigned"}})

    assert before + 1 == len(principals())


def test_settings_are_not_late_where_changes_of_apps_are(lab, arm, core):
    lab.faults({"armLateSeconds": LAG})
    arm.put(f"{core}/config/appsettings", json={"properties": {"A": "1"}})

    assert {"A": "1"} == arm.post(f"{core}/config/appsettings/list").json()["properties"]
