"""Entra ID and what its tokens say, over HTTP."""

import base64
import json

import jwt
import pytest

from miwire.lab.documents import ARM_APP_ID, GRAPH_APP_ID, new_id

ROLE = "99999999-9999-4999-8999-999999999999"


@pytest.fixture
def api(azure, directory):
    """A registration with an identifier URI, v2 tokens, and a service principal."""
    application = directory.post(
        "/applications", json={"displayName": "integration", "signInAudience": "AzureADMyOrg"}
    ).json()
    role = {
        "id": ROLE,
        "allowedMemberTypes": ["Application"],
        "displayName": "Caller",
        "description": "May call",
        "value": "Caller",
    }
    directory.patch(
        f"/applications/{application['id']}",
        json={
            "identifierUris": [f"api://{application['appId']}"],
            "api": {"requestedAccessTokenVersion": 2},
            "appRoles": [role],
        },
    )
    directory.post("/servicePrincipals", json={"appId": application["appId"]})
    return azure.tenant.application_of(application["appId"])


def payload(response):
    return jwt.decode(response.json()["access_token"], options={"verify_signature": False})


@pytest.mark.parametrize(
    ("fixture", "path", "version"),
    [
        ("entra/openid-configuration-v1.json", "/.well-known/openid-configuration", ""),
        ("entra/openid-configuration-v2.json", "/v2.0/.well-known/openid-configuration", "v2.0"),
    ],
)
def test_discovery_has_the_members_of_the_recorded_document(
    azure, recorded, fixture, path, version
):
    entra, tenant_id = azure.tenant.addresses.entra, azure.tenant.tenant_id
    document = recorded(fixture)
    here = json.loads(
        json.dumps(document)
        .replace("https://login.microsoftonline.com", entra)
        .replace("https://sts.windows.net", entra)
        .replace("8" * 8 + "-8888-8888-8888-" + "8" * 12, tenant_id)
    )

    found = azure.client.get(f"{entra}/{tenant_id}{path}").json()

    theirs = {"cloud_instance_name", "msgraph_host", "tenant_region_scope", "userinfo_endpoint"}
    assert here.keys() == found.keys()
    assert f"{entra}/{tenant_id}/{version}" == found["issuer"]
    assert {} == {
        name: value for name, value in here.items() if name not in theirs and found[name] != value
    }


@pytest.mark.parametrize("segment", ["common", "organizations"])
def test_the_shared_authorities_name_a_template_issuer(azure, segment):
    base = f"{azure.tenant.addresses.entra}/{segment}"
    v1 = azure.client.get(f"{base}/.well-known/openid-configuration").json()
    v2 = azure.client.get(f"{base}/v2.0/.well-known/openid-configuration").json()

    entra = azure.tenant.addresses.entra
    assert f"{entra}/{{tenantid}}/" == v1["issuer"]
    assert f"{entra}/{{tenantid}}/v2.0" == v2["issuer"]


@pytest.mark.parametrize("version", ["", "v2.0/"])
def test_the_published_keys_are_two_public_ones_that_verify_tokens(azure, version):
    base = f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}"
    discovery = azure.client.get(f"{base}/{version}.well-known/openid-configuration").json()
    keys = azure.client.get(discovery["jwks_uri"]).json()["keys"]
    token = azure.token().json()["access_token"]

    kid = jwt.get_unverified_header(token)["kid"]
    key = jwt.PyJWK(next(each for each in keys if each["kid"] == kid), "RS256")
    assert 2 == len(keys)
    assert [{"kty", "use", "kid", "x5t", "n", "e", "x5c", "issuer"}] * 2 == [set(k) for k in keys]
    assert jwt.decode(token, key, ["RS256"], audience="https://graph.microsoft.com")


def test_an_unknown_tenant_is_aadsts90002_everywhere(azure):
    base = f"{azure.tenant.addresses.entra}/{new_id()}"
    answers = [
        azure.client.get(f"{base}/v2.0/.well-known/openid-configuration"),
        azure.client.get(f"{base}/discovery/v2.0/keys"),
        azure.client.post(f"{base}/oauth2/v2.0/token", data={}),
    ]

    assert [(400, [90002])] * 3 == [(a.status_code, a.json()["error_codes"]) for a in answers]


def test_a_token_comes_with_the_recorded_members_and_headers(azure, recorded):
    published = recorded("entra/token-client-credentials-v2.json")
    response = azure.token()

    body = response.json()
    assert published["body"].keys() == body.keys()
    assert ("Bearer", 3599, 3599) == (
        body["token_type"],
        body["expires_in"],
        body["ext_expires_in"],
    )
    assert published["headers"] == {name: response.headers[name] for name in published["headers"]}


def test_fields_that_sdks_add_are_tolerated(azure):
    response = azure.token(
        **{
            "client_info": "1",
            "claims": '{"access_token": {"xms_cc": {"values": ["CP1"]}}}',
            "x-client-SKU": "MSAL.Python",
        }
    )

    assert 200 == response.status_code


def test_a_client_may_prove_itself_by_basic_authentication(azure):
    secret = "the+operator%27s+secret"
    credentials = base64.b64encode(f"{azure.operator['appId']}:{secret}".encode()).decode()
    response = azure.client.post(
        f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}/oauth2/v2.0/token",
        data={
            "grant_type": "client_credentials",
            "scope": "https://graph.microsoft.com/.default",
        },
        headers={"Authorization": f"Basic {credentials}"},
    )

    assert 200 == response.status_code


@pytest.mark.parametrize(
    ("form", "status", "error", "code"),
    [
        ({"grant_type": ""}, 400, "invalid_request", 900144),
        ({"client_id": ""}, 400, "invalid_request", 900144),
        ({"scope": ""}, 400, "invalid_request", 900144),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"client_id": "nobody"}, 400, "unauthorized_client", 700016),
        ({"client_secret": "guessed"}, 401, "invalid_client", 7000215),
        ({"client_secret": "guesséd"}, 401, "invalid_client", 7000215),
        ({"client_secret": ""}, 401, "invalid_client", 7000216),
        ({"scope": "api://x"}, 400, "invalid_scope", 1002012),
        ({"scope": "/.default"}, 400, "invalid_scope", 1002012),
        ({"scope": "api://x/.default api://y/.default"}, 400, "invalid_scope", 70011),
        ({"scope": "api://x/.default"}, 400, "invalid_resource", 500011),
        ({"scope": ["a/.default", "b/.default"]}, 400, "invalid_request", 9000411),
    ],
)
def test_a_bad_request_gets_its_own_code(azure, form, status, error, code):
    response = azure.token(**form)

    body = response.json()
    assert (status, error, [code]) == (response.status_code, body["error"], body["error_codes"])
    assert body["error_description"].startswith(f"AADSTS{code}: ")
    assert "the operator's secret" not in response.text
    assert "guess" not in response.text


def test_an_error_has_the_published_members(azure, recorded):
    published = recorded("entra/token-error-70011.json")
    wanted = "https://foo.microsoft.com/.default x"
    response = azure.token(scope=wanted)

    body = response.json()
    text = published["body"]["error_description"].split("\r\n")[0]
    assert published["body"].keys() | {"error_uri"} == body.keys()
    assert (
        text.replace("https://foo.microsoft.com/.default", wanted)
        == (body["error_description"].split(" Trace ID: ")[0])
    )


def test_the_correlation_id_is_the_callers_own_if_it_is_a_guid(azure):
    url = f"{azure.tenant.addresses.entra}/{new_id()}/oauth2/v2.0/token"
    mine = new_id()
    ids = [
        azure.client.post(url, headers={"client-request-id": each}).json()["correlation_id"]
        for each in (mine, "<script>")
    ]

    assert mine == ids[0]
    assert "<script>" != ids[1]


def test_the_shared_authorities_issue_no_app_only_tokens(azure):
    response = azure.client.post(f"{azure.tenant.addresses.entra}/common/oauth2/v2.0/token")

    assert (400, [50059]) == (response.status_code, response.json()["error_codes"])


def test_the_tenant_may_be_named_by_its_domain(azure):
    entra, domain = azure.tenant.addresses.entra, azure.tenant.domain
    document = azure.client.get(f"{entra}/{domain}/v2.0/.well-known/openid-configuration").json()

    assert f"{entra}/{azure.tenant.tenant_id}/v2.0" == document["issuer"]


def test_a_body_that_is_no_form_is_a_missing_parameter(azure):
    url = f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}/oauth2/v2.0/token"

    assert [900144] == azure.client.post(url, content=b"\xff\x00{").json()["error_codes"]


def test_a_v2_token_is_for_the_client_id_whatever_was_asked_for(azure, api):
    claims = payload(azure.token(scope=f"api://{api['appId']}/.default"))

    issuer = f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}/v2.0"
    assert (api["appId"], issuer, "2.0") == (claims["aud"], claims["iss"], claims["ver"])
    assert (azure.operator["appId"], "1") == (claims["azp"], claims["azpacr"])
    assert azure.operator["id"] == claims["oid"] == claims["sub"]
    assert claims.keys().isdisjoint({"appid", "idp", "roles", "scp", "idtyp"})


@pytest.mark.parametrize(
    "requested",
    ["api://{0}", "api://{0}/", "{0}", "API://{0}"],
    ids=["uri", "uri with a slash", "client id", "other case"],
)
def test_the_audience_of_a_v1_token_is_what_was_asked_for(azure, directory, api, requested):
    directory.patch(
        f"/applications/{api['id']}", json={"api": {"requestedAccessTokenVersion": None}}
    )
    resource = requested.format(api["appId"])
    token = azure.token(scope=f"{resource}/.default").json()["access_token"]

    claims, header = (
        jwt.decode(token, options={"verify_signature": False}),
        (jwt.get_unverified_header(token)),
    )
    issuer = f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}/"
    assert (resource, issuer, issuer, "1.0") == tuple(
        claims[name] for name in ("aud", "iss", "idp", "ver")
    )
    assert (azure.operator["appId"], "1") == (claims["appid"], claims["appidacr"])
    assert header["kid"] == header["x5t"]


def test_a_token_is_dated_back_five_minutes_by_the_tenants_clock(azure, api):
    azure.tenant.clock.offset = 86_400
    claims = payload(azure.token(scope=f"{api['appId']}/.default"))

    assert claims["iat"] == claims["nbf"]
    assert 3599 + 300 == claims["exp"] - claims["iat"]
    assert abs(azure.tenant.clock.now() + 3599 - claims["exp"]) < 5


@pytest.mark.parametrize(
    "resource",
    [
        "https://graph.microsoft.com",
        "https://graph.microsoft.com/",
        "https://management.azure.com//",
        "https://management.core.windows.net",
        "https://localhost:1/",
        ARM_APP_ID,
        GRAPH_APP_ID,
    ],
)
def test_first_party_resources_go_by_many_names(azure, resource):
    claims = payload(azure.token(scope=f"{resource}/.default"))

    assert (resource, "app") == (claims["aud"], claims["idtyp"])


def test_a_token_for_graph_carries_the_operators_permissions(azure):
    claims = payload(azure.token())

    assert ["Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"] == claims["roles"]


def test_an_assigned_role_shows_up_in_the_next_token(azure, directory, api):
    resource = azure.tenant.service_principal_of(api["appId"])
    directory.post(
        f"/servicePrincipals/{resource['id']}/appRoleAssignedTo",
        json={
            "principalId": azure.operator["id"],
            "resourceId": resource["id"],
            "appRoleId": ROLE,
        },
    )

    assert ["Caller"] == payload(azure.token(scope=f"{api['appId']}/.default"))["roles"]


def test_who_is_not_assigned_gets_no_token_where_that_is_required(azure, directory, api, recorded):
    directory.patch(
        f"/servicePrincipals(appId='{api['appId']}')", json={"appRoleAssignmentRequired": True}
    )
    published = recorded("entra/token-error-501051.json")["seen_parts"]
    response = azure.token(scope=f"api://{api['appId']}/.default")

    body = response.json()
    assert (400, published["error"], published["error_codes"]) == (
        response.status_code,
        body["error"],
        body["error_codes"],
    )
    assert body["error_description"].startswith(
        f"AADSTS501051: Application '{azure.operator['appId']}'(operator) is not assigned to a"
        f" role for the application 'api://{api['appId']}'(integration). Trace ID: "
    )


def test_a_registration_without_a_service_principal_is_no_resource(azure, directory, api):
    principal = azure.tenant.service_principal_of(api["appId"])
    directory.delete(f"/servicePrincipals/{principal['id']}")
    response = azure.token(scope=f"api://{api['appId']}/.default")

    assert [500011] == response.json()["error_codes"]


def test_disabled_clients_and_resources_get_and_give_no_token(azure, directory, api):
    resource = azure.tenant.service_principal_of(api["appId"])
    directory.patch(f"/servicePrincipals/{resource['id']}", json={"accountEnabled": False})
    of_resource = azure.token(scope=f"{api['appId']}/.default").json()["error_codes"]
    azure.operator["accountEnabled"] = False
    of_client = azure.token(scope=f"{api['appId']}/.default").json()["error_codes"]

    assert ([500014], [7000112]) == (of_resource, of_client)


def test_the_optional_claim_idtyp_is_issued_where_it_is_configured(azure, directory, api):
    optional = {"accessToken": [{"name": "idtyp", "essential": False}]}
    directory.patch(f"/applications/{api['id']}", json={"optionalClaims": optional})

    assert "app" == payload(azure.token(scope=f"{api['appId']}/.default"))["idtyp"]


def test_only_post_gets_a_token(azure):
    url = f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}/oauth2/v2.0/token"

    assert 405 == azure.client.get(url).status_code
