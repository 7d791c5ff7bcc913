"""ARM as a client sees it, held to what Azure was recorded to answer."""

import json
import re

import jwt
import pytest

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
IDENTITIES = "providers/Microsoft.ManagedIdentity/userAssignedIdentities"


@pytest.fixture
def core(lab):
    """The resource id of an app without an identity."""
    return lab.site("core")["resourceId"]


@pytest.fixture
def stranger(lab):
    """The resource id of an app with a system-assigned identity."""
    return lab.site("stranger")["resourceId"]


def identity_of(arm, site):
    return arm.get(site).json().get("identity")


def patched(arm, site, identity):
    response = arm.patch(site, json={"identity": identity})
    assert 200 == response.status_code, response.text
    return response.json().get("identity")


def principals(lab):
    with lab.client("graph") as graph:
        found = graph.get("/v1.0/servicePrincipals", params={"$top": "100"}).json()["value"]
    return {principal["id"]: principal for principal in found}


def made_identity(arm, lab, name):
    resource_id = (
        f"/subscriptions/{lab.subscription_id}/resourceGroups/rg-story/{IDENTITIES}/{name}"
    )
    response = arm.put(resource_id, json={"location": "westeurope"})
    assert 201 == response.status_code
    return resource_id


def types_of(document):
    """A document with every value replaced by its type, None by nothing: null fits any type."""
    match document:
        case dict():
            return {name: types_of(value) for name, value in document.items()}
        case list():
            return list
        case None:
            return None
        case _:
            return type(document)


def fits(expected, actual):
    """Say whether two `types_of` agree, where null on either side says nothing."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(
            fits(expected[name], actual[name]) for name in expected
        )
    return expected is None or actual is None or expected == actual


# Subscriptions and tenants


def test_a_subscription_has_the_members_of_a_recorded_one(arm, lab, recorded):
    (exchange,) = recorded("arm/arm_subscriptions_tenants.json")
    response = arm.get("/subscriptions")

    assert fits(types_of(exchange["response_body"]), types_of(response.json()))
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


def test_somebody_elses_subscription_names_its_own_tenant(arm, lab):
    lab.reset("two-tenants")
    foreign = lab.site("foreign")["resourceId"]
    subscription = arm.get("/".join(foreign.split("/")[:3])).json()

    assert subscription["tenantId"] == identity_of(arm, foreign)["tenantId"] != lab.tenant_id
    assert [{"tenantId": lab.tenant_id}] == subscription["managedByTenants"]
    assert identity_of(arm, foreign)["principalId"] not in principals(lab)


# Sites


@pytest.mark.parametrize("number", [0, 1])
def test_a_site_has_the_members_and_types_of_a_recorded_one(arm, stranger, recorded, number):
    exchange = recorded("arm/arm_site_get_with_identity.json")[number]
    expected, actual = exchange["response_body"], arm.get(stranger).json()
    members = expected["properties"].keys() & actual["properties"].keys()

    assert number == 1 or expected["properties"].keys() == actual["properties"].keys()
    assert len(members) > 80
    for name in members - {"siteConfig"}:
        one, other = expected["properties"][name], actual["properties"][name]
        assert fits(types_of(one), types_of(other)), name
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


# Identities


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


def test_an_identity_is_a_service_principal_as_recorded(arm, core, lab):
    identity = patched(arm, core, {"type": "SystemAssigned"})
    principal = principals(lab)[identity["principalId"]]

    assert "ManagedIdentity" == principal["servicePrincipalType"]
    assert "core" == principal["displayName"]
    assert ["isExplicit=False", core.replace("resourceGroups", "resourcegroups")] == (
        principal["alternativeNames"]
    )
    assert (None, None) == (principal["appDisplayName"], principal["appOwnerOrganizationId"])
    app_id, alias = principal["servicePrincipalNames"]
    assert principal["appId"] == app_id
    assert alias.startswith("https://identity.azure.net/")


def test_disabling_deletes_the_principal_and_enabling_again_makes_another(arm, core, lab):
    first = patched(arm, core, {"type": "SystemAssigned"})["principalId"]
    gone = patched(arm, core, {"type": "None"})
    left = principals(lab)
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


def test_the_type_decides_so_leaving_system_out_takes_it_away(arm, stranger, lab):
    one = made_identity(arm, lab, "id-orders")
    before = identity_of(arm, stranger)["principalId"]
    identity = patched(arm, stranger, {"type": "UserAssigned", "userAssignedIdentities": {one: {}}})

    assert {"type", "userAssignedIdentities"} == identity.keys()
    assert before not in principals(lab)


def test_both_kinds_are_named_with_comma_and_space(arm, stranger, lab):
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
    assert ids["clientId"] == principals(lab)[ids["principalId"]]["appId"]


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


def test_a_user_assigned_identity_is_as_recorded(arm, lab, recorded):
    (exchange,) = recorded("arm/arm_user_assigned_identities.json")
    resource_id = made_identity(arm, lab, "id-orders")
    found = arm.get(resource_id).json()

    assert fits(types_of(exchange["response_body"]), types_of(found))
    assert resource_id.replace("resourceGroups", "resourcegroups") == found["id"]
    assert 200 == arm.put(resource_id, json={"location": "westeurope"}).status_code
    assert found == arm.get(resource_id).json()
    principal = principals(lab)[found["properties"]["principalId"]]
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
    arm, core, recorded, path, value
):
    sent = value
    for name in reversed(path.split(".")):
        sent = {name: sent}
    before = arm.get(f"{core}/config/authsettingsV2").json()
    response = v2(arm, core, sent)
    expected = next(e for e in recorded("arm/arm_web_errors.json") if e["status"] == 400)

    assert 400 == response.status_code
    assert fits(types_of(expected["response_body"]), types_of(response.json()))
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
    "properties", [{"A=B": "x"}, {"": "x"}, {"A": "\0"}, {"A": "\ud800"}, {"A": None}, {"A": []}]
)
def test_app_settings_that_no_environment_can_hold_are_refused(arm, core, properties):
    content = json.dumps({"properties": properties}).encode()
    response = arm.put(f"{core}/config/appsettings", content=content)

    assert (400, "BadRequest") == (response.status_code, response.json()["Code"])


def test_app_settings_come_with_a_site_too(arm, core):
    pairs = [{"name": "A", "value": "1"}]
    sent = {"properties": {"siteConfig": {"appSettings": pairs}}}
    arm.patch(core, json=sent).raise_for_status()

    assert {"A": "1"} == arm.post(f"{core}/config/appsettings/list").json()["properties"]


# Who may do what


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "AuthenticationFailed"),
        ({"Authorization": "Basic YTpi"}, "InvalidAuthenticationToken"),
        ({"Authorization": "Bearer x"}, "InvalidAuthenticationToken"),
        ({"Authorization": "Bearer"}, "InvalidAuthenticationToken"),
    ],
)
def test_without_a_token_arm_says_where_to_get_one(lab, http, core, headers, code):
    response = http.get(f"{lab.arm}{core}", params={"api-version": "2025-05-01"}, headers=headers)
    challenge = response.headers["www-authenticate"]

    assert (401, code) == (response.status_code, response.json()["error"]["code"])
    assert challenge.startswith(
        f'Bearer authorization_uri="{lab.entra}/{lab.tenant_id}", error="invalid_token"'
    )


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"aud": "https://graph.microsoft.com"}, "InvalidAuthenticationTokenAudience"),
        ({"exp": 1}, "ExpiredAuthenticationToken"),
        ({"nbf": 2**40}, "ExpiredAuthenticationToken"),
        ({"iss": "https://sts.windows.net/x/"}, "InvalidAuthenticationTokenTenant"),
    ],
)
def test_a_token_for_something_else_is_refused(lab, http, core, claims, code):
    token = lab.token({"aud": lab.arm} | claims, site="stranger")
    response = http.get(f"{lab.arm}{core}?api-version=2025-05-01", headers=bearer(token))

    assert (401, code) == (response.status_code, response.json()["error"]["code"])
    assert token not in response.text


def test_a_token_that_was_tampered_with_is_refused(lab, http, core):
    header, _, signature = lab.operator_token(lab.arm).split(".")
    payload = jwt.encode({"aud": lab.arm, "oid": "x"}, "k" * 32).split(".")[1]
    for token in (f"{header}.{payload}.{signature}", jwt.encode({"aud": lab.arm}, "k" * 32)):
        response = http.get(f"{lab.arm}{core}?api-version=2025-05-01", headers=bearer(token))

        assert (401, "InvalidAuthenticationToken") == (
            response.status_code,
            response.json()["error"]["code"],
        )


@pytest.mark.parametrize("slashes", ["", "/", "//"])
@pytest.mark.parametrize(
    "audience", [None, "https://management.azure.com", "https://management.core.windows.net"]
)
def test_arm_takes_tokens_for_its_own_names(lab, http, core, audience, slashes):
    token = lab.operator_token((audience or lab.arm) + slashes)
    response = http.get(f"{lab.arm}{core}?api-version=2025-05-01", headers=bearer(token))

    assert 200 == response.status_code


def test_an_identity_without_rights_is_told_what_it_lacks(lab, core, arm, stranger):
    principal = identity_of(arm, stranger)["principalId"]
    app_id = principals(lab)[principal]["appId"]
    token = lab.identity_token(lab.arm, lab.inside("stranger"))
    with lab.client("arm", token) as client:
        client.params = {"api-version": "2025-05-01"}
        response = client.get(core)
        subscriptions = client.get("/subscriptions").json()["value"]
        one = client.get(f"/subscriptions/{lab.subscription_id}")
        nothing = client.get("/subscriptions/00000000-0000-0000-0000-000000000000")

    assert 403 == response.status_code
    assert {
        "code": "AuthorizationFailed",
        "message": f"The client '{app_id}' with object id '{principal}' does not have"
        " authorization to perform action 'Microsoft.Web/sites/read' over scope"
        f" '{core}' or the scope is invalid. If access was recently granted, please refresh your"
        " credentials.",
    } == response.json()["error"]
    assert [] == subscriptions
    assert (403, "AuthorizationFailed") == (one.status_code, one.json()["error"]["code"])
    assert (404, "SubscriptionNotFound") == (nothing.status_code, nothing.json()["error"]["code"])


def test_a_reader_reads_but_no_secrets_and_writes_nothing(lab, arm, stranger):
    lab.reset("reader")
    stranger = lab.site("stranger")["resourceId"]
    before = arm.get(stranger).json()
    token = lab.identity_token(lab.arm, lab.inside("stranger"))
    with lab.client("arm", token) as reader:
        reader.params = {"api-version": "2025-05-01"}
        answers = {
            "site": reader.get(stranger),
            "settings": reader.get(f"{stranger}/config/authsettingsV2"),
            "settings list": reader.get(f"{stranger}/config/authsettingsV2/list"),
            "classic list": reader.post(f"{stranger}/config/authsettings/list"),
            "app settings": reader.post(f"{stranger}/config/appsettings/list"),
            "patch": reader.patch(stranger, json={"identity": {"type": "None"}}),
            "put": reader.put(stranger, json=before | {"identity": {"type": "None"}}),
            "put settings": reader.put(f"{stranger}/config/authsettingsV2", json={}),
            "put classic": reader.put(f"{stranger}/config/authsettings", json={}),
            "put app settings": reader.put(f"{stranger}/config/appsettings", json={}),
            "permissions": reader.get(f"{stranger}/providers/Microsoft.Authorization/permissions"),
        }
    statuses = {name: response.status_code for name, response in answers.items()}

    assert {"site", "settings", "permissions"} == {k for k, v in statuses.items() if v == 200}
    assert {200, 403} == set(statuses.values())
    assert "'Microsoft.Web/sites/config/list/action'" in answers["settings list"].text
    assert ["*/read"] == answers["permissions"].json()["value"][0]["actions"]
    assert before == arm.get(stranger).json()


# What is not there


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("{group}/{sites}/nothing", 404, "ResourceNotFound"),
        ("{group}x/{sites}/core", 404, "ResourceGroupNotFound"),
        ("{group}x/{sites}", 404, "ResourceGroupNotFound"),
        ("{group}/{identities}/nothing", 404, "ResourceNotFound"),
        ("{group}/{sites}/core/nothing", 404, "InvalidResourceType"),
        ("{group}/providers/Microsoft.Nothing/things/x", 404, "InvalidResourceType"),
        ("{group}/nothing", 404, "NotFound"),
        ("/subscriptions/nothing/{sites}", 404, "SubscriptionNotFound"),
        ("/nothing", 404, "NotFound"),
        ("/", 404, "NotFound"),
    ],
)
def test_what_is_not_there_is_refused_by_the_front_door(arm, lab, path, status, code):
    group = f"/subscriptions/{lab.subscription_id}/resourceGroups/rg-story"
    sites = "providers/Microsoft.Web/sites"
    response = arm.get(path.format(group=group, sites=sites, identities=IDENTITIES))

    assert (status, code) == (response.status_code, response.json()["error"]["code"])
    assert "gateway" == response.headers["x-ms-failure-cause"]


def test_a_missing_resource_is_named_as_recorded(arm, core, recorded):
    exchanges = recorded("arm/arm_web_errors.json")
    exchange = next(each for each in exchanges if "error" in each["response_body"])
    error = arm.get(core.replace("/core", "/plan000003")).json()["error"]
    expected = exchange["response_body"]["error"]

    assert expected["code"] == error["code"]
    assert (
        expected["message"].replace("serverFarms", "sites").replace("clitest.rg000001", "rg-story")
        == error["message"]
    )


def test_a_missing_configuration_is_refused_by_the_provider(arm, core):
    response = arm.get(f"{core}/config/nothing")

    assert (404, "NotFound") == (response.status_code, response.json()["Code"])
    assert {"Code", "Message", "Target", "Details", "Innererror"} == response.json().keys()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "MissingApiVersionParameter"),
        ("?api-version=", "MissingApiVersionParameter"),
        ("?api-version=latest", "InvalidApiVersionParameter"),
        ("?api-version=2025-5-1", "InvalidApiVersionParameter"),
    ],
)
def test_an_api_version_is_a_date(lab, core, query, code):
    with lab.client("arm") as client:
        response = client.get(f"{core}{query}")

    assert (400, code) == (response.status_code, response.json()["error"]["code"])


def test_a_preview_version_is_one_too(lab, core):
    with lab.client("arm") as client:
        assert 200 == client.get(f"{core}?api-version=2024-01-01-preview").status_code


@pytest.mark.parametrize(
    ("method", "below"),
    [
        ("DELETE", ""),
        ("POST", ""),
        ("PATCH", "/config/authsettingsV2"),
        ("GET", "/config/appsettings/list"),
        ("POST", "/providers/Microsoft.Authorization/permissions"),
    ],
)
def test_a_method_that_a_resource_does_not_have_is_refused(arm, core, method, below):
    response = arm.request(method, core + below, json={})

    assert (405, "HttpMethodNotSupported") == (
        response.status_code,
        response.json()["error"]["code"],
    )


@pytest.mark.parametrize(
    "content",
    [b"{", b"\xff\xfe", b"[]", b"1", b"null", b"", b'{"tags": {"a": 1e999}}', b"[" * 100_000],
)
@pytest.mark.parametrize(
    ("method", "below"),
    [
        ("PATCH", ""),
        ("PUT", ""),
        ("PUT", "/config/authsettingsV2"),
        ("PUT", "/config/authsettings"),
        ("PUT", "/config/appsettings"),
    ],
)
def test_a_body_that_is_no_object_is_refused(arm, core, method, below, content):
    response = arm.request(method, core + below, content=content)

    assert (400, "InvalidRequestContent") == (
        response.status_code,
        response.json()["error"]["code"],
    )


@pytest.mark.parametrize("member", ["identity", "properties", "tags"])
def test_a_member_of_another_type_is_refused(arm, core, member):
    response = arm.patch(core, json={member: [1]})

    assert 400 == response.status_code


def test_a_property_of_another_type_is_refused(arm, core):
    before = arm.get(core).json()
    response = arm.patch(core, json={"properties": {"httpsOnly": "perhaps"}})

    assert (400, "BadRequest") == (response.status_code, response.json()["Code"])
    assert before == arm.get(core).json()


@pytest.mark.parametrize("host", ["evil.example/x?y=z", "a@b:99999", "", "[::"])
def test_the_host_header_does_not_change_what_is_asked_for(arm, core, host):
    assert arm.get(core).json() == arm.get(core, headers={"Host": host}).json()


def test_a_put_of_a_site_names_its_location(arm, core):
    response = arm.put(core, json={"properties": {}})

    assert (400, "LocationRequired") == (response.status_code, response.json()["error"]["code"])


def test_whoever_may_not_assign_an_identity_cannot_attach_it(arm, lab):
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
