"""Who may do what in ARM, and what is answered where nothing is."""

import jwt
import pytest

IDENTITIES = "providers/Microsoft.ManagedIdentity/userAssignedIdentities"


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


def test_an_identity_without_rights_is_told_what_it_lacks(lab, core, arm, stranger, principals):
    principal = arm.get(stranger).json()["identity"]["principalId"]
    app_id = principals()[principal]["appId"]
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


# What roles allow, and something else forbids


WRITE = "Microsoft.Web/sites/write"


def refused_write(lab, arm, core, code):
    lab.faults({"armRefusals": {WRITE: code}})
    response = arm.patch(core, json={"identity": {"type": "SystemAssigned"}})
    error = response.json()["error"]
    assert code == error["code"]
    assert "identity" not in arm.get(core).json()
    return response.status_code, error


def test_a_policy_is_named_by_its_assignment(lab, arm, core):
    status, error = refused_write(lab, arm, core, "RequestDisallowedByPolicy")
    (violation,) = error["additionalInfo"]

    assert (403, "core") == (status, error["target"])
    assert error["message"].startswith("Resource 'core' was disallowed by policy. Reasons: '")
    assert ("PolicyViolation", "deny") == (
        violation["type"],
        violation["info"]["policyDefinitionEffect"],
    )
    assert violation["info"]["policyAssignmentId"].startswith(
        f"/subscriptions/{lab.subscription_id}/providers/Microsoft.Authorization/policyAssignments/"
    )


def test_a_linked_scope_is_named_with_the_action_that_is_missing_there(lab, arm, core):
    status, error = refused_write(lab, arm, core, "LinkedAuthorizationFailed")

    assert 403 == status
    assert f"has permission to perform action '{WRITE}' on scope '{core}'" in error["message"]
    assert "action(s) 'Microsoft.Web/serverfarms/join/action' on the linked" in error["message"]


def test_a_deny_assignment_is_named_with_its_scope(lab, arm, core):
    status, error = refused_write(lab, arm, core, "DenyAssignmentAuthorizationFailed")

    assert 403 == status
    assert "denied because of the deny assignment with name 'Deny assignment '" in error["message"]
    assert error["message"].endswith(f"at scope '{core.partition('/providers/')[0]}'.")


def test_a_lock_is_a_conflict(lab, arm, core):
    status, error = refused_write(lab, arm, core, "ScopeLocked")

    assert 409 == status
    assert f"'{core.partition('/providers/')[0]}'" in error["message"]


def test_what_a_role_does_not_allow_is_refused_for_that(lab, arm, core):
    lab.faults({"armRefusals": {"*/write": "ScopeLocked"}, "refusedRights": {"arm": [WRITE]}})

    assert "AuthorizationFailed" == arm.patch(core, json={}).json()["error"]["code"]
    assert 200 == arm.get(f"{core}/config/authsettingsV2").status_code
    assert 409 == arm.put(f"{core}/config/appsettings", json={"properties": {}}).status_code


# Api-versions


@pytest.mark.parametrize("version", ["2025-05-01", "2024-11-01"])
def test_azure_government_lacks_api_versions_and_names_those_it_has(lab, core, version):
    lab.faults({"apiVersions": "usgovernment"})
    with lab.client("arm") as arm:
        response = arm.get(core, params={"api-version": version})
        sites = arm.get(core.rpartition("/")[0], params={"api-version": version})
        others = arm.get("/subscriptions", params={"api-version": version})

    error = response.json()["error"]
    assert (400, "NoRegisteredProviderFound") == (response.status_code, error["code"])
    assert f"for location 'usgovarizona' and API version '{version}'" in error["message"]
    assert "'2024-04-01, 2023-12-01, " in error["message"]
    assert [400, 200] == [sites.status_code, others.status_code]


@pytest.mark.parametrize("version", ["2024-04-01", "2023-12-01"])
def test_azure_government_has_older_api_versions(lab, core, version):
    lab.faults({"apiVersions": "usgovernment"})
    with lab.client("arm") as arm:
        assert 200 == arm.get(core, params={"api-version": version}).status_code
