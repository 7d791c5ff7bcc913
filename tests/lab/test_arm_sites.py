"""Subscriptions, tenants and sites as ARM shows them, held to what was recorded."""

import re

import pytest

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


# Subscriptions and tenants


def test_a_subscription_has_the_members_of_a_recorded_one(arm, lab, recorded, same_shape):
    (exchange,) = recorded("arm/arm_subscriptions_tenants.json")
    response = arm.get("/subscriptions")

    assert same_shape(exchange["response_body"], response.json())
    assert {"type": "Total", "value": 1} == response.json()["count"]
    (subscription,) = response.json()["value"]
    assert (lab.subscription_id, lab.tenant_id) == (
        subscription["subscriptionId"],
        subscription["tenantId"],
    )
    assert subscription == arm.get(subscription["id"]).json()


def test_the_tenant_is_listed(arm, lab):
    (tenant,) = arm.get("/tenants").json()["value"]

    assert (f"/tenants/{lab.tenant_id}", "Home") == (tenant["id"], tenant["tenantCategory"])


def test_somebody_elses_subscription_names_its_own_tenant(arm, lab, principals):
    lab.reset("two-tenants")
    foreign = lab.site("foreign")["resourceId"]
    subscription = arm.get("/".join(foreign.split("/")[:3])).json()

    assert (
        subscription["tenantId"] == arm.get(foreign).json()["identity"]["tenantId"] != lab.tenant_id
    )
    assert [{"tenantId": lab.tenant_id}] == subscription["managedByTenants"]
    assert arm.get(foreign).json()["identity"]["principalId"] not in principals()


# Sites


@pytest.mark.parametrize("number", [0, 1])
def test_a_site_has_the_members_and_types_of_a_recorded_one(
    arm, stranger, recorded, number, same_shape
):
    exchange = recorded("arm/arm_site_get_with_identity.json")[number]
    expected, actual = exchange["response_body"], arm.get(stranger).json()
    members = expected["properties"].keys() & actual["properties"].keys()

    assert number == 1 or expected["properties"].keys() == actual["properties"].keys()
    assert len(members) > 80
    for name in members - {"siteConfig"}:
        one, other = expected["properties"][name], actual["properties"][name]
        assert same_shape(one, other), name
    assert [name for name in expected if name != "tags"] == list(actual)


def test_a_site_is_reached_by_the_host_that_arm_names(arm, core, lab):
    document = arm.get(core).json()
    properties = document["properties"]
    standard, repository = properties["hostNameSslStates"]

    assert f"https://{properties['defaultHostName']}" == lab.url("core")
    assert [properties["defaultHostName"]] == properties["hostNames"]
    assert (properties["defaultHostName"], "Standard") == (standard["name"], standard["hostType"])
    assert "Repository" == repository["hostType"]
    assert ("app,linux", "West Europe", True) == (
        document["kind"],
        document["location"],
        properties["reserved"],
    )


def test_sites_are_listed_with_their_identities(arm, lab, stranger):
    lab.reset("two-tenants")
    sites = arm.get(f"/subscriptions/{lab.subscription_id}/providers/Microsoft.Web/sites").json()
    of_group = arm.get(stranger.rpartition("/")[0]).json()

    assert ["core", "integration", "stranger"] == [site["name"] for site in sites["value"]]
    assert [None, None, "SystemAssigned"] == [
        site.get("identity", {}).get("type") for site in sites["value"]
    ]
    assert sites == of_group
    assert None is sites["nextLink"]


def test_a_path_is_compared_without_case_and_doubled_slashes(arm, core):
    expected = arm.get(core).json()

    assert expected == arm.get(core.upper().replace("/PROVIDERS/", "/providers/")).json()
    assert expected == arm.get(core.replace("resourceGroups", "resourcegroups")).json()
    assert expected == arm.get(core.replace("Microsoft.Web/", "Microsoft.Web//")).json()


def test_an_answer_has_the_headers_of_a_recorded_one(arm, core, recorded):
    headers = recorded("arm/rec-response-headers.json")
    got = arm.get(core).headers
    for name in ("cache-control", "expires", "pragma", "x-cache", "x-content-type-options"):
        assert headers["common"][name] == got[name]

    assert headers["GET"].keys() <= got.keys()
    assert GUID.fullmatch(got["x-ms-request-id"])
    assert got["x-ms-request-id"] == got["x-ms-correlation-request-id"]
    assert re.fullmatch(r'"[0-9A-F]{15}"', got["etag"])
    assert headers["site PUT only"]["etag"][:3] == got["etag"][:3]
    assert headers["common"]["content-type"] == got["content-type"]
    settings = arm.put(f"{core}/config/authsettingsV2", json={"properties": {}}).headers
    assert headers["PUT config"].keys() <= settings.keys()
    assert "etag" not in settings
    listed = arm.post(f"{core}/config/appsettings/list").headers
    assert headers["POST list / site PUT"].keys() <= listed.keys()


def test_head_tells_whether_a_site_is_there(arm, core):
    there, not_there = arm.head(core), arm.head(f"{core}x")

    assert (200, 404) == (there.status_code, not_there.status_code)
    assert (b"", b"") == (there.content, not_there.content)


def test_a_changed_site_has_another_etag(arm, core, lab):
    before = arm.get(core).headers["etag"]
    lab.advance(5)
    arm.patch(core, json={"properties": {"httpsOnly": False}}).raise_for_status()

    assert before < arm.get(core).headers["etag"]


def test_a_patch_changes_what_it_names_and_no_fact_about_the_site(arm, core):
    before = arm.get(core).json()
    sent = {"tags": {"a": "b"}, "properties": {"httpsOnly": False, "defaultHostName": "evil"}}
    after = arm.patch(core, json=sent).json()

    assert {"a": "b"} == after["tags"] == after["properties"]["tags"]
    assert not after["properties"]["httpsOnly"]
    assert before["properties"]["defaultHostName"] == after["properties"]["defaultHostName"]
