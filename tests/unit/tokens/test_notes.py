"""What is special about a token is noted by a name for programs and in a sentence for people."""

import base64
import json

import pytest

from miwire.tokens.access_token import AccessToken
from miwire.tokens.notes import notes

TENANT = "0e3e2e88-8caf-41ca-b4da-e3b33b6c52ec"
CLIENT = "16f36118-217b-4e7c-9250-69321b4c0742"
IDENTITY = "644d9b8a-b07e-46e8-b81e-bd3a4c997ce9"
CALLER = {
    "aud": "api://a",
    "iss": f"https://sts.windows.net/{TENANT}/",
    "tid": TENANT,
    "oid": IDENTITY,
    "sub": IDENTITY,
    "appid": CLIENT,
    "exp": 87_700,
    "ver": "1.0",
}
B2C = {
    "iss": f"https://contoso.b2clogin.com/{TENANT}/v2.0/",
    "appid": None,
    "azp": CLIENT,
    "tid": None,
    "tfp": "B2C_1_signin",
    "emails": ["ann@contoso.example"],
}
ID_TOKEN = {"appid": None, "nonce": "n", "name": "Ann", "ver": "2.0"}
HEADER = {"alg": "RS256", "kid": "a"}
WHOLE = b"s" * 256


def segment(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def noted(changes=(), header=HEADER, signature=WHOLE):
    claims = {name: value for name, value in {**CALLER, **dict(changes)}.items() if value}
    last = signature if isinstance(signature, str) else segment(signature)
    parts = [segment(json.dumps(each).encode()) for each in (header, claims)]
    return {each.kind: each.sentence for each in notes(AccessToken.parse(".".join([*parts, last])))}


def test_nothing_is_noted_of_an_ordinary_token():
    assert {} == noted()


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        pytest.param({"aud": None, "exp": None}, "claims-missing", "aud, exp missing", id="claims"),
        pytest.param({"oid": None}, "no-service-principal", "no service principal", id="no oid"),
        pytest.param(
            {"_claim_names": {"groups": "src1"}}, "groups-overage", "too many groups", id="overage"
        ),
        pytest.param({"hasgroups": True}, "groups-overage", "too many groups", id="hasgroups"),
        pytest.param(ID_TOKEN, "id-token", "This is an ID token", id="ID token"),
        pytest.param(B2C, "b2c", "Azure AD B2C issued this (policy B2C_1_signin)", id="B2C"),
        pytest.param(
            {"iss": f"https://{TENANT}.ciamlogin.com/{TENANT}/v2.0"},
            "external-id",
            "--issuer instead of --tenant",
            id="External ID",
        ),
    ],
)
def test_a_kind_of_token_is_told_by_its_claims_and_nothing_else_is_noted(changes, kind, said):
    found = noted(changes)

    assert [kind] == list(found)
    assert said in found[kind]


@pytest.mark.parametrize(
    ("header", "signature", "kind", "said"),
    [
        pytest.param({"alg": "none"}, WHOLE, "algorithm", "alg is none", id="another algorithm"),
        pytest.param({}, WHOLE, "algorithm", "alg is null", id="no algorithm"),
        pytest.param(HEADER, b"", "unsigned", "There is no signature", id="no signature"),
        pytest.param(HEADER, "abcde", "truncated-signature", "truncated", id="no base64url"),
        pytest.param(HEADER, WHOLE[:249], "truncated-signature", "249 bytes", id="cut off"),
        pytest.param(
            {**HEADER, "nonce": "x"}, WHOLE, "graph-nonce", "only Microsoft Graph", id="Graph's"
        ),
    ],
)
def test_what_a_header_and_a_signature_mean_is_noted(header, signature, kind, said):
    found = noted(header=header, signature=signature)

    assert [kind] == list(found)
    assert said in found[kind]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"_claim_names": {"address": "src1"}}, id="another claim is elsewhere"),
        pytest.param({"_claim_names": "groups"}, id="no object"),
        pytest.param({"hasgroups": False}, id="no overage"),
        pytest.param({"nonce": "n"}, id="a nonce beside a client"),
        pytest.param(
            {"iss": "https://b2clogin.com.evil.example/"}, id="a host that only begins so"
        ),
        pytest.param({"iss": "https://evilb2clogin.com/"}, id="a host that only ends so"),
        pytest.param({"iss": "https://[/"}, id="an issuer that is no URL"),
    ],
)
def test_what_only_looks_like_a_kind_is_none(other):
    assert {} == noted(other)
