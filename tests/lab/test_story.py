"""The article's story, wired by hand through ARM and Graph: who gets through, and who does not."""

import httpx
import pytest

ROLE = "77777777-7777-4777-8777-777777777777"


@pytest.fixture
def client_id(lab, arm):
    """The client id of integration's registration, once core alone is let in."""
    core = lab.site("core")["resourceId"]
    identity = arm.patch(core, json={"identity": {"type": "SystemAssigned"}}).json()["identity"]
    role = {
        "id": ROLE,
        "allowedMemberTypes": ["Application"],
        "displayName": "Caller",
        "description": "May call",
        "value": "Caller",
        "isEnabled": True,
    }
    with lab.client("graph") as graph:
        caller = graph.get(f"/v1.0/servicePrincipals/{identity['principalId']}").json()["appId"]
        wanted = {
            "displayName": "integration",
            "signInAudience": "AzureADMyOrg",
            "api": {"requestedAccessTokenVersion": 2},
            "appRoles": [role],
        }
        app = graph.post("/v1.0/applications", json=wanted).json()
        uris = {"identifierUris": [f"api://{app['appId']}"]}
        graph.patch(f"/v1.0/applications/{app['id']}", json=uris).raise_for_status()
        principal = graph.post(
            "/v1.0/servicePrincipals",
            json={"appId": app["appId"], "appRoleAssignmentRequired": True},
        ).json()
        graph.post(
            f"/v1.0/servicePrincipals/{principal['id']}/appRoleAssignedTo",
            json={
                "principalId": identity["principalId"],
                "resourceId": principal["id"],
                "appRoleId": ROLE,
            },
        ).raise_for_status()
    settings = {
        "platform": {"enabled": True},
        "globalValidation": {"unauthenticatedClientAction": "Return401"},
        "identityProviders": {
            "azureActiveDirectory": {
                "registration": {
                    "clientId": app["appId"],
                    "openIdIssuer": f"{lab.entra}/{lab.tenant_id}/v2.0",
                },
                "validation": {
                    "defaultAuthorizationPolicy": {
                        "allowedApplications": [caller],
                        "allowedPrincipals": {"identities": [identity["principalId"]]},
                    }
                },
            }
        },
    }
    url = f"{lab.site('integration')['resourceId']}/config/authsettingsV2"
    arm.put(url, json={"properties": settings}).raise_for_status()
    scope = f"api://{app['appId']}/.default"
    lab.put_app_settings("core", INTEGRATION_URL=lab.url("integration"), INTEGRATION_SCOPE=scope)
    return app["appId"]


def test_core_gets_through_and_nobody_else(lab, http, client_id):
    url = lab.url("integration")
    without = http.get(url)
    relayed = http.get(f"{lab.url('core')}/?auth=0")
    wired = http.get(f"{lab.url('core')}/?auth=1")
    with pytest.raises(httpx.HTTPStatusError) as first_door:
        lab.identity_token(f"api://{client_id}", lab.inside("stranger"))
    token = lab.token({"aud": client_id}, site="stranger")
    second_door = http.get(url, headers={"Authorization": f"Bearer {token}"})

    assert (401, 401, 200) == (without.status_code, relayed.status_code, wired.status_code)
    assert wired.json()["items"]
    assert f'resource_id="{client_id}"' in without.headers["www-authenticate"]
    assert (500, 403) == (first_door.value.response.status_code, second_door.status_code)


def test_core_asks_for_one_token_for_many_calls(lab, http, client_id):
    for _ in range(3):
        http.get(f"{lab.url('core')}/?auth=1").raise_for_status()
    asked = [
        request
        for request in lab.requests("identity")
        if client_id in request["url"] and request["status"] == 200
    ]

    assert 1 == len(asked)
