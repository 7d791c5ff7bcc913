"""Switches of the faults: rights, front end, authentication, identity endpoint, policies, keys."""

import uuid

import jwt
import pytest

WRITE = "Microsoft.Web/sites/config/write"


@pytest.fixture
def graph(lab):
    with lab.client("graph") as client:
        client.base_url = f"{lab.graph}/v1.0/"
        yield client


def permissions(arm, core):
    path = f"{core}/providers/Microsoft.Authorization/permissions"
    return arm.get(path).json()["value"][0]


def test_a_refused_action_is_forbidden_and_told(lab, arm, core):
    lab.faults({"refusedRights": {"arm": [WRITE, "Microsoft.Web/sites/config/list/*"]}})
    refused = arm.put(f"{core}/config/authsettingsV2", json={"properties": {}})
    listed = arm.get(f"{core}/config/authsettingsV2/list")

    assert [403, 403] == [refused.status_code, listed.status_code]
    assert "AuthorizationFailed" == refused.json()["error"]["code"]
    assert f"perform action '{WRITE}'" in refused.json()["error"]["message"]
    assert 200 == arm.get(f"{core}/config/authsettingsV2").status_code
    assert [WRITE, "Microsoft.Web/sites/config/list/*"] == permissions(arm, core)["notActions"]
    lab.reset("story")
    assert 200 == arm.put(f"{core}/config/authsettingsV2", json={"properties": {}}).status_code
    assert [] == permissions(arm, core)["notActions"]


def roles(token):
    return jwt.decode(token, options={"verify_signature": False})["roles"]


def test_a_refused_permission_is_good_for_nothing_and_in_no_token(lab, graph):
    right = "Application.ReadWrite.All"
    lab.faults({"refusedRights": {"graph": [right]}})
    refused = graph.post("applications", json={"displayName": "a"})

    assert (403, "Authorization_RequestDenied") == (
        refused.status_code,
        refused.json()["error"]["code"],
    )
    assert 200 == graph.get("applications").status_code
    assert right not in roles(lab.operator_token(lab.graph))
    lab.reset("story")
    assert right in roles(lab.operator_token(lab.graph))
    assert 201 == graph.post("applications", json={"displayName": "a"}).status_code


def gated(**policy):
    registration = {"clientId": str(uuid.uuid4())}
    provider = {"registration": registration, "validation": {"defaultAuthorizationPolicy": policy}}
    return {
        "platform": {"enabled": True},
        "globalValidation": {"unauthenticatedClientAction": "Return401"},
        "identityProviders": {"azureActiveDirectory": provider},
    }


def test_the_gates_switches_are_switched_and_back(lab, http, arm):
    stranger = lab.site("stranger")
    settings = gated(allowedApplications=[])
    audience = settings["identityProviders"]["azureActiveDirectory"]["registration"]["clientId"]
    path = f"{stranger['resourceId']}/config/authsettingsV2"

    def asked():
        arm.put(path, json={"properties": settings}).raise_for_status()
        token = lab.token({"aud": audience}, "stranger")
        headers = {"Authorization": f"Bearer {token}"}
        response = http.get(stranger["url"], headers=headers)
        return response.status_code, response.headers.get("server")

    assert (403, "Kestrel") == asked()
    lab.faults({"gate": {"emptyAllowedApplications": "deny", "platformOs": "windows"}})
    assert (403, "Microsoft-IIS/10.0") == asked()
    lab.faults({"gate": {"emptyAllowedApplications": "allow"}})
    assert 200 == asked()[0]
    lab.faults({})
    assert (403, "Kestrel") == asked()


def test_a_scenes_own_switches_stay(lab, http):
    lab.reset("windows")
    lab.faults({"gate": {"strictIssuer": True}})
    lab.faults({})
    with lab.client("arm") as arm:
        path = f"{lab.site('stranger')['resourceId']}/config/authsettingsV2"
        arm.put(path, params={"api-version": "2025-05-01"}, json={"properties": gated()})

    assert "Microsoft-IIS/10.0" == http.get(lab.url("stranger")).headers["server"]


@pytest.mark.parametrize("injects", [True, False])
def test_the_empty_allow_list_is_injected_or_not(lab, arm, core, injects):
    lab.faults({"injectAllowedApplicationsOnPut": injects})
    path = f"{core}/config/authsettingsV2"
    stored = arm.put(path, json={"properties": gated()}).json()["properties"]
    validation = stored["identityProviders"]["azureActiveDirectory"]["validation"]

    assert injects == ("allowedApplications" in validation["defaultAuthorizationPolicy"])


def test_fresh_settings_have_no_members_on_older_stamps(lab, arm, core):
    path = f"{core}/config/authsettingsV2"
    lab.faults({"freshAuthSettings": {}})

    assert {} == arm.get(path).json()["properties"]
    lab.faults({})
    assert {"platform": {"enabled": False}} == arm.get(path).json()["properties"]


def test_the_identity_endpoint_tells_what_entra_said_or_not(lab, http):
    inside = lab.inside("stranger")

    def said():
        response = http.get(
            inside["IDENTITY_ENDPOINT"],
            params={"api-version": "2019-08-01", "resource": "api://nobody"},
            headers={"X-IDENTITY-HEADER": inside["IDENTITY_HEADER"]},
        )
        assert 500 == response.status_code
        return response.json()["message"]

    opaque = "An unexpected error occured while fetching the AAD Token."
    assert opaque == said()
    lab.faults({"identityErrors": "aadsts"})
    assert said().startswith(f"{opaque} AADSTS500011: ")
    lab.faults({})
    assert opaque == said()


def named(graph, version, uri, **more):
    body = {"displayName": "a", "signInAudience": "AzureADMyOrg", **more}
    body["api"] = {"requestedAccessTokenVersion": version}
    return graph.post("applications", json=body | {"identifierUris": [uri]})


def test_the_policy_for_identifier_uris_is_default_strict_or_off(lab, graph):
    def statuses():
        uris = [(version, f"api://{uuid.uuid4()}") for version in (1, 2)]
        return [named(graph, version, uri).status_code for version, uri in uris]

    assert [400, 201] == statuses()
    lab.faults({"tenantPolicy": {"identifierUri": True}})
    assert [400, 400] == statuses()
    lab.faults({"tenantPolicy": {"identifierUri": False}})
    assert [201, 201] == statuses()
    lab.reset("story")
    assert [400, 201] == statuses()


def test_a_tenant_may_want_a_service_management_reference(lab, graph):
    before = graph.post("applications", json={"displayName": "old"}).json()
    lab.faults({"tenantPolicy": {"serviceManagementReference": True}})
    made = graph.post("applications", json={"displayName": "new"})
    changed = graph.patch(f"applications/{before['id']}", json={"displayName": "newer"})
    reference = {"serviceManagementReference": str(uuid.uuid4())}

    sentence = "ServiceManagementReference field is required for {}, but is missing in the request."
    assert [(400, "BadRequest", sentence.format(write)) for write in ("Create", "Update")] == [
        (each.status_code, each.json()["error"]["code"], each.json()["error"]["message"])
        for each in (made, changed)
    ]
    assert 204 == graph.patch(f"applications/{before['id']}", json=reference).status_code
    lab.reset("story")
    assert 201 == graph.post("applications", json={"displayName": "new"}).status_code


def published(lab):
    response = lab.http.get(f"{lab.entra}/{lab.tenant_id}/discovery/v2.0/keys")
    return [key["kid"] for key in response.json()["keys"]]


def signer(lab):
    return jwt.get_unverified_header(lab.operator_token(lab.arm))["kid"]


def test_an_announced_key_was_published_before_it_signs(lab, arm, core):
    keys, first = published(lab), signer(lab)
    lab.faults({"keyRollover": "announced"})

    assert signer(lab) in set(keys) - {first}
    assert sorted(keys) == sorted(published(lab))
    assert 200 == arm.get(core).status_code, "a token of the old key is good"
    lab.reset("story")
    assert (keys, first) == (published(lab), signer(lab))


def test_an_unannounced_key_is_unknown_to_a_client_with_the_old_set(lab, arm, core):
    keys = published(lab)
    lab.faults({"keyRollover": "unannounced"})

    assert signer(lab) not in keys
    assert [signer(lab), *keys] == published(lab)
    assert 200 == arm.get(core).status_code, "a token of the old key is good"
    lab.reset("story")
    assert keys == published(lab)
