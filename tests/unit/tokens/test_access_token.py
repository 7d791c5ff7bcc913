import base64
import json

import pytest

from miwire.errors import NotAToken
from miwire.tokens.access_token import AccessToken

TENANT = "0e3e2e88-8caf-41ca-b4da-e3b33b6c52ec"
CLIENT = "16f36118-217b-4e7c-9250-69321b4c0742"
IDENTITY = "644d9b8a-b07e-46e8-b81e-bd3a4c997ce9"
API = "84846a08-b110-44f0-92af-a353b2e94d30"

SHARED = {"oid": IDENTITY, "sub": IDENTITY, "tid": TENANT, "exp": 1_595_684_985}
V1 = {
    **SHARED,
    "aud": f"api://{API}",
    "iss": f"https://sts.windows.net/{TENANT}/",
    "appid": CLIENT,
    "appidacr": "2",
    "ver": "1.0",
}
V2 = {
    **SHARED,
    "aud": API,
    "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0",
    "azp": CLIENT,
    "azpacr": "2",
    "ver": "2.0",
}


def segment(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(claims, header=b'{"alg":"RS256","kid":"a"}'):
    raw = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return AccessToken.parse(f"{segment(header)}.{segment(raw)}.{segment(b'signature')}")


@pytest.mark.parametrize(
    ("claims", "audience", "version"),
    [pytest.param(V1, f"api://{API}", "1.0", id="v1"), pytest.param(V2, API, "2.0", id="v2")],
)
def test_both_versions_are_read_under_the_same_names(claims, audience, version):
    read = token(claims)

    assert (audience, CLIENT, "2", IDENTITY, TENANT, version) == (
        read.audience,
        read.client,
        read.client_proof,
        read.principal,
        read.tenant,
        read.version,
    )


@pytest.mark.parametrize(
    ("claims", "version"),
    [
        pytest.param({"iss": V1["iss"]}, "1.0", id="v1's form"),
        pytest.param({"iss": V2["iss"]}, "2.0", id="v2's form"),
        pytest.param({"iss": V1["iss"], "ver": 1}, "1.0", id="a ver that is no text"),
        pytest.param({"iss": "https://accounts.example/"}, None, id="another's form"),
        pytest.param({}, None, id="no issuer"),
    ],
)
def test_without_ver_the_form_of_the_issuer_tells_the_version(claims, version):
    assert version == token(claims).version


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        pytest.param({}, "app", id="oid is sub"),
        pytest.param({"idtyp": "app", "sub": "other"}, "app", id="idtyp says app"),
        pytest.param({"idtyp": "user"}, "user", id="idtyp says user"),
        pytest.param({"scp": "user_impersonation"}, "user", id="a scope"),
        pytest.param({"upn": "ann@contoso.example"}, "user", id="a sign-in name"),
        pytest.param({"sub": "pairwise"}, "user", id="oid is not sub"),
        pytest.param({"oid": None}, "app", id="a client and no oid"),
        pytest.param({"oid": None, "azp": None}, None, id="nobody"),
        pytest.param({"tfp": "B2C_1_signin"}, "user", id="a policy of Azure AD B2C"),
        pytest.param({"azp": None, "nonce": "n"}, "user", id="an ID token"),
    ],
)
def test_apps_are_told_from_people(changes, kind):
    assert kind == token({**V2, **changes}).kind


@pytest.mark.parametrize(
    ("claim", "roles"),
    [
        pytest.param(["Caller"], ("Caller",), id="one"),
        pytest.param([], (), id="none"),
        pytest.param("Caller", (), id="a text instead of a list"),
        pytest.param(["Caller", 1], (), id="a number among them"),
    ],
)
def test_roles_are_a_list_of_texts_or_none(claim, roles):
    assert roles == token({**V2, "roles": claim}).roles


@pytest.mark.parametrize(
    ("claim", "audiences"),
    [
        pytest.param(API, (API,), id="one"),
        pytest.param([API, "b"], (API, "b"), id="several"),
        pytest.param([API, 1], (), id="a number among them"),
        pytest.param({"a": API}, (), id="an object"),
        pytest.param("", (), id="an empty text"),
    ],
)
def test_audiences_are_one_text_or_a_list_of_them(claim, audiences):
    assert audiences == token({**V2, "aud": claim}).audiences


@pytest.mark.parametrize("claim", ["1595684985", True, None, [1], 1e30, -1e30])
def test_what_is_no_time_is_no_time(claim):
    assert token({**V2, "exp": claim}).expires_at is None


def test_times_may_have_fractions():
    assert token({**V2, "exp": 1.5}).expires_at == 1.5


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        pytest.param(b"hello", "couldn't read its payload, it isn't JSON", id="no JSON"),
        pytest.param(b"[]", "isn't a JSON object", id="a list"),
        pytest.param(b'{"aud":"a","aud":"b"}', "twice", id="two audiences"),
    ],
)
def test_a_payload_that_is_no_set_of_claims_makes_no_token(payload, said):
    with pytest.raises(NotAToken, match=said):
        token(payload)


def test_a_fingerprint_tells_tokens_apart():
    assert token(V1).fingerprint == token(V1).fingerprint != token(V2).fingerprint


ENABLED_ON = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Web/sites/core"


@pytest.mark.parametrize(
    ("claims", "account"),
    [
        ({"upn": "jane@contoso.com", "unique_name": "x", "scp": "y"}, "jane@contoso.com"),
        ({"unique_name": "live.com#jane", "scp": "y"}, "live.com#jane"),
        ({"preferred_username": "jane@contoso.com"}, "jane@contoso.com"),
        ({"oid": "1", "sub": "1", "xms_mirid": ENABLED_ON, "appid": "2"}, "managed identity core"),
        ({"oid": "1", "sub": "1", "appid": "2", "ver": "1.0"}, "service principal 2"),
        ({"idtyp": "app", "azp": "3", "ver": "2.0"}, "service principal 3"),
        ({"oid": "1", "sub": "1"}, None),
        ({"scp": "x"}, None),
        ({}, None),
    ],
)
def test_the_account_is_named_as_people_know_it(claims, account):
    assert account == AccessToken(claims, None).account


@pytest.mark.parametrize(("version", "client"), [("1.0", "one"), ("2.0", "two")])
def test_of_two_clients_the_one_of_the_tokens_version_counts(version, client):
    assert client == token({"ver": version, "appid": "one", "azp": "two"}).client
