"""Forged tokens against somebody who keeps them all and tries to make a genuine one of them."""

import base64
import itertools
import json
import secrets

import jwt
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from miwire.model.cloud import PUBLISHED
from miwire.probe.model import FORGED
from miwire.tokens.access_token import AccessToken
from miwire.tokens.forge import Forgery, Model, keeps_its_signature

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = KEY.public_key()
KID = "published"
CLAIMS = {
    "aud": "84846a08-b110-44f0-92af-a353b2e94d30",
    "iss": "https://login.microsoftonline.com/0e3e2e88-8caf-41ca-b4da-e3b33b6c52ec/v2.0",
    "iat": 1_000,
    "nbf": 1_000,
    "exp": 87_700,
    "azp": "16f36118-217b-4e7c-9250-69321b4c0742",
    "oid": "644d9b8a-b07e-46e8-b81e-bd3a4c997ce9",
    "sub": "644d9b8a-b07e-46e8-b81e-bd3a4c997ce9",
    "tid": "0e3e2e88-8caf-41ca-b4da-e3b33b6c52ec",
    "roles": ["Caller"],
    "ver": "2.0",
}
SECRETS = {"uti": 16, "aio": 24}
LAYOUTS = [{}, {"separators": (",", ":")}, {"sort_keys": True}, {"indent": 1}]
WEAK = ["", "a", "1" * 40, "0.AXwA", "abababababababababababab", 7, None, ["x"], {"a": 1}]


@pytest.fixture(scope="module")
def forgery():
    """One throw-away key for all."""
    return Forgery()


def _segment(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def claims_of(payload):
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def issued(claims, layout):
    """A token that Entra ID would have signed, in one of the layouts of its JSON."""
    payload = json.dumps(claims, **layout).encode()
    return jwt.PyJWS().encode(payload, KEY, algorithm="RS256", headers={"kid": KID})


def all_forged(forgery, genuine):
    model = Model.of(AccessToken.parse(genuine))
    return [model.forged(name, forgery) for name in FORGED]


def undone(seen, known, genuine_order):
    """Every token that can be put together of what was seen and what is known besides."""
    parts = [each.split(".") for each in seen]
    headers, signatures = {each[0] for each in parts}, {each[2] for each in parts} - {""}
    payloads = {each[1] for each in parts}
    for claims in [claims_of(each[1]) for each in parts]:
        for restored in [{}, known, *({name: value} for name, value in known.items())]:
            for longer in (0, -86_400, 86_400):
                tried = claims | restored
                tried["exp"] += longer
                ordered = {name: tried[name] for name in genuine_order if name in tried}
                for each, layout in itertools.product((tried, ordered), LAYOUTS):
                    payloads.add(_segment(json.dumps(each, **layout).encode()))
    return (".".join(each) for each in itertools.product(headers, payloads, signatures))


def is_genuine(token):
    """Whether the issuer's key made the signature, of what the header says of it regardless."""
    signed, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    try:
        PUBLIC.verify(raw, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def test_the_verifier_of_these_tests_takes_a_genuine_token_and_one_put_together_again():
    genuine = issued(CLAIMS, {})
    swapped = all_forged_as_before(genuine)

    assert is_genuine(genuine)
    assert [each for each in undone([swapped], CLAIMS, CLAIMS) if is_genuine(each)]


def all_forged_as_before(genuine):
    """A token with a longer life under its own signature: what subtracting a day undoes."""
    header, payload, signature = genuine.split(".")
    claims = claims_of(payload)
    longer = _segment(json.dumps(claims | {"exp": claims["exp"] + 86_400}).encode())
    return f"{header}.{longer}.{signature}"


optional = st.fixed_dictionaries(
    {},
    optional={
        name: st.one_of(st.sampled_from(WEAK), st.just(("strong", length)), st.just(("strong", 3)))
        for name, length in SECRETS.items()
    }
    | {"rh": st.sampled_from(["0.AXwA", "1.AXwA" + "x" * 60, 5])},
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    optional=optional,
    left_out=st.sets(st.sampled_from(["oid", "sub"])),
    layout=st.sampled_from(LAYOUTS),
)
def test_nothing_that_is_put_together_of_forged_tokens_is_genuine(
    forgery, optional, left_out, layout
):
    """All claims are known but those that nobody can guess; each of those is tried alone."""
    claims = {name: value for name, value in CLAIMS.items() if name not in left_out}
    known = dict(claims)
    for name, value in optional.items():
        match value:
            case ("strong", length):
                claims[name] = secrets.token_urlsafe(length)
                if length < min(SECRETS.values()):
                    known[name] = claims[name]
            case _:
                claims[name] = known[name] = value
    genuine = issued(claims, layout)
    seen = all_forged(forgery, genuine)

    assert is_genuine(genuine)
    assert not [each for each in undone(seen, known, claims) if is_genuine(each)]


@pytest.mark.parametrize("name", [*CLAIMS, *SECRETS, "rh"])
@pytest.mark.parametrize("layout", LAYOUTS[:2])
def test_a_claim_that_is_put_back_alone_undoes_nothing(forgery, name, layout):
    opaque = {each: secrets.token_urlsafe(24) for each in (*SECRETS, "rh")}
    claims = CLAIMS | opaque
    seen = all_forged(forgery, issued(claims, layout))

    assert not [each for each in undone(seen, {name: claims[name]}, claims) if is_genuine(each)]


def test_a_tampered_token_has_the_genuine_header_and_signature_and_another_caller(forgery):
    claims = CLAIMS | {each: secrets.token_urlsafe(24) for each in (*SECRETS, "rh")}
    genuine = issued(claims, {})
    tampered = all_forged(forgery, genuine)[FORGED.index("tampered")]
    said = claims_of(tampered.split(".")[1])

    assert genuine.split(".")[::2] == tampered.split(".")[::2]
    assert {"oid", "sub", "uti", "aio", "rh"} == {n for n in claims if claims[n] != said[n]}


@pytest.mark.parametrize("weak", WEAK)
def test_a_token_without_a_claim_that_nobody_can_guess_does_not_lend_its_signature(forgery, weak):
    claims = CLAIMS | {"uti": weak, "rh": secrets.token_urlsafe(40)}
    genuine = issued(claims, {})
    tampered = all_forged(forgery, genuine)[FORGED.index("tampered")]

    assert not keeps_its_signature(AccessToken.parse(genuine))
    assert genuine.split(".")[2] not in tampered
    assert len(genuine.split(".")[2]) == len(tampered.split(".")[2])


def test_an_imagined_token_names_no_api_where_no_audience_is_known():
    one, other = (Model.imagined(PUBLISHED[0], None, None).claims["aud"] for _ in range(2))

    assert one != other
    assert one.startswith("api://")
