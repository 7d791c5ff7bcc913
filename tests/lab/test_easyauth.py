"""The gate, judged by what callers and the program behind it see over HTTP."""

import base64
import json
import re
import socket
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from miwire.lab.documents import new_id
from miwire.lab.faults.config import GateSwitches
from miwire.lab.state.keys import SigningKey

CLIENT_ID = "11111111-aaaa-4aaa-8aaa-111111111111"
SOURCE_APP = "22222222-bbbb-4bbb-8bbb-222222222222"
SOURCE_OID = "33333333-cccc-4ccc-8ccc-333333333333"
STRANGER = "44444444-dddd-4ddd-8ddd-444444444444"
GROUP = "55555555-eeee-4eee-8eee-555555555555"
FIXTURES = Path(__file__).parent / "fixtures"
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}


def settings(azure, *, policy=None, claim_checks=None, **changes):
    """Settings as `protect` writes them, without allow-lists unless *policy* has them."""
    validation = {"allowedAudiences": [f"api://{CLIENT_ID}"]}
    if policy is not None:
        validation["defaultAuthorizationPolicy"] = policy
    if claim_checks is not None:
        validation["jwtClaimChecks"] = claim_checks
    issuer = changes.pop("issuer", f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}/v2.0")
    login = changes.pop("login", {})
    provider = {
        "enabled": changes.pop("provider_enabled", True),
        "registration": {"clientId": CLIENT_ID, "openIdIssuer": issuer},
        "login": login,
        "validation": validation,
    }
    return {
        "platform": {"enabled": changes.pop("enabled", True)},
        "globalValidation": {
            "requireAuthentication": True,
            "unauthenticatedClientAction": "Return401",
        }
        | changes,
        "identityProviders": {"azureActiveDirectory": provider},
        "httpSettings": {"requireHttps": False, "routes": {"apiPrefix": "/.auth"}},
    }


def claims(azure, **changes):
    """The claims of a good v2 token of the source's managed identity; None removes one."""
    now = int(azure.tenant.clock.now())
    good = {
        "aud": CLIENT_ID,
        "iss": f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}/v2.0",
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "azp": SOURCE_APP,
        "azpacr": "2",
        "oid": SOURCE_OID,
        "sub": SOURCE_OID,
        "tid": azure.tenant.tenant_id,
        "roles": ["Caller"],
        "ver": "2.0",
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def v1(azure, **changes):
    """The claims of a good v1 token."""
    return claims(
        azure,
        **{
            "ver": "1.0",
            "iss": f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}/",
            "aud": f"api://{CLIENT_ID}",
            "azp": None,
            "azpacr": None,
            "appid": SOURCE_APP,
            "appidacr": "2",
        }
        | changes,
    )


def call(azure, token=None, *, path="/", method="GET", headers=()):
    """Call the gate, with a bearer token unless it is None."""
    bearer = [] if token is None else [("Authorization", f"Bearer {token}")]
    url = azure.gate + path
    return azure.client.send(httpx.Request(method, url, headers=[*dict(headers).items(), *bearer]))


def seen_by_program(response):
    """The headers that reached the program; those that came twice are joined."""
    return httpx.Headers([tuple(pair) for pair in response.json()["headers"]])


def raw_status(azure, target):
    """The status for a request line that httpx would tidy up."""
    host, port = azure.gate.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 5) as connection:
        connection.sendall(
            f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        )
        return int(connection.makefile("rb").readline().split()[1])


@pytest.fixture
def gate(azure):
    """A gate that demands a token and has no allow-list."""
    azure.site.auth_settings = settings(azure)
    return azure


# What an unauthenticated caller gets.


def test_a_site_that_never_configured_authentication_lets_everybody_in(azure):
    response = call(azure, path="/items?x=1")

    assert (200, "/items", "x=1") == (
        response.status_code,
        response.json()["path"],
        response.json()["query"],
    )
    assert "x-ms-middleware-request-id" not in response.headers


def test_a_gate_switched_off_lets_everybody_in(azure):
    azure.site.auth_settings = settings(azure, enabled=False)

    assert 200 == call(azure, path="/.auth/me").status_code


def test_the_challenge_has_the_recorded_parameters_separated_by_spaces(gate):
    recorded = (FIXTURES / "easyauth/401-no-token-linux.http").read_text(encoding="utf-8")
    shape = re.sub(r'"[^"]*"', "…", re.search("WWW-Authenticate: (.*)", recorded)[1])
    host = gate.gate.removeprefix("http://")
    authorize = f"{gate.tenant.addresses.entra}/{gate.tenant.tenant_id}/oauth2/v2.0/authorize"

    response = call(gate)

    challenge = response.headers["www-authenticate"]
    assert shape == re.sub(r'"[^"]*"', "…", challenge)
    assert [host, authorize, CLIENT_ID] == re.findall(r'"([^"]*)"', challenge)
    assert (401, "0", "Kestrel", b"") == (
        response.status_code,
        response.headers["content-length"],
        response.headers["server"],
        response.content,
    )
    assert response.headers["x-ms-middleware-request-id"]


def test_a_gate_for_all_tenants_names_the_common_authorize_endpoint(azure):
    azure.site.auth_settings = settings(azure, issuer="")

    challenge = call(azure).headers["www-authenticate"]

    assert (
        f'authorization_uri="{azure.tenant.addresses.entra}/common/oauth2/authorize"' in challenge
    )


def test_a_gate_without_entra_registration_names_only_its_realm(azure):
    azure.site.auth_settings = settings(azure)
    azure.site.auth_settings["identityProviders"] = {"google": {"enabled": True}}
    host = azure.gate.removeprefix("http://")

    assert f'Bearer realm="{host}"' == call(azure).headers["www-authenticate"]


def test_the_challenge_can_be_turned_off(azure):
    azure.site.auth_settings = settings(azure, login={"disableWWWAuthenticate": True})

    response = call(azure)

    assert 401 == response.status_code
    assert "www-authenticate" not in response.headers


@pytest.mark.parametrize(
    ("action", "status"),
    [("Return401", 401), ("Return403", 403), ("Return404", 404), ("RedirectToLoginPage", 401)],
)
def test_the_unauthenticated_action_decides_the_status(azure, action, status):
    azure.site.auth_settings = settings(azure, unauthenticatedClientAction=action)

    assert status == call(azure).status_code


def test_a_browser_is_sent_to_the_login_and_comes_back_to_the_same_page(azure):
    azure.site.auth_settings = settings(azure, unauthenticatedClientAction="RedirectToLoginPage")

    response = call(azure, path="/items?page=2", headers=BROWSER)

    host = azure.gate.removeprefix("http://")
    back = "post_login_redirect_uri=%2Fitems%3Fpage%3D2"
    assert 302 == response.status_code
    assert f"https://{host}/.auth/login/aad?{back}" == response.headers["location"]


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", BROWSER),
        ("GET", BROWSER | {"X-Requested-With": "XMLHttpRequest"}),
        ("GET", BROWSER | {"Authorization": "Bearer nonsense"}),
        ("GET", {"User-Agent": "curl/8.0", "Accept": "text/html"}),
    ],
)
def test_programs_get_401_where_browsers_are_sent_to_the_login(azure, method, headers):
    azure.site.auth_settings = settings(azure, unauthenticatedClientAction="RedirectToLoginPage")

    assert 401 == call(azure, method=method, headers=headers).status_code


@pytest.mark.parametrize(
    "change",
    [
        {"requireAuthentication": False},
        {"unauthenticatedClientAction": "AllowAnonymous"},
        {"requireAuthentication": True, "unauthenticatedClientAction": "AllowAnonymous"},
    ],
)
def test_anonymous_callers_pass_where_authentication_is_not_required(azure, change):
    azure.site.auth_settings = settings(azure, **change)

    response = call(azure)

    assert 200 == response.status_code
    assert "x-ms-client-principal" not in seen_by_program(response)


def test_plain_http_is_redirected_where_https_is_required(azure):
    azure.site.auth_settings = settings(azure)
    azure.site.auth_settings["httpSettings"]["requireHttps"] = True

    response = call(azure, path="/items?x=1")

    host = azure.gate.removeprefix("http://")
    assert (302, f"https://{host}/items?x=1") == (
        response.status_code,
        response.headers["location"],
    )


def test_refusals_look_like_those_of_iis_on_windows(azure):
    azure.site.auth_settings = settings(azure)
    azure.tenant.gate = GateSwitches(platform_os="windows")

    response = call(azure)

    assert "You do not have permission to view this directory or page." == response.text
    assert "x-ms-middleware-request-id" not in response.headers


# Whom the gate believes.


@pytest.mark.parametrize("make", [claims, v1], ids=["v2 token", "v1 token"])
@pytest.mark.parametrize("issuer", ["v2.0", ""], ids=["v2 issuer", "v1 issuer"])
def test_both_token_versions_of_the_tenant_are_believed(azure, make, issuer):
    base = f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}/"
    azure.site.auth_settings = settings(azure, issuer=base + issuer)

    assert 200 == call(azure, azure.signed(**make(azure))).status_code


def test_a_strict_gate_believes_the_configured_issuer_alone(gate):
    gate.tenant.gate = GateSwitches(strict_issuer=True)

    assert 200 == call(gate, gate.signed(**claims(gate))).status_code
    assert 401 == call(gate, gate.signed(**v1(gate))).status_code


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"aud": "api://other"}, id="audience of another API"),
        pytest.param({"aud": f"api://{CLIENT_ID}/"}, id="audience with a slash more"),
        pytest.param({"aud": f"API://{CLIENT_ID}"}, id="audience in other case"),
        pytest.param({"aud": None}, id="no audience"),
        pytest.param({"aud": {"x": 1}}, id="audience is no text"),
        pytest.param({"aud": []}, id="audience is an empty list"),
        pytest.param({"iss": "https://sts.windows.net/elsewhere/"}, id="foreign issuer"),
        pytest.param({"iss": None}, id="no issuer"),
        pytest.param({"iss": ["x"]}, id="issuer is no text"),
        pytest.param({"exp": None}, id="no expiry"),
        pytest.param({"exp": "9999999999"}, id="expiry is text"),
        pytest.param({"nbf": "0"}, id="beginning is text"),
    ],
)
def test_a_token_with_wrong_claims_is_no_token(gate, change):
    response = call(gate, gate.signed(**claims(gate, **change)))

    assert 401 == response.status_code
    assert "resource_id=" in response.headers["www-authenticate"]


def test_an_issuer_with_the_tenant_of_someone_else_is_not_believed(azure):
    other = new_id()
    azure.site.auth_settings = settings(
        azure, issuer=f"{azure.tenant.addresses.entra}/{other}/v2.0"
    )

    assert 401 == call(azure, azure.signed(**claims(azure))).status_code


def test_an_issuer_at_another_authority_is_not_believed(azure):
    issuer = f"https://login.microsoftonline.com/{azure.tenant.tenant_id}/v2.0"
    azure.site.auth_settings = settings(azure, issuer=issuer)

    assert 401 == call(azure, azure.signed(**claims(azure))).status_code


@pytest.mark.parametrize("segment", ["common", "organizations"])
def test_a_multi_tenant_issuer_lets_tokens_of_any_tenant_in(azure, segment):
    azure.site.auth_settings = settings(
        azure, issuer=f"{azure.tenant.addresses.entra}/{segment}/v2.0"
    )
    foreign = claims(azure, iss="https://elsewhere/", tid=new_id())

    assert 200 == call(azure, azure.signed(**foreign)).status_code


def test_the_client_id_is_an_audience_that_need_not_be_listed(azure):
    azure.site.auth_settings = settings(azure)
    provider = azure.site.auth_settings["identityProviders"]["azureActiveDirectory"]
    provider["validation"]["allowedAudiences"] = []

    assert 200 == call(azure, azure.signed(**claims(azure))).status_code
    assert 401 == call(azure, azure.signed(**v1(azure))).status_code


@pytest.mark.parametrize(
    ("seconds", "status"),
    [(3600 + 299, 200), (3600 + 301, 401), (-299, 200), (-301, 401)],
    ids=["expired within the skew", "expired", "early within the skew", "too early"],
)
def test_a_token_lives_from_nbf_to_exp_with_five_minutes_of_skew(gate, seconds, status):
    token = gate.signed(**claims(gate))
    gate.tenant.clock.offset += seconds

    assert status == call(gate, token).status_code


def tampered(gate):
    header, _, signature = gate.signed(**claims(gate)).split(".")
    payload = json.dumps(claims(gate, roles=["Admin"])).encode()
    return f"{header}.{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}.{signature}"


def unsigned(gate):
    return jwt.encode(claims(gate), None, "none", {"kid": gate.tenant.keys[0].kid})


def foreign_key(gate):
    kid = gate.tenant.keys[0].kid
    return jwt.encode(claims(gate), SigningKey.make().private, "RS256", {"kid": kid})


def unknown_key(gate):
    key = SigningKey.make()
    return jwt.encode(claims(gate), key.private, "RS256", {"kid": key.kid})


def without_kid(gate):
    return jwt.encode(claims(gate), gate.tenant.keys[0].private, "RS256")


def symmetric(gate):
    secret = "x" * 64
    return jwt.encode(claims(gate), secret, "HS256", {"kid": gate.tenant.keys[0].kid})


def key_in_token(gate):
    key = SigningKey.make()
    header = {"kid": gate.tenant.keys[0].kid, "jwk": key.jwk("x")}
    return jwt.encode(claims(gate), key.private, "RS256", header)


def other_hash(gate):
    kid = gate.tenant.keys[0].kid
    return jwt.encode(claims(gate), gate.tenant.keys[0].private, "RS512", {"kid": kid})


def deep_header(_):
    nested = base64.urlsafe_b64encode(b'{"a":' + b"[" * 9000).rstrip(b"=").decode()
    return f"{nested}.e30.e30"


FORGERIES = [
    tampered,
    unsigned,
    foreign_key,
    unknown_key,
    without_kid,
    symmetric,
    key_in_token,
    other_hash,
    deep_header,
    lambda _: ".",
    lambda _: "a.b.c",
    lambda _: "..",
    lambda _: "x" * 5000,
]


@pytest.mark.parametrize("forge", FORGERIES)
def test_a_forged_token_is_no_token(gate, forge):
    assert 401 == call(gate, forge(gate)).status_code


@pytest.mark.parametrize("forge", FORGERIES)
def test_a_forged_token_passes_as_nobody_where_anonymous_callers_may(gate, forge):
    gate.site.auth_settings = settings(gate, unauthenticatedClientAction="AllowAnonymous")

    response = call(gate, forge(gate), headers={"X-MS-CLIENT-PRINCIPAL-ID": SOURCE_OID})

    reserved = [name for name in seen_by_program(response) if name.startswith("x-ms-client")]
    assert (200, []) == (response.status_code, reserved)


def test_the_second_published_key_signs_as_well_as_the_first(gate):
    key = gate.tenant.keys[1]
    token = jwt.encode(claims(gate), key.private, "RS256", {"kid": key.kid})

    assert 200 == call(gate, token).status_code


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_compared_without_case(gate, scheme):
    authorization = {"Authorization": f"{scheme} {gate.signed(**claims(gate))}"}

    assert 200 == call(gate, headers=authorization).status_code


def test_two_authorization_headers_are_no_authorization(gate):
    token = gate.signed(**claims(gate))
    headers = [("Authorization", f"Bearer {token}"), ("Authorization", "Basic eDp5")]

    assert 401 == httpx.get(gate.gate, headers=headers).status_code


def test_a_token_in_basic_or_the_query_is_no_token(gate):
    token = gate.signed(**claims(gate))

    assert 401 == call(gate, headers={"Authorization": f"Basic {token}"}).status_code
    assert 401 == call(gate, path=f"/?access_token={token}").status_code


def test_a_disabled_provider_believes_no_token(azure):
    azure.site.auth_settings = settings(azure, provider_enabled=False)

    assert 401 == call(azure, azure.signed(**claims(azure))).status_code


# Whom it lets in.


@pytest.mark.parametrize("make", [claims, v1], ids=["azp of v2", "appid of v1"])
@pytest.mark.parametrize(
    ("policy", "status"),
    [
        pytest.param(None, 200, id="no policy"),
        pytest.param({}, 200, id="empty policy"),
        pytest.param({"allowedPrincipals": {}}, 200, id="empty principals"),
        pytest.param({"allowedApplications": []}, 403, id="empty applications"),
        pytest.param({"allowedApplications": [SOURCE_APP]}, 200, id="its client id"),
        pytest.param({"allowedApplications": [SOURCE_APP.upper()]}, 200, id="in upper case"),
        pytest.param({"allowedApplications": [STRANGER]}, 403, id="another client id"),
        pytest.param({"allowedApplications": [SOURCE_OID]}, 403, id="object id as client id"),
        pytest.param({"allowedPrincipals": {"identities": [SOURCE_OID]}}, 200, id="its object id"),
        pytest.param({"allowedPrincipals": {"identities": [STRANGER]}}, 403, id="other object id"),
        pytest.param({"allowedPrincipals": {"identities": [SOURCE_APP]}}, 403, id="ids swapped"),
        pytest.param({"allowedPrincipals": {"identities": []}}, 200, id="empty identities"),
        pytest.param({"allowedPrincipals": {"groups": [GROUP]}}, 403, id="groups it is not in"),
        pytest.param(
            {"allowedPrincipals": {"identities": [SOURCE_OID], "groups": [GROUP]}},
            403,
            id="groups shut out a listed identity",
        ),
        pytest.param(
            {
                "allowedApplications": [SOURCE_APP],
                "allowedPrincipals": {"identities": [SOURCE_OID]},
            },
            200,
            id="both lists hold it",
        ),
        pytest.param(
            {"allowedApplications": [SOURCE_APP], "allowedPrincipals": {"identities": [STRANGER]}},
            403,
            id="only the application is listed",
        ),
        pytest.param(
            {"allowedApplications": [STRANGER], "allowedPrincipals": {"identities": [SOURCE_OID]}},
            403,
            id="only the identity is listed",
        ),
    ],
)
def test_the_authorization_policy_decides_who_gets_in(azure, make, policy, status):
    azure.site.auth_settings = settings(azure, policy=policy)

    response = call(azure, azure.signed(**make(azure)))

    assert status == response.status_code
    assert status == 200 or response.content == b""


def test_a_refused_caller_is_not_challenged_again(azure):
    azure.site.auth_settings = settings(azure, policy={"allowedApplications": [STRANGER]})

    response = call(azure, azure.signed(**claims(azure)))

    assert "www-authenticate" not in response.headers
    assert response.headers["x-ms-middleware-request-id"]


@pytest.mark.parametrize("path", ["/", "/health"])
def test_a_believed_stranger_is_refused_where_nobody_in_particular_may_pass(azure, path):
    azure.site.auth_settings = settings(
        azure,
        policy={"allowedApplications": [STRANGER]},
        unauthenticatedClientAction="AllowAnonymous",
        excludedPaths=["/health"],
    )

    assert 200 == call(azure, path=path).status_code
    assert 403 == call(azure, azure.signed(**claims(azure)), path=path).status_code


@pytest.mark.parametrize(
    ("switch", "client", "status"),
    [
        ("deny_other_clients", CLIENT_ID, 200),
        ("deny_other_clients", SOURCE_APP, 403),
        ("deny", CLIENT_ID, 403),
        ("allow", SOURCE_APP, 200),
    ],
)
def test_a_switch_says_what_an_empty_list_of_applications_means(azure, switch, client, status):
    azure.site.auth_settings = settings(azure, policy={"allowedApplications": []})
    azure.tenant.gate = GateSwitches(empty_allowed_applications=switch)

    assert status == call(azure, azure.signed(**claims(azure, azp=client))).status_code


def test_a_switch_lets_listed_identities_in_beside_groups(azure):
    azure.site.auth_settings = settings(
        azure, policy={"allowedPrincipals": {"identities": [SOURCE_OID], "groups": [GROUP]}}
    )
    azure.tenant.gate = GateSwitches(groups_break_identities_for_app_only=False)

    assert 200 == call(azure, azure.signed(**claims(azure))).status_code


def test_a_person_gets_in_by_group_or_by_identity(azure):
    azure.site.auth_settings = settings(
        azure, policy={"allowedPrincipals": {"identities": [SOURCE_OID], "groups": [GROUP]}}
    )
    member = claims(azure, scp="user", oid=STRANGER, groups=[GROUP], roles=None)
    listed = claims(azure, scp="user", sub="pairwise", roles=None)
    neither = claims(azure, scp="user", oid=STRANGER, groups=[new_id()])

    assert [200, 200, 403] == [
        call(azure, azure.signed(**each)).status_code for each in (member, listed, neither)
    ]


@pytest.mark.parametrize(
    ("checks", "status"),
    [
        ({"allowedClientApplications": [SOURCE_APP]}, 200),
        ({"allowedClientApplications": [STRANGER]}, 403),
        ({"allowedClientApplications": []}, 200),
        ({"allowedGroups": [GROUP]}, 403),
        ({"allowedGroups": []}, 200),
        ({"allowedClientApplications": [SOURCE_APP], "allowedGroups": [GROUP]}, 403),
    ],
)
def test_the_claim_checks_are_one_more_condition(azure, checks, status):
    azure.site.auth_settings = settings(
        azure, policy={"allowedApplications": [SOURCE_APP]}, claim_checks=checks
    )

    assert status == call(azure, azure.signed(**claims(azure))).status_code


def test_roles_do_not_matter_to_the_gate(gate):
    assert 200 == call(gate, gate.signed(**claims(gate, roles=None))).status_code


def test_the_client_of_a_v2_token_is_its_azp_whatever_its_appid_says(azure):
    azure.site.auth_settings = settings(azure, policy={"allowedApplications": [SOURCE_APP]})
    two_faced = claims(azure, azp=STRANGER, appid=SOURCE_APP)

    assert 403 == call(azure, azure.signed(**two_faced)).status_code


def test_an_app_setting_restricts_the_tenants(gate):
    token = gate.signed(**claims(gate))
    gate.site.app_settings["WEBSITE_AUTH_AAD_ALLOWED_TENANTS"] = f"{new_id()},{new_id()}"
    refused = call(gate, token).status_code
    gate.site.app_settings["WEBSITE_AUTH_AAD_ALLOWED_TENANTS"] += f",{gate.tenant.tenant_id}"

    assert (403, 200) == (refused, call(gate, token).status_code)


@pytest.mark.parametrize("value", ["true", "1"])
def test_an_app_setting_demands_a_service_principal(gate, value):
    gate.site.app_settings["WEBSITE_AUTH_AAD_REQUIRE_CLIENT_SERVICE_PRINCIPAL"] = value

    assert 200 == call(gate, gate.signed(**claims(gate))).status_code
    assert 403 == call(gate, gate.signed(**claims(gate, oid=None))).status_code


# Which paths are the gate's, and which are nobody's.


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/health", 200),
        ("/health?x=1", 200),
        ("/public/", 200),
        ("/public/a/b", 200),
        ("/public/a%20b", 200),
        ("/", 401),
        ("/healthy", 401),
        ("/health/", 401),
        ("/Health", 401),
        ("/health/x", 401),
        ("/public", 401),
        ("/publication", 401),
        ("//health", 401),
        ("/x/../health", 401),
        ("/public/../items", 401),
        ("/public/./items", 401),
        ("/public//items", 401),
        ("/public/%2e%2e/items", 401),
        ("/public/%2E%2E/items", 401),
        ("/public/..%2fitems", 401),
        ("/public%2f..%2fitems", 401),
        ("/public/..%5citems", 401),
        ("/public/..\\items", 401),
        ("/public/%252e%252e/items", 401),
        ("/public/..;/items", 401),
        ("/public/x%00", 401),
        ("/items/%2e%2e/health", 401),
    ],
)
def test_only_a_path_that_reads_one_way_can_be_excluded(azure, target, status):
    azure.site.auth_settings = settings(azure, excludedPaths=["/health", "/public/*"])

    assert status == raw_status(azure, target)


def test_the_gate_tells_its_version_to_anybody(gate):
    assert {"version": "1.3.2"} == call(gate, path="/.auth/version").json()


def test_who_am_i_is_401_to_strangers_and_404_without_a_token_store(gate):
    token = gate.signed(**claims(gate))

    assert 401 == call(gate, path="/.auth/me").status_code
    assert 404 == call(gate, token, path="/.auth/me").status_code


def test_the_login_leads_to_the_authorize_endpoint(gate):
    response = call(gate, path="/.auth/login/aad?post_login_redirect_uri=/items")

    url = urlsplit(response.headers["location"])
    asked = parse_qs(url.query)
    assert 302 == response.status_code
    assert f"/{gate.tenant.tenant_id}/oauth2/v2.0/authorize" == url.path
    assert asked.pop("nonce")
    assert {
        "response_type": ["code id_token"],
        "redirect_uri": [f"https://{gate.gate.removeprefix('http://')}/.auth/login/aad/callback"],
        "client_id": [CLIENT_ID],
        "scope": ["openid profile email"],
        "response_mode": ["form_post"],
        "state": ["redir=/items"],
    } == asked


@pytest.mark.parametrize("path", ["/.auth", "/.auth/", "/.auth/nothing", "/.AUTH/x"])
def test_other_paths_under_the_prefix_do_not_exist(gate, path):
    assert 404 == call(gate, gate.signed(**claims(gate)), path=path).status_code


def test_the_prefix_can_be_moved(gate):
    gate.site.auth_settings["httpSettings"]["routes"]["apiPrefix"] = "/gate"

    assert 200 == call(gate, path="/gate/version").status_code
    assert 401 == call(gate, path="/.auth/version").status_code


# What the program sees.


def principal_of(response):
    return json.loads(base64.b64decode(seen_by_program(response)["x-ms-client-principal"]))


def test_the_program_is_told_who_is_calling(gate, recorded):
    shape = recorded("easyauth/client-principal-shape.json")
    response = call(gate, gate.signed(**v1(gate, idp="https://sts/", roles=["Caller", "Reader"])))

    headers, principal = seen_by_program(response), principal_of(response)
    microsoft = "http://schemas.microsoft.com/identity/claims"
    pairs = [(each["typ"], each["val"]) for each in principal["claims"]]
    assert shape.keys() == principal.keys()
    assert "aad" == principal["auth_typ"] == headers["x-ms-client-principal-idp"]
    assert SOURCE_OID == headers["x-ms-client-principal-id"]
    assert "x-ms-client-principal-name" not in headers
    assert {
        ("aud", f"api://{CLIENT_ID}"),
        ("appid", SOURCE_APP),
        ("appidacr", "2"),
        (f"{microsoft}/identityprovider", "https://sts/"),
        (f"{microsoft}/objectidentifier", SOURCE_OID),
        (f"{microsoft}/tenantid", gate.tenant.tenant_id),
        ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier", SOURCE_OID),
        ("roles", "Caller"),
        ("roles", "Reader"),
        ("ver", "1.0"),
    } <= set(pairs)


def test_claims_keep_their_names_or_get_long_ones_as_configured(gate):
    token = gate.signed(**claims(gate))
    gate.site.app_settings["WEBSITE_AUTH_USE_LEGACY_CLAIMS"] = "False"
    long = {each["typ"] for each in principal_of(call(gate, token))["claims"]}
    gate.site.auth_settings["clearInboundClaimsMapping"] = "true"
    short = {each["typ"] for each in principal_of(call(gate, token))["claims"]}

    assert "http://schemas.microsoft.com/ws/2008/06/identity/claims/role" in long
    assert {"oid", "sub", "tid", "roles"} <= short


@pytest.mark.parametrize(
    "name",
    [
        "X-MS-CLIENT-PRINCIPAL",
        "X-MS-CLIENT-PRINCIPAL-ID",
        "x-ms-client-principal-name",
        "X_MS_CLIENT_PRINCIPAL_ID",
        "X-MS_Client-Principal-IDP",
        "X-MS-TOKEN-AAD-ACCESS-TOKEN",
        "x_ms_token_aad_id_token",
    ],
)
@pytest.mark.parametrize("bearer", [True, False], ids=["authenticated", "anonymous"])
def test_nobody_outside_can_speak_for_the_gate(gate, name, bearer):
    gate.site.auth_settings = settings(gate, unauthenticatedClientAction="AllowAnonymous")
    token = gate.signed(**claims(gate)) if bearer else None

    response = call(gate, token, headers={name: "forged"})

    assert 200 == response.status_code
    assert "forged" not in [value for _, value in response.json()["headers"]]
    assert bearer == ("x-ms-client-principal-id" in seen_by_program(response))


def test_a_caller_cannot_have_the_gates_headers_dropped(gate):
    headers = {"Connection": "X-MS-CLIENT-PRINCIPAL-ID"}
    response = call(gate, gate.signed(**claims(gate)), headers=headers)

    assert SOURCE_OID == seen_by_program(response)["x-ms-client-principal-id"]


def test_a_claim_with_a_line_break_stays_one_header(gate):
    response = call(gate, gate.signed(**claims(gate, oid="a\r\nX-Forged: 1")))

    assert "a%0D%0AX-Forged: 1" == seen_by_program(response)["x-ms-client-principal-id"]


def test_the_request_is_passed_on_as_it_came(gate):
    token = gate.signed(**claims(gate))
    response = httpx.post(
        f"{gate.gate}/items/a%2Fb?q=%20x&q=2",
        content=b"body",
        headers={"Authorization": f"Bearer {token}", "X-Mine": "1", "Cookie": "a=b"},
    )

    seen, headers = response.json(), seen_by_program(response)
    host = gate.gate.removeprefix("http://")
    assert ("POST", "/items/a%2Fb", "q=%20x&q=2", "body") == (
        seen["method"],
        seen["path"],
        seen["query"],
        seen["body"],
    )
    assert (f"Bearer {token}", "1", "a=b", host, "127.0.0.1", "http") == tuple(
        headers[name]
        for name in (
            "authorization",
            "x-mine",
            "cookie",
            "host",
            "x-forwarded-for",
            "x-forwarded-proto",
        )
    )


def test_the_answer_comes_back_as_it_was(gate):
    response = call(gate, gate.signed(**claims(gate)))

    assert ("program", "a=1") == (response.headers["x-from"], response.headers["set-cookie"])
    assert 1 == len(response.headers.get_list("date"))
    assert response.headers["x-ms-middleware-request-id"]


def test_one_caller_never_gets_the_cookies_of_another(gate):
    token = gate.signed(**claims(gate))
    call(gate, token)

    assert "cookie" not in seen_by_program(call(gate, token))


def test_a_site_without_a_program_shows_the_welcome_page(gate):
    gate.site.upstream = None

    response = call(gate, gate.signed(**claims(gate)))

    assert 200 == response.status_code
    assert "Your web app is running and waiting for your content" in response.text


def test_a_program_that_is_down_is_a_503(gate):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        gate.site.upstream = f"http://127.0.0.1:{closed.getsockname()[1]}"
    response = call(gate, gate.signed(**claims(gate)))

    assert (503, "Service Unavailable") == (response.status_code, response.text)


def test_settings_of_odd_types_do_not_open_the_gate(azure):
    azure.site.auth_settings = {
        "platform": {"enabled": "true"},
        "globalValidation": {"excludedPaths": "/", "requireAuthentication": None},
        "identityProviders": None,
        "httpSettings": {"requireHttps": "false"},
    }

    assert 401 == call(azure).status_code
