"""Slots, function apps and Windows apps, as ARM shows them and their gates act."""

import re
import xml.etree.ElementTree as ET

import pytest


@pytest.fixture
def integration(lab):
    """The resource id of an app with one slot, staging."""
    lab.reset("slots")
    return lab.site("integration")["resourceId"]


def put_slot(arm, site, slot, **members):
    return arm.put(f"{site}/slots/{slot}", json={"location": "West Europe", **members})


# Slots


def test_a_slot_is_named_as_recorded(arm, integration):
    slot = arm.get(f"{integration}/slots/staging").json()

    assert ("integration/staging", "Microsoft.Web/sites/slots") == (slot["name"], slot["type"])
    assert f"{integration}/slots/staging" == slot["id"]
    assert ("integration(staging)", "integration", "integration__staging") == tuple(
        slot["properties"][name] for name in ("name", "repositorySiteName", "deploymentId")
    )


def test_a_slot_is_listed_with_its_app_and_not_among_the_apps(arm, integration):
    slots = arm.get(f"{integration}/slots").json()["value"]
    sites = arm.get(integration.rpartition("/")[0]).json()["value"]
    all_of_them = arm.get(integration.rpartition("/")[0], params={"includeSlots": "true"}).json()

    assert ["integration/staging"] == [each["name"] for each in slots]
    assert ["core", "integration", "stranger"] == [each["name"] for each in sites]
    assert 4 == len(all_of_them["value"])


def test_a_new_slot_has_an_address_of_its_own_and_nothing_of_the_apps_settings(
    arm, integration, http
):
    arm.put(f"{integration}/config/appsettings", json={"properties": {"A": "1"}})
    made = put_slot(arm, integration, "blue")
    host = made.json()["properties"]["defaultHostName"]
    settings = arm.post(f"{integration}/slots/blue/config/appsettings/list").json()

    assert 200 == made.status_code
    assert host != arm.get(integration).json()["properties"]["defaultHostName"]
    assert 200 == http.get(f"https://{host}").status_code
    assert {} == settings["properties"]


def test_a_slots_identity_is_another_principal_than_its_apps(arm, lab, integration):
    system = {"identity": {"type": "SystemAssigned"}}
    app = arm.patch(integration, json=system).json()["identity"]["principalId"]
    slot = arm.patch(f"{integration}/slots/staging", json=system).json()["identity"]["principalId"]
    with lab.client("graph") as graph:
        names = [
            graph.get(f"/v1.0/servicePrincipals/{each}").json()["displayName"]
            for each in (app, slot)
        ]

    assert ["integration", "integration/slots/staging"] == names
    assert (
        lab.inside("integration/staging")["IDENTITY_HEADER"]
        != (lab.inside("integration")["IDENTITY_HEADER"])
    )


def test_a_slots_gate_is_its_own(arm, lab, integration, http):
    closed = {"platform": {"enabled": True}, "globalValidation": {"requireAuthentication": True}}
    path = f"{integration}/slots/staging/config/authsettingsV2"
    arm.put(path, json={"properties": closed}).raise_for_status()

    assert (401, 200) == tuple(
        http.get(lab.url(name)).status_code for name in ("integration/staging", "integration")
    )


@pytest.mark.parametrize(
    ("slot", "body", "status", "code"),
    [
        pytest.param("green", {}, 400, "LocationRequired", id="no location"),
        pytest.param("-green", {"location": "West Europe"}, 400, "BadRequest", id="a bad name"),
        pytest.param(
            "green",
            {"location": "West Europe", "identity": {"type": "Sometimes"}},
            400,
            "InvalidRequestContent",
            id="a bad identity",
        ),
    ],
)
def test_a_slot_that_is_refused_is_not_there(arm, integration, slot, body, status, code):
    refused = arm.put(f"{integration}/slots/{slot}", json=body)
    error = refused.json()

    assert (status, code) == (refused.status_code, error.get("error", error).get("code", code))
    assert 404 == arm.get(f"{integration}/slots/{slot}").status_code


def test_slots_end_where_the_gates_end(arm, integration, lab):
    answers = [put_slot(arm, integration, f"slot-{number}") for number in range(9)]
    refused = answers[-1]

    assert [200] * 8 + [409] == [each.status_code for each in answers]
    assert "exceed the number of slots allowed" in refused.json()["Message"]
    lab.reset("two-tenants")
    assert 4 == len(lab.status()["sites"])


def test_a_missing_slot_is_named_as_azure_names_it(arm, integration):
    refused = arm.get(f"{integration}/slots/nobody/config/web")

    assert 404 == refused.status_code
    assert (
        "The Resource 'Microsoft.Web/sites/integration/slots/nobody' under resource group"
        " 'rg-story' was not found."
    ) in refused.json()["error"]["message"]


# What az reads of an app


def test_the_names_that_stay_with_a_slot_are_null_until_they_are_set(arm, integration):
    path = f"{integration}/config/slotConfigNames"
    before = arm.get(path).json()
    after = arm.put(path, json={"properties": {"appSettingNames": ["A"]}}).json()

    assert (None, "integration", "Microsoft.Web/sites") == (
        before["id"],
        before["name"],
        before["type"],
    )
    assert [None, None, None] == list(before["properties"].values())
    assert {
        "connectionStringNames": [],
        "appSettingNames": ["A"],
        "azureStorageConfigNames": [],
    } == (after["properties"])
    assert 400 == arm.put(path, json={"properties": {"appSettingNames": "A"}}).status_code


def test_a_slot_has_no_slot_setting_names_of_its_own(lab, arm, integration):
    lab.reset("slots")
    answer = arm.get(f"{integration}/slots/staging/config/slotConfigNames")

    assert 404 == answer.status_code


def test_config_web_is_named_after_its_site(arm, integration):
    found = arm.get(f"{integration}/config/web").json()
    site_config = arm.get(integration).json()["properties"]["siteConfig"]

    assert (f"{integration}/config/web", "integration") == (found["id"], found["name"])
    assert found["properties"].keys() >= site_config.keys()
    assert ("PYTHON|3.11", None) == tuple(
        found["properties"][name] for name in ("linuxFxVersion", "publishingPassword")
    )


def test_publishing_profiles_are_xml_without_a_password(arm, integration):
    response = arm.post(f"{integration}/publishxml")
    profiles = ET.fromstring(response.text)  # noqa: S314 - the lab's own answer

    assert "application/xml" == response.headers["content-type"]
    assert ["MSDeploy", "FTP", "ZipDeploy"] == [each.get("publishMethod") for each in profiles]
    assert {""} == {each.get("userPWD") for each in profiles}


def test_basic_authentication_is_off_until_it_is_allowed(arm, integration):
    path = f"{integration}/basicPublishingCredentialsPolicies"
    before = [each["properties"]["allow"] for each in arm.get(path).json()["value"]]
    arm.put(f"{path}/scm", json={"properties": {"allow": True}}).raise_for_status()

    assert [False, False] == before
    assert [False, True] == [
        arm.get(f"{path}/{name}").json()["properties"]["allow"] for name in ("ftp", "scm")
    ]


def test_a_restarted_app_answers_again(arm, lab, http):
    before = http.get(lab.url("integration"))
    restarted = arm.post(f"{lab.site('integration')['resourceId']}/restart")

    assert (200, b"") == (restarted.status_code, restarted.content)
    assert before.json() == http.get(lab.url("integration")).json()


# Kinds


@pytest.mark.parametrize(
    ("scene", "kind", "reserved"),
    [
        ("story", "app,linux", True),
        ("functions", "functionapp,linux", True),
        ("windows", "app", False),
    ],
)
def test_a_scene_has_its_kind_of_app(arm, lab, http, scene, kind, reserved):
    lab.reset(scene)
    site = arm.get(lab.site("integration")["resourceId"]).json()

    assert (kind, kind) == (site["kind"], site["properties"]["kind"])
    assert reserved is site["properties"]["reserved"]
    assert 200 == http.get(lab.url("integration")).status_code


def test_a_gate_on_windows_refuses_as_iis_does(arm, lab, http):
    lab.reset("windows")
    closed = {"platform": {"enabled": True}, "globalValidation": {"requireAuthentication": True}}
    path = f"{lab.site('integration')['resourceId']}/config/authsettingsV2"
    arm.put(path, json={"properties": closed}).raise_for_status()
    refused = http.get(lab.url("integration"))

    assert (401, "Microsoft-IIS/10.0") == (refused.status_code, refused.headers["server"])
    assert "x-ms-middleware-request-id" not in refused.headers
    assert re.search("do not have permission", refused.text)


# Swap with preview


def preview(arm, slot, target="production"):
    return arm.post(f"{slot}/applySlotConfig", json={"targetSlot": target, "preserveVnet": True})


def settings_of(arm, site):
    return arm.post(f"{site}/config/appsettings/list").json()["properties"]


def test_a_preview_gives_a_slot_the_settings_that_stay_with_production(arm, integration):
    staging = f"{integration}/slots/staging"
    for site, values in ((integration, {"A": "1", "B": "1"}), (staging, {"A": "2", "B": "2"})):
        arm.put(f"{site}/config/appsettings", json={"properties": values})
    sticky = {"properties": {"appSettingNames": ["A"]}}
    arm.put(f"{integration}/config/slotConfigNames", json=sticky)

    assert 200 == preview(arm, staging).status_code
    assert {"A": "1", "B": "2"} == settings_of(arm, staging)
    assert 200 == arm.post(f"{staging}/resetSlotConfig").status_code
    assert {"A": "2", "B": "2"} == settings_of(arm, staging)


@pytest.mark.parametrize("protected", ["", "/slots/staging"])
def test_no_preview_once_a_slot_has_authentication(arm, integration, protected):
    body = {"properties": {"platform": {"enabled": True}}}
    arm.put(f"{integration}{protected}/config/authsettingsV2", json=body)
    refused = preview(arm, f"{integration}/slots/staging")

    assert (409, "Conflict") == (refused.status_code, refused.json()["Code"])
    assert (
        "Swap with Preview cannot be used when one of the slots has site authentication enabled."
        == refused.json()["Message"]
    )


@pytest.mark.parametrize("target", ["blue", "staging", None])
def test_a_preview_is_with_another_slot_that_is_there(arm, integration, target):
    assert 400 == preview(arm, f"{integration}/slots/staging", target).status_code
