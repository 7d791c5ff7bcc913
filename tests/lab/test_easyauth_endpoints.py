"""Easy Auth's own endpoints, sessions of a client-directed sign-in, and issuers that are none."""

import httpx
import pytest

from miwire.lab.faults.config import GateSwitches

API = "11111111-aaaa-4aaa-8aaa-111111111111"
CORE = "22222222-bbbb-4bbb-8bbb-222222222222"
IDENTITY = "33333333-cccc-4ccc-8ccc-333333333333"
OTHER = "99999999-9999-4999-8999-999999999999"


def base(azure):
    return f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}"


def close(azure, issuer=None, policy=None, **app_settings):
    """Require a token for API in front of the site."""
    registration = {"clientId": API, "openIdIssuer": issuer or f"{base(azure)}/v2.0"}
    provider = {"registration": registration}
    if policy:
        provider["validation"] = {"defaultAuthorizationPolicy": policy}
    azure.site.auth_settings = {
        "platform": {"enabled": True},
        "globalValidation": {"unauthenticatedClientAction": "Return401"},
        "identityProviders": {"azureActiveDirectory": provider},
        "httpSettings": {"requireHttps": False},
    }
    azure.site.app_settings = app_settings


def token(azure, **changes):
    now = int(azure.tenant.clock.now())
    claims = {"aud": API, "iss": f"{base(azure)}/v2.0", "nbf": now, "exp": now + 3600, "azp": CORE}
    claims |= {"oid": IDENTITY, "sub": IDENTITY, "tid": azure.tenant.tenant_id, "ver": "2.0"}
    return azure.signed(**claims | changes)


def ask(azure, method="GET", path="/", bearer=None, headers=(), **more):
    sent = dict(headers) | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    return azure.client.send(httpx.Request(method, azure.gate + path, headers=sent, **more))


@pytest.mark.parametrize(
    ("method", "path", "without", "with_token"),
    [
        ("GET", "/login/done", 200, 200),
        ("GET", "/logout/done", 200, 200),
        ("GET", "/logout/complete", 200, 200),
        ("GET", "/logout", 302, 302),
        ("GET", "/refresh", 401, 403),
        ("POST", "/refresh", 401, 403),
        ("GET", "/login/aad/callback?code=made-up", 400, 400),
        ("POST", "/login/aad/callback", 400, 400),
        ("OPTIONS", "/login/aad", 404, 404),
        ("DELETE", "/refresh", 404, 404),
    ],
)
def test_an_endpoint_answers_without_asking_the_program(azure, method, path, without, with_token):
    close(azure)
    statuses = [
        ask(azure, method, f"/.auth{path}", bearer).status_code for bearer in (None, token(azure))
    ]

    assert [without, with_token] == statuses


def test_a_sign_out_ends_on_a_page_of_the_gate(azure):
    close(azure)
    answer = ask(azure, path="/.auth/logout")
    host = azure.gate.removeprefix("http://")

    assert f"https://{host}/.auth/logout/complete" == answer.headers["location"]


@pytest.mark.parametrize("member", ["access_token", "id_token"])
def test_a_client_that_brings_its_token_gets_a_session_that_the_gate_accepts(azure, member):
    close(azure)
    signed_in = ask(azure, "POST", "/.auth/login/aad", json={member: token(azure)})
    session = signed_in.json()
    entered = ask(azure, headers={"X-ZUMO-AUTH": session["authenticationToken"]})
    seen = dict(entered.json()["headers"])

    assert (200, 200) == (signed_in.status_code, entered.status_code)
    assert session["user"]["userId"].startswith("sid:")
    assert IDENTITY == seen["x-ms-client-principal-id"]


def test_a_session_is_judged_by_the_lists_like_a_token(azure):
    close(azure)
    signed_in = ask(azure, "POST", "/.auth/login/aad", json={"access_token": token(azure)})
    close(azure, policy={"allowedApplications": [OTHER]})
    headers = {"X-ZUMO-AUTH": signed_in.json()["authenticationToken"]}

    assert 403 == ask(azure, headers=headers).status_code


def test_a_session_ends_with_its_time_and_with_its_site(azure):
    close(azure)
    signed_in = ask(azure, "POST", "/.auth/login/aad", json={"access_token": token(azure)})
    headers = {"X-ZUMO-AUTH": signed_in.json()["authenticationToken"]}
    azure.tenant.clock.offset += 8 * 3600 + 1
    late = ask(azure, headers=headers).status_code
    azure.tenant.clock.offset = 0
    azure.site.session_key = "f" * 64

    assert (401, 401) == (late, ask(azure, headers=headers).status_code)


def test_no_session_is_made_up(azure):
    close(azure)
    unsigned = "eyJhbGciOiJub25lIn0.eyJwcm92aWRlcl9jbGFpbXMiOnt9fQ."

    for made_up in (token(azure), unsigned, "x", "x" * 5000):
        assert 401 == ask(azure, headers={"X-ZUMO-AUTH": made_up}).status_code


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b'{"access_token": 1}', 400),
        (b'{"access_token": "x"}', 401),
        (b"[" * 100_000, 400),
    ],
)
def test_a_sign_in_without_a_token_that_is_believed_is_refused(azure, body, status):
    close(azure)

    assert status == ask(azure, "POST", "/.auth/login/aad", content=body).status_code


@pytest.mark.parametrize("value", ["true", "1", "TRUE"])
def test_an_app_setting_takes_the_challenge_from_a_401(azure, value):
    close(azure, WEBSITE_AUTH_DISABLE_WWWAUTHENTICATE=value)
    answer = ask(azure)

    assert 401 == answer.status_code
    assert "www-authenticate" not in answer.headers


def test_the_challenge_stays_where_the_app_setting_says_no(azure):
    close(azure, WEBSITE_AUTH_DISABLE_WWWAUTHENTICATE="false")

    assert "www-authenticate" in ask(azure).headers


MALFORMED = (
    "{entra}/v2.0/{tid}/",
    "{entra}/{{tenant-guid}}/v2.0",
    "{entra}/v2.0",
    "{entra}/",
    "{entra}",
    "{tid}",
    "{entra}//{tid}/v2.0",
    "{entra}/{tid}/oauth2/v2.0/authorize",
    "{entra}/{tid}/v1.0",
    "{entra}/{tid}/v2.0 ",
    "{host}/{tid}/v2.0",
    "http://{host}/{tid}/v2.0",
    "{entra}/nobody.example/v2.0",
    "https://login.microsoftonline.com/v2.0/{tid}/",
)


def filled(azure, issuer):
    entra = azure.tenant.addresses.entra
    names = {"entra": entra, "tid": azure.tenant.tenant_id, "other": OTHER}
    return issuer.format(**names, host=entra.removeprefix("https://"), domain=azure.tenant.domain)


@pytest.mark.parametrize("issuer", MALFORMED)
def test_a_token_fails_where_the_issuer_is_none(azure, issuer):
    close(azure, filled(azure, issuer))

    assert 500 == ask(azure, bearer=token(azure)).status_code
    assert 401 == ask(azure, bearer="no.token").status_code
    assert 401 == ask(azure).status_code
    assert (
        500 == ask(azure, "POST", "/.auth/login/aad", json={"id_token": token(azure)}).status_code
    )


@pytest.mark.parametrize(
    ("issuer", "status"),
    [
        ("{entra}/{tid}/v2.0", 200),
        ("{entra}/{tid}/v2.0/", 200),
        ("{entra}/{tid}/", 200),
        ("{entra}/{tid}", 200),
        ("{entra}/{tid}/v2.0/.well-known/openid-configuration", 200),
        ("{entra}/{domain}/v2.0", 200),
        ("{entra}/common/v2.0", 200),
        ("{entra}/organizations/v2.0", 200),
        ("{entra}/{other}/v2.0", 401),
        ("https://login.microsoftonline.com/{tid}/v2.0", 401),
        ("https://contoso.ciamlogin.com/{other}/v2.0", 401),
        ("https://contoso.b2clogin.com/tfp/{other}/B2C_1_sign_in/v2.0", 401),
        ("https://accounts.google.com", 401),
    ],
)
def test_an_issuer_with_metadata_decides_about_a_token_by_its_tenant(azure, issuer, status):
    close(azure, filled(azure, issuer))

    assert status == ask(azure, bearer=token(azure)).status_code


def test_on_windows_the_failure_has_the_page_of_iis(azure):
    azure.tenant.gate = GateSwitches(platform_os="windows")
    close(azure, filled(azure, MALFORMED[0]))
    answer = ask(azure, bearer=token(azure))

    assert "internal server error has occurred" in answer.text
    assert "x-ms-middleware-request-id" not in answer.headers


def test_a_lab_names_the_failure_in_the_reason_phrase(lab, http):
    lab.reset("issuer-transposed")
    bearer = {"Authorization": f"Bearer {lab.token({'aud': lab.audience()}, 'core')}"}
    answer = http.get(lab.url("integration"), headers=bearer)

    assert (500, "Unable to download OpenID Connect Configuration.") == (
        answer.status_code,
        answer.reason_phrase,
    )
    assert "x-ms-middleware-request-id" in answer.headers
