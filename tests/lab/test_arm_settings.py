"""A site's authsettingsV2, classic settings and app settings, held to what was recorded."""

import json

import pytest

# authsettingsV2


def v2(arm, site, properties):
    return arm.put(f"{site}/config/authsettingsV2", json={"properties": properties})


def test_fresh_settings_are_as_recorded(arm, core, recorded):
    expected = recorded("arm/rec-authsettingsV2-list-fresh.json")["body"]
    response = arm.get(f"{core}/config/authSettingsV2/list")

    assert expected["properties"] == response.json()["properties"]
    assert (expected["name"], expected["type"]) == (
        response.json()["name"],
        response.json()["type"],
    )
    assert expected.keys() == response.json().keys()
    assert f"{core}/config/authsettingsV2" == response.json()["id"]


@pytest.mark.parametrize("name", ["minimal", "enable"])
def test_a_put_is_answered_with_the_recorded_document(arm, core, recorded, name):
    exchange = recorded(f"arm/rec-authsettingsV2-put-{name}.json")
    response = v2(arm, core, exchange["request"]["body"]["properties"])

    assert 200 == response.status_code
    assert exchange["body"]["properties"] == response.json()["properties"]
    assert response.json() == arm.get(f"{core}/config/authsettingsV2").json()
    assert response.json() == arm.get(f"{core}/config/authsettingsv2/list").json()


def test_a_put_is_answered_as_in_2023_but_for_what_the_service_added_since(arm, core, recorded):
    exchange = recorded("arm/arm_authsettingsv2.json")[1]
    expected = exchange["response_body"]["properties"]
    provider = expected["identityProviders"]["azureActiveDirectory"]
    provider["validation"]["defaultAuthorizationPolicy"]["allowedApplications"] = []
    expected["clearInboundClaimsMapping"] = "false"

    assert expected == v2(arm, core, exchange["request_body"]["properties"]).json()["properties"]


def test_a_put_replaces_what_was_there(arm, core):
    v2(arm, core, {"globalValidation": {"excludedPaths": ["/health"]}}).raise_for_status()
    after = v2(arm, core, {"platform": {"enabled": True}}).json()["properties"]

    assert "excludedPaths" not in after["globalValidation"]


def test_an_allow_list_that_was_sent_is_stored_as_sent(arm, core):
    policy = {"allowedApplications": ["a"], "allowedPrincipals": {"identities": ["b"]}}
    provider = {"validation": {"defaultAuthorizationPolicy": policy}}
    sent = {
        "platform": {"enabled": True},
        "identityProviders": {"azureActiveDirectory": provider},
    }
    stored = v2(arm, core, sent).json()["properties"]["identityProviders"]["azureActiveDirectory"]

    assert policy == stored["validation"]["defaultAuthorizationPolicy"]


def test_unknown_members_are_kept_as_sent(arm, core):
    sent = {"tomorrow": {"a": [None, 1, "true"]}, "platform": {"colour": "true", "shape": None}}
    stored = v2(arm, core, sent).json()["properties"]

    assert sent["tomorrow"] == stored["tomorrow"]
    assert sent["platform"].items() <= stored["platform"].items()


def test_null_stands_for_the_default(arm, core):
    sent = {"platform": {"enabled": None, "configFilePath": None}, "login": None}
    stored = v2(arm, core, sent).json()["properties"]

    assert {"enabled": False, "runtimeVersion": "~1"} == stored["platform"]
    assert stored["login"]["nonce"]["validateNonce"]


AAD = "identityProviders.azureActiveDirectory"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("globalValidation.requireAuthentication", "perhaps"),
        ("globalValidation.requireAuthentication", 1),
        ("globalValidation.unauthenticatedClientAction", "Return418"),
        ("globalValidation.excludedPaths", "/health"),
        ("globalValidation", True),
        ("platform.enabled", [True]),
        (f"{AAD}.registration.clientId", 7),
        (f"{AAD}.validation.allowedAudiences", ["a" * 501]),
        (f"{AAD}.validation.allowedAudiences", ["a" * 250, "b" * 251]),
        (f"{AAD}.validation.allowedAudiences", [1]),
        (f"{AAD}.validation.defaultAuthorizationPolicy", []),
        (f"{AAD}.validation.defaultAuthorizationPolicy.allowedApplications", "a"),
        (f"{AAD}.validation.defaultAuthorizationPolicy.allowedPrincipals.identities", ["a" * 501]),
        ("login.tokenStore.tokenRefreshExtensionHours", "72"),
    ],
)
def test_an_invalid_value_is_refused_by_the_provider_and_changes_nothing(
    arm, core, recorded, path, value, same_shape
):
    sent = value
    for name in reversed(path.split(".")):
        sent = {name: sent}
    before = arm.get(f"{core}/config/authsettingsV2").json()
    response = v2(arm, core, sent)
    expected = next(e for e in recorded("arm/arm_web_errors.json") if e["status"] == 400)

    assert 400 == response.status_code
    assert same_shape(expected["response_body"], response.json())
    assert [each.keys() for each in expected["response_body"]["Details"]] == [
        each.keys() for each in response.json()["Details"]
    ]
    assert before == arm.get(f"{core}/config/authsettingsV2").json()


# Classic settings, and app settings


def classic(arm, site):
    return arm.post(f"{site}/config/authsettings/list").json()


def test_the_classic_view_of_a_fresh_app_is_as_recorded(arm, core, recorded):
    expected = recorded("arm/rec-authsettings-v1-list-before.json")["body"]

    assert expected["properties"] == classic(arm, core)["properties"]
    assert (expected["name"], expected["type"]) == (
        classic(arm, core)["name"],
        classic(arm, core)["type"],
    )


def test_the_classic_view_after_a_v2_put_is_as_recorded(arm, core, recorded):
    minimal = recorded("arm/rec-authsettingsV2-put-minimal.json")["request"]["body"]
    v2(arm, core, minimal["properties"]).raise_for_status()
    expected = recorded("arm/rec-authsettings-v1-list-after-v2-put.json")["body"]

    assert expected["properties"] == classic(arm, core)["properties"]


def test_the_classic_view_shows_the_allow_list_of_v2_as_text(arm, core):
    policy = {"allowedApplications": ["a", "b"]}
    provider = {
        "registration": {"clientId": "c"},
        "validation": {"defaultAuthorizationPolicy": policy},
    }
    sent = {"platform": {"enabled": True}, "identityProviders": {"azureActiveDirectory": provider}}
    v2(arm, core, sent).raise_for_status()
    view = classic(arm, core)["properties"]

    assert (True, "c", "v2") == (view["enabled"], view["clientId"], view["configVersion"])
    assert {"allowed_groups": None, "allowed_client_applications": ["a", "b"]} == json.loads(
        view["aadClaimsAuthorization"]
    )


def test_classic_settings_are_replaced_and_not_seen_in_v2(arm, core, http, lab):
    sent = {"enabled": True, "clientId": "c", "unauthenticatedClientAction": "RedirectToLoginPage"}
    stored = arm.put(f"{core}/config/authsettings", json={"properties": sent}).json()["properties"]

    assert sent.items() <= stored.items()
    assert "v1" == stored["configVersion"]
    assert {"platform": {"enabled": False}} == (
        arm.get(f"{core}/config/authsettingsV2").json()["properties"]
    )
    assert 401 == http.get(lab.url("core")).status_code


def test_classic_settings_can_be_upgraded(arm, lab):
    lab.reset("classic")
    site = lab.site("integration")["resourceId"]
    before = classic(arm, site)["properties"]
    sent = {"properties": before | {"configVersion": "v2"}}
    arm.put(f"{site}/config/authsettings", json=sent).raise_for_status()
    after = arm.get(f"{site}/config/authsettingsV2").json()["properties"]

    assert ("v1", True) == (before["configVersion"], before["enabled"])
    assert "v2" == classic(arm, site)["properties"]["configVersion"]
    assert after["platform"]["enabled"]
    assert (
        before["clientId"]
        == after["identityProviders"]["azureActiveDirectory"]["registration"]["clientId"]
    )


@pytest.mark.parametrize("properties", [{"enabled": "perhaps"}, {"configVersion": "v3"}])
def test_classic_settings_that_make_no_sense_are_refused(arm, core, properties):
    response = arm.put(f"{core}/config/authsettings", json={"properties": properties})

    assert (400, "BadRequest") == (response.status_code, response.json()["Code"])


def test_app_settings_are_replaced_whole(arm, core, lab):
    url = f"{core}/config/appsettings"
    arm.put(url, json={"properties": {"A": "1", "B": True}}).raise_for_status()
    arm.put(url, json={"properties": {"C": "é"}}).raise_for_status()
    response = arm.post(f"{url}/list")

    assert {"C": "é"} == response.json()["properties"]
    assert ("appsettings", "Microsoft.Web/sites/config") == (
        response.json()["name"],
        response.json()["type"],
    )
    assert "é" == lab.inside("core")["C"]


@pytest.mark.parametrize(
    "properties",
    [
        *({"A=B": "x"}, {"": "x"}, {"A": "\0"}, {"A": None}, {"A": []}),
        *({"A:B": "x"}, {"A-B": "x"}),
    ],
)
def test_app_settings_that_no_environment_can_hold_are_refused(arm, core, properties):
    content = json.dumps({"properties": properties}).encode()
    response = arm.put(f"{core}/config/appsettings", content=content)

    assert (400, "BadRequest") == (response.status_code, response.json()["Code"])


def test_an_app_on_windows_takes_settings_with_a_colon_or_a_hyphen(arm, core, lab):
    lab.reset("windows")
    sent = {"properties": {"A:B": "1", "A-B": "2"}}
    answer = arm.put(f"{core}/config/appsettings", json=sent)

    assert sent["properties"] == answer.json()["properties"]


def test_app_settings_come_with_a_site_too(arm, core):
    pairs = [{"name": "A", "value": "1"}]
    sent = {"properties": {"siteConfig": {"appSettings": pairs}}}
    arm.patch(core, json=sent).raise_for_status()

    assert {"A": "1"} == arm.post(f"{core}/config/appsettings/list").json()["properties"]
