"""
Kinds of tokens that decode-token tells apart, in text and in JSON alike.

Each is signed with a key made for this run; --jwks has it, and nothing is asked of anybody.
"""

import base64
import contextlib
import hashlib
import io
import json
import sys

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from miwire.cli.main import main

TENANT = "0e3e2e88-8caf-41ca-b4da-e3b33b6c52ec"
CLIENT = "16f36118-217b-4e7c-9250-69321b4c0742"
IDENTITY = "644d9b8a-b07e-46e8-b81e-bd3a4c997ce9"
API = "84846a08-b110-44f0-92af-a353b2e94d30"
V2 = f"https://login.microsoftonline.com/{TENANT}/v2.0"
B2C = f"https://contoso.b2clogin.com/{TENANT}/v2.0/"
EXTERNAL = f"https://{TENANT}.ciamlogin.com/{TENANT}/v2.0"
GOVERNMENT = f"https://login.microsoftonline.us/{TENANT}/v2.0"
HEADER = {"typ": "JWT", "alg": "RS256", "kid": "a"}
APP = {
    "aud": API,
    "iss": V2,
    "nbf": 1_000,
    "exp": 5_000,
    "azp": CLIENT,
    "azpacr": "2",
    "oid": IDENTITY,
    "sub": IDENTITY,
    "tid": TENANT,
    "roles": ["Caller"],
    "ver": "2.0",
}
OF_B2C = {
    **{name: APP[name] for name in ("aud", "nbf", "exp", "azp", "oid", "sub")},
    "iss": B2C,
    "scp": "read",
    "tfp": "B2C_1_signin",
    "emails": ["ann@contoso.example"],
    "ver": "1.0",
}
OF_A_SIGN_IN = {
    **{name: APP[name] for name in ("aud", "iss", "nbf", "exp", "oid", "tid", "ver")},
    "sub": "pairwise",
    "nonce": "n",
    "name": "Ann",
}
JWE_HEADER = b'{"alg":"RSA-OAEP","enc":"A256GCM"}'
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
BY_TENANT = ("--tenant", TENANT)


def segment(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(header, claims):
    return ".".join(segment(json.dumps(each).encode()) for each in (header, claims))


def signed(claims, header=HEADER, seen_as=None):
    """A token; *seen_as* is the header that its signature is over, if that is another one."""
    over = unsigned(seen_as or header, claims).encode()
    signature = KEY.sign(over, padding.PKCS1v15(), hashes.SHA256())
    return f"{unsigned(header, claims)}.{segment(signature)}"


def number(value):
    return segment(value.to_bytes((value.bit_length() + 7) // 8, "big"))


@pytest.fixture
def jwks(tmp_path):
    public = KEY.public_key().public_numbers()
    key = {"kty": "RSA", "kid": "a", "n": number(public.n), "e": number(public.e)}
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [key]}), encoding="utf-8")
    return str(file)


@pytest.fixture
def decode(monkeypatch):
    """Return a function that runs decode-token in text and as JSON: code, text and document."""
    monkeypatch.delenv("MIWIRE_CLOUD", raising=False)

    def run(token, *words):
        out = []
        for output in ("text", "json"):
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(token.encode())))
            stream = io.StringIO()
            with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(io.StringIO()):
                code = main(["decode-token", "--at", "2000", "-o", output, *words])
            out.append(stream.getvalue())
        return code, out[0], json.loads(out[1])

    return run


@pytest.fixture
def verify(decode, jwks):
    """Return a function that verifies a token with the key of these tests."""
    return lambda token, *expected: decode(
        token, "--verify", "--audience", API, "--jwks", jwks, *(expected or BY_TENANT)
    )


def finding(document, id_):
    return next(each for each in document["findings"] if each["id"] == id_)


def kinds(document):
    return [each["kind"] for each in document["token"]["notes"]]


def squeezed(text):
    """A text without the line breaks of a narrow terminal."""
    return " ".join(text.split())


def test_an_ordinary_token_is_verified_and_nothing_is_noted(verify):
    code, text, document = verify(signed(APP))

    assert (0, True, []) == (code, document["verified"], kinds(document))
    assert "Note:" not in text
    assert "MIW307" not in text


def test_a_token_with_a_nonce_is_for_microsoft_graph_to_verify(verify):
    nonce = segment(hashlib.sha256(b"n").digest())
    token = signed(APP, {**HEADER, "nonce": "n"}, seen_as={**HEADER, "nonce": nonce})
    code, text, document = verify(token)
    found = finding(document, "MIW300")

    assert (1, False, "unknown", "") == (
        code, document["verified"], found["verdict"], found["fix"],
    )  # fmt: skip
    assert "only Microsoft Graph can verify it" in found["seen"]
    assert "only Microsoft Graph can verify it" in squeezed(text)
    assert ["graph-nonce"] == kinds(document)


def test_a_nonce_excuses_no_other_algorithm(verify):
    _, _, document = verify(signed(APP, {**HEADER, "alg": "HS256", "nonce": "n"}))

    assert "fail" == finding(document, "MIW300")["verdict"]


def test_the_address_of_an_apis_own_key_is_named(verify):
    code, text, document = verify(signed(APP, {**HEADER, "kid": "of-the-api"}))
    address = f"--jwks 'https://login.microsoftonline.com/{TENANT}/discovery/v2.0/keys?appid={API}'"

    assert 1 == code
    assert "no key of" in finding(document, "MIW300")["seen"]
    assert address in finding(document, "MIW300")["fix"]
    assert address in squeezed(text)


def test_a_wrong_signature_of_a_known_key_has_another_fix(verify):
    token = signed(APP)
    _, _, document = verify(f"{unsigned(HEADER, {**APP, 'uti': 'x'})}.{token.rpartition('.')[2]}")

    assert "appid" not in finding(document, "MIW300")["fix"]
    assert "exactly as issued" in finding(document, "MIW300")["fix"]


def test_a_token_of_b2c_is_a_persons_and_its_client_is_azp(decode):
    code, text, document = decode(signed(OF_B2C))

    assert (0, "user", CLIENT) == (code, document["token"]["kind"], document["token"]["client"])
    assert f"a user, ann@contoso.example, signed in to the client {CLIENT}" in squeezed(text)
    assert ["b2c"] == kinds(document)
    assert "--jwks" in squeezed(text)


def test_a_token_of_b2c_is_verified_with_its_exact_issuer(verify):
    code, _, document = verify(signed(OF_B2C), "--issuer", B2C)

    assert (0, True) == (code, document["verified"])
    assert "pass" == finding(document, "MIW303")["verdict"]


@pytest.mark.parametrize(
    "issuer", [B2C.rstrip("/"), B2C.replace("contoso", "fabrikam"), V2], ids=["slash", "host", "v2"]
)
def test_a_token_of_b2c_is_not_verified_with_another_issuer(verify, issuer):
    code, _, document = verify(signed(OF_B2C), "--issuer", issuer)

    assert (1, "fail") == (code, finding(document, "MIW303")["verdict"])


def test_a_token_of_b2c_without_its_key_names_the_address_of_its_policys_keys(verify):
    code, text, document = verify(signed(OF_B2C, {**HEADER, "kid": "b"}), "--issuer", B2C)
    keys = f"https://contoso.b2clogin.com/{TENANT}/B2C_1_signin/discovery/v2.0/keys"

    assert 1 == code
    assert f"--jwks {keys}" in finding(document, "MIW300")["fix"]
    assert f"--jwks {keys}" in squeezed(text)


def test_an_address_is_never_made_of_an_issuer_that_is_not_expected(verify):
    evil = {**OF_B2C, "iss": f"https://evil.example/{TENANT}/v2.0/"}
    _, text, document = verify(signed(evil, {**HEADER, "kid": "b"}))

    assert "evil.example" not in "".join(each["fix"] for each in document["findings"])
    assert "--jwks https://evil" not in squeezed(text)


@pytest.mark.parametrize(
    ("issuer", "said", "fix"),
    [
        pytest.param(B2C, "Azure AD B2C issued it", "with --issuer instead", id="B2C"),
        pytest.param(EXTERNAL, "External ID", "with --issuer instead", id="External ID"),
        pytest.param(
            GOVERNMENT, "AzureUSGovernment", "--cloud AzureUSGovernment", id="US Government"
        ),
        pytest.param(
            f"https://login.partner.microsoftonline.cn/{TENANT}/v2.0",
            "AzureChinaCloud",
            "--cloud AzureChinaCloud",
            id="China",
        ),
    ],
)
def test_another_kind_of_issuer_is_named_and_how_to_verify_it(verify, issuer, said, fix):
    code, text, document = verify(signed({**APP, "iss": issuer}))
    found = finding(document, "MIW303")

    assert (1, "fail") == (code, found["verdict"])
    assert said in found["seen"]
    assert fix in found["fix"]
    assert said in squeezed(text)
    assert f"fix: {found['fix']}" in squeezed(text)


def test_a_token_of_another_cloud_is_verified_with_that_cloud(verify):
    token = signed({**APP, "iss": GOVERNMENT})
    code, _, _ = verify(token, *BY_TENANT, "--cloud", "AzureUSGovernment")

    assert 0 == code


def test_a_token_of_an_external_tenant_is_verified_with_its_issuer(verify):
    code, _, document = verify(signed({**APP, "iss": EXTERNAL}), "--issuer", EXTERNAL)

    assert (0, CLIENT, "app") == (code, document["token"]["client"], document["token"]["kind"])


def test_an_id_token_is_verified_with_a_warning(verify):
    code, text, document = verify(signed(OF_A_SIGN_IN))
    found = finding(document, "MIW307")

    assert (0, True, "warn") == (code, document["verified"], found["verdict"])
    assert "this is an ID token" in found["seen"]
    assert "MIW307 an access token this is an ID token" in squeezed(text)
    assert ["id-token"] == kinds(document)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"azp": CLIENT}, id="a client"),
        pytest.param({"scp": "read"}, id="a permission"),
    ],
)
def test_an_access_token_with_claims_of_a_sign_in_is_no_id_token(verify, changes):
    _, _, document = verify(signed({**OF_A_SIGN_IN, **changes}))

    assert "MIW307" not in [each["id"] for each in document["findings"]]


def test_an_app_without_oid_has_no_service_principal_in_the_tenant(verify):
    claims = {name: value for name, value in APP.items() if name not in {"oid", "roles"}}
    code, text, document = verify(signed({**claims, "sub": CLIENT}))

    assert (0, "app") == (code, document["token"]["kind"])
    assert "without a service principal in this tenant" in finding(document, "MIW305")["seen"]
    assert "an app without a service principal in this tenant" in squeezed(text)
    assert "every Entra ID token" not in text
    assert ["no-service-principal"] == kinds(document)


def test_too_many_groups_are_explained(decode):
    overage = {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "x"}}}
    code, text, document = decode(signed({**APP, **overage, "scp": "read"}))

    assert (0, ["groups-overage"]) == (code, kinds(document))
    assert "group overage" in squeezed(text)


@pytest.mark.parametrize(
    ("token", "kind", "said"),
    [
        pytest.param("a.b.c.d.e", "not-a-jwt", "isn't a JWT", id="five segments"),
        pytest.param(
            "eyJhbGciOiJSUzI1NiJ9.eyJhdWQi...", "shortened", "was shortened", id="shortened"
        ),
        pytest.param(
            f"{segment(JWE_HEADER)}.a2V5.aXY.dGV4dA.dGFn",
            "encrypted",
            "its header has enc",
            id="encrypted",
        ),
    ],
)  # fmt: skip
def test_what_only_looks_like_a_token_is_named(decode, token, kind, said):
    code, text, document = decode(token)

    assert (1, kind, "") == (code, document["error"]["kind"], text)
    assert said in document["error"]["message"]


def test_a_token_that_lost_its_end_is_called_truncated(verify):
    code, text, document = verify(signed(APP)[:-10])

    assert 1 == code
    assert "probably truncated" in finding(document, "MIW300")["seen"]
    assert "probably truncated" in squeezed(text)
    assert ["truncated-signature"] == kinds(document)
