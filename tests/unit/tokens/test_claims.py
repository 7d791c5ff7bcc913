import base64
import json

import pytest

from miwire.tokens import claims
from miwire.tokens.access_token import AccessToken

IDENTITY = "644d9b8a-b07e-46e8-b81e-bd3a4c997ce9"
ISSUER = "https://sts.windows.net/0e3e2e88-8caf-41ca-b4da-e3b33b6c52ec/"
RESOURCES = "/subscriptions/s/resourcegroups/g/providers"
CALLER = {
    "aud": "api://a",
    "iss": ISSUER,
    "tid": "0e3e2e88-8caf-41ca-b4da-e3b33b6c52ec",
    "oid": IDENTITY,
    "sub": IDENTITY,
    "appid": "16f36118-217b-4e7c-9250-69321b4c0742",
    "nbf": 1_000,
    "exp": 87_700,
    "ver": "1.0",
}


def segment(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(header=None, signature="c2ln", **changes):
    read = {name: value for name, value in {**CALLER, **changes}.items() if value is not None}
    names = json.dumps({"alg": "RS256", "kid": "a"} if header is None else header).encode()
    return AccessToken.parse(f"{segment(names)}.{segment(json.dumps(read).encode())}.{signature}")


@pytest.mark.parametrize(
    ("changes", "whose"),
    [
        pytest.param(
            {"xms_mirid": f"{RESOURCES}/Microsoft.ManagedIdentity/userAssignedIdentities/payments"},
            "a managed identity, user-assigned, payments",
            id="user-assigned",
        ),
        pytest.param(
            {"xms_mirid": f"{RESOURCES}/Microsoft.Web/sites/core"},
            "a managed identity, that of the app core",
            id="system-assigned",
        ),
        pytest.param(
            {"xms_mirid": f"{RESOURCES}/Microsoft.Web/sites/core/slots/blue"},
            "a managed identity, that of the app core/slots/blue",
            id="a slot's",
        ),
        pytest.param(
            {"xms_mirid": "/virtualMachines/x\u202e"},
            "a managed identity, /virtualMachines/x\\u202e",
            id="of something else",
        ),
        pytest.param({"appidacr": "2"}, "a managed identity, or an app", id="by certificate"),
        pytest.param({"appidacr": "1"}, "an app, signed in with a secret", id="by secret"),
        pytest.param({"scp": "read", "upn": "ann"}, "a user, ann, signed in to", id="a person"),
        pytest.param(
            {"oid": None},
            "an app without a service principal in this tenant (client ID 16f36118",
            id="a client and no oid",
        ),
        pytest.param({"oid": None, "appid": None}, "unknown to Entra ID", id="nobody"),
        pytest.param(
            {"appid": None, "nonce": "n", "name": "Ann"}, "a user, Ann, as an ID token", id="ID"
        ),
        pytest.param(
            {"appid": None, "azp": "app", "tfp": "B2C_1_x", "emails": ["ann@contoso.example"]},
            "a user, ann@contoso.example, signed in to the client app",
            id="a person of Azure AD B2C",
        ),
    ],
)
def test_it_says_whose_token_it_is(changes, whose):
    assert claims.whose(token(**changes)).startswith(whose)


@pytest.mark.parametrize(
    ("at", "validity"),
    [
        (1_000 - 120, "not yet: starts in 2 min, lasts 24 h 5 min"),
        (87_700 - 85_260, "expires in 23 h 41 min, lasts 24 h 5 min"),
        (87_700, "expired 0 s ago, lasts 24 h 5 min"),
    ],
)
def test_it_says_since_when_and_until_when(at, validity):
    assert validity == claims.validity(token(), at)


def test_without_exp_it_counts_at_no_time():
    assert claims.validity(token(exp=None), 0).startswith("unknown: exp is missing")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"roles": ["Caller"]}, "Caller", id="a role"),
        pytest.param({}, "24 hours", id="no role, and why"),
        pytest.param({"scp": "read"}, "the scopes read", id="a person's scopes"),
        pytest.param({"scp": "read", "roles": ["A"]}, "the scopes read, roles A", id="both"),
    ],
)
def test_it_says_what_the_api_gave_the_caller(changes, said):
    assert said in claims.rights(token(**changes))


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        pytest.param({}, "v1.0, see ver;", id="ver"),
        pytest.param({"ver": None}, "v1.0, see the form of iss;", id="the issuer"),
        pytest.param({"ver": None, "iss": "x"}, "neither v1 nor v2", id="neither"),
        pytest.param(
            {"appid": None, "nonce": "n"}, "v1.0, see ver; set by the endpoint", id="an ID token's"
        ),
        pytest.param({"tfp": "B2C_1_x"}, "1.0 of Azure AD B2C", id="a policy's"),
    ],
)
def test_it_says_what_shows_the_version(changes, shown):
    assert claims.version(token(**changes)).startswith(shown)


def test_known_claims_have_a_meaning_and_unknown_ones_their_value():
    told = {each.name: each for each in claims.claims(token(appidacr="2", evil="\x1b"), 0)}

    assert ("how the caller authenticated", "2: a certificate, as for managed identities") == (
        told["appidacr"].meaning,
        told["appidacr"].value,
    )
    assert ("", "\\u001b") == (told["evil"].meaning, told["evil"].value)


@pytest.mark.parametrize(("value", "words"), [("app", "an app only"), ("user", "a user")])
def test_idtyp_is_explained_by_its_value(value, words):
    told = {each.name: each.value for each in claims.claims(token(idtyp=value), 0)}

    assert told["idtyp"] == f"{value}: {words}"


def test_times_are_told_absolute_and_relative():
    told = {each.name: each.value for each in claims.claims(token(iat="soon"), 0)}

    assert ("1970-01-02 00:21:40 UTC, in 24 h 21 min", "soon, not a time") == (
        told["exp"],
        told["iat"],
    )


def test_keys_that_a_header_brings_are_called_ignored():
    told = {each.name: each.meaning for each in claims.header(token(header={"jku": "https://x"}))}

    assert told["jku"] == "keys: ignored"
