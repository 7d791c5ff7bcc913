import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from miwire.tokens.jws import Jws
from miwire.tokens.signature import KeySet, signature_flaw

HEADER = {"typ": "JWT", "alg": "RS256", "kid": "a"}
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FOREIGN = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SHORT = rsa.generate_private_key(65537, 1024)  # noqa: S505  too short is the fact under test


def segment(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def number(value):
    return segment(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def jwk(key=KEY, **members):
    public = key.public_key().public_numbers()
    read = {"kty": "RSA", "kid": "a", "n": number(public.n), "e": number(public.e), **members}
    return {name: value for name, value in read.items() if value is not ...}


def signed(header=HEADER, key=KEY):
    text = f"{segment(json.dumps(header).encode())}.{segment(b'anything')}"
    signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return Jws.parse(f"{text}.{segment(signature)}")


def flaw(jws, *keys):
    return KeySet("the issuer", lambda: list(keys)).flaw(jws)


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(jwk(), id="nothing but the key"),
        pytest.param(jwk(use="sig", alg="RS256", key_ops=["verify"]), id="for this very purpose"),
        pytest.param(jwk(x5t="a", x5c=["AAAA"], issuer="https://x"), id="as Entra ID has them"),
        pytest.param(jwk(d=number(KEY.private_numbers().d)), id="with its private part"),
    ],
)
def test_a_signature_by_a_published_key_holds(key):
    assert flaw(signed(), jwk(FOREIGN, kid="b"), key) is None


@pytest.mark.parametrize(
    ("header", "said"),
    [
        pytest.param({"alg": "none"}, "alg is none", id="no signature at all"),
        pytest.param({"alg": "HS256"}, "alg is HS256", id="a shared secret"),
        pytest.param({"alg": "RS512"}, "alg is RS512", id="another hash"),
        pytest.param({"alg": "PS256"}, "alg is PS256", id="another padding"),
        pytest.param({"alg": "rs256"}, "alg is rs256", id="other case"),
        pytest.param({"alg": ["RS256"]}, "alg is RS256; Entra", id="a list"),
        pytest.param({"alg": None}, "alg is null", id="null"),
        pytest.param({"crit": ["exp"]}, "crit", id="an extension"),
        pytest.param({"crit": []}, "crit", id="no extension, said so"),
        pytest.param({"b64": True}, "b64", id="how the payload is written"),
        pytest.param({"kid": None}, "has no key ID", id="no kid"),
        pytest.param({"kid": ""}, "has no key ID", id="an empty kid"),
        pytest.param({"kid": 1}, "has no key ID", id="a number for a kid"),
        pytest.param({"kid": "A"}, "no key of the issuer", id="a kid in other case"),
        pytest.param({"kid": "a\x00"}, "a\\u0000", id="a kid with a character behind it"),
    ],
)
def test_a_header_makes_a_good_signature_worthless(header, said):
    assert said in flaw(signed({**HEADER, **header}), jwk())


@pytest.mark.parametrize(
    "header",
    [
        pytest.param({"jwk": jwk(FOREIGN)}, id="a key"),
        pytest.param({"jku": "https://attacker.example/keys"}, id="an address of keys"),
        pytest.param({"x5u": "https://attacker.example/cert"}, id="an address of a certificate"),
    ],
)
def test_keys_that_a_token_brings_along_count_for_nothing(header):
    foreign = signed({**HEADER, **header}, FOREIGN)
    genuine = signed({**HEADER, **header})

    assert "doesn't match" in flaw(foreign, jwk())
    assert flaw(genuine, jwk()) is None


@pytest.mark.parametrize(
    ("key", "said"),
    [
        pytest.param(jwk(use="enc"), "use is enc", id="for encryption"),
        pytest.param(jwk(use=None), "use is null", id="for nothing"),
        pytest.param(jwk(key_ops=["encrypt"]), "key_ops is encrypt", id="to encrypt with"),
        pytest.param(jwk(key_ops=["sign"]), "key_ops is sign", id="to sign with"),
        pytest.param(jwk(key_ops="verify"), "key_ops", id="operations that are no list"),
        pytest.param(jwk(alg="RS512"), "is for RS512", id="for another algorithm"),
        pytest.param(jwk(kty="EC"), "isn't an RSA key", id="another kind"),
        pytest.param(jwk(kty=...), "isn't an RSA key", id="no kind"),
        pytest.param(jwk(n=...), "isn't an RSA key", id="no modulus"),
        pytest.param(jwk(e=65537), "isn't an RSA key", id="an exponent that is a number"),
        pytest.param(jwk(e=number(1)), "isn't an RSA key", id="an exponent of one"),
        pytest.param(jwk(e=number(4)), "isn't an RSA key", id="an even exponent"),
        pytest.param(jwk(n=f"{jwk()['n']}="), "isn't an RSA key", id="padding"),
        pytest.param(jwk(FOREIGN), "doesn't match", id="another key"),
    ],
)
def test_a_key_that_is_not_for_this_proves_nothing(key, said):
    assert said in flaw(signed(), key)


def test_a_short_key_proves_nothing():
    assert "1024 bits" in flaw(signed(key=SHORT), jwk(SHORT))


def test_two_keys_of_one_name_are_none():
    assert "several keys" in flaw(signed(), jwk(), jwk(FOREIGN))


def test_the_same_key_twice_is_one():
    assert flaw(signed(), jwk(), jwk(use="sig")) is None


def test_a_signature_that_was_cut_off_proves_nothing():
    text = signed().text

    assert "truncated" in signature_flaw(Jws.parse(text[:-1] + "_"), jwk())


def test_keys_are_read_when_they_are_needed_and_once_more_for_an_unknown_kid():
    read = []

    def keys():
        read.append(1)
        return [jwk()]

    published = KeySet("the issuer", keys)
    published.flaw(signed({**HEADER, "alg": "none"}))
    after_a_bad_header = len(read)
    published.flaw(signed())
    after_a_known_kid = len(read)
    for kid in ("b", "c", "b"):
        published.flaw(signed({**HEADER, "kid": kid}))

    assert (0, 1, 2) == (after_a_bad_header, after_a_known_kid, len(read))


def test_a_key_that_appeared_meanwhile_is_found():
    sets = iter([[], [jwk()]])

    assert KeySet("the issuer", lambda: next(sets)).flaw(signed()) is None


@pytest.mark.parametrize(
    ("header", "length", "said"),
    [
        pytest.param(HEADER, 249, "249 bytes instead of 256", id="cut off"),
        pytest.param(HEADER, 0, "there is no signature", id="none"),
        pytest.param(HEADER, 256, "doesn't match", id="another's"),
        pytest.param({**HEADER, "nonce": "n"}, 256, "only Microsoft Graph", id="Graph's"),
        pytest.param({**HEADER, "nonce": "n"}, 249, "249 bytes", id="Graph's, cut off"),
    ],
)
def test_why_a_signature_does_not_match_is_told_by_its_length_and_the_header(header, length, said):
    text, _, _ = signed(header).text.rpartition(".")
    made = base64.urlsafe_b64encode(bytes(length)).rstrip(b"=").decode()

    assert said in signature_flaw(Jws.parse(f"{text}.{made}"), jwk())


def test_a_key_set_lacks_a_key_only_once_it_was_read():
    published = KeySet("the issuer", lambda: [jwk()])
    before = published.lacks("b")
    published.flaw(signed({**HEADER, "kid": "b"}))

    assert (False, True, False) == (before, published.lacks("b"), published.lacks("a"))
