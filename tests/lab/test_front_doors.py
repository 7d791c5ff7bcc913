"""What probes an app without a token, as ARM lists it."""

import pytest


@pytest.fixture
def probed(lab):
    """The subscription's path in ARM, in the scene that has one of each."""
    lab.reset("probed")
    return f"/subscriptions/{lab.subscription_id}"


def listed(arm, path):
    answer = arm.get(path)
    assert 200 == answer.status_code, answer.text
    return answer.json()["value"]


def test_a_gateway_names_the_app_and_the_path_of_its_probe(lab, arm, probed):
    (gateway,) = listed(arm, f"{probed}/providers/Microsoft.Network/applicationGateways")
    properties = gateway["properties"]
    (pool,), (settings,) = (
        properties["backendAddressPools"],
        properties["backendHttpSettingsCollection"],
    )
    (probe,) = properties["probes"]

    host = lab.url("integration").removeprefix("https://").partition(":")[0]
    assert [{"fqdn": host}] == pool["properties"]["backendAddresses"]
    assert probe["id"] == settings["properties"]["probe"]["id"]
    assert ("/health", ["200-399"]) == (
        probe["properties"]["path"],
        probe["properties"]["match"]["statusCodes"],
    )


def test_front_door_is_walked_from_its_profile_to_its_origins(arm, probed):
    (profile,) = listed(arm, f"{probed}/providers/Microsoft.Cdn/profiles")
    (group,) = listed(arm, f"{profile['id']}/originGroups")
    (origin,) = listed(arm, f"{group['id']}/origins")

    assert "/health" == group["properties"]["healthProbeSettings"]["probePath"]
    assert "Microsoft.Cdn/profiles/originGroups/origins" == origin["type"]
    assert origin == arm.get(origin["id"]).json()


@pytest.mark.parametrize(
    "kind", ["Microsoft.Network/trafficManagerProfiles", "Microsoft.Insights/webtests"]
)
def test_traffic_manager_and_web_tests_name_the_app(lab, arm, probed, kind):
    (found,) = listed(arm, f"{probed}/resourceGroups/rg-story/providers/{kind}")
    text = str(found["properties"])

    assert "/health" in text
    assert lab.url("integration").removeprefix("https://").partition(":")[0] in text


def test_no_other_scene_has_anything_that_probes(lab, arm):
    path = f"/subscriptions/{lab.subscription_id}/providers"

    assert [] == listed(arm, f"{path}/Microsoft.Network/applicationGateways")
    assert [] == listed(arm, f"{path}/Microsoft.Cdn/profiles")


def test_what_probes_is_read_with_a_right_and_never_changed(lab, arm, probed):
    path = f"{probed}/resourceGroups/rg-story/providers/Microsoft.Network/applicationGateways"
    assert 404 == arm.get(f"{path}/other").status_code
    assert 405 == arm.put(f"{path}/gateway", json={}).status_code
    lab.faults({"refusedRights": {"arm": ["Microsoft.Network/*/read"]}})
    refused = arm.get(f"{path}/gateway")

    assert (403, "AuthorizationFailed") == (refused.status_code, refused.json()["error"]["code"])
