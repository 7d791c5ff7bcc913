"""
Whatever is done to a token that holds, it holds no more, and nothing of it is shown.

300 are tried, always the same; `-m storm` tries 2 000 others, or as many as MIWIRE_MUTATIONS says.
"""

import base64
import contextlib
import functools
import io
import json
import os
import re
import sys

import pytest
import typer
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from miwire.cli.main import main

TENANT = "0e3e2e88-8caf-41ca-b4da-e3b33b6c52ec"
IDENTITY = "644d9b8a-b07e-46e8-b81e-bd3a4c997ce9"
API = "84846a08-b110-44f0-92af-a353b2e94d30"
HEADER = {"typ": "JWT", "alg": "RS256", "kid": "a"}
CLAIMS = {
    "aud": API,
    "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0",
    "iat": 1_000,
    "nbf": 1_000,
    "exp": 87_700,
    "azp": "16f36118-217b-4e7c-9250-69321b4c0742",
    "oid": IDENTITY,
    "sub": IDENTITY,
    "tid": TENANT,
    "roles": ["Caller"],
    "ver": "2.0",
}
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FOREIGN = rsa.generate_private_key(public_exponent=65537, key_size=2048)
TRIED = int(os.environ.get("MIWIRE_MUTATIONS", "2000"))
IN_CI = 300
LONG = 16
"""Characters from which on a piece of a token in the output is no coincidence."""


def segment(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def number(value):
    return segment(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def jwk(key):
    public = key.public_key().public_numbers()
    return {"kty": "RSA", "kid": "a", "n": number(public.n), "e": number(public.e)}


def unsigned(header, claims):
    return ".".join(segment(json.dumps(each).encode()) for each in (header, claims))


def signed(header, claims, key):
    text = unsigned(header, claims)
    return f"{text}.{segment(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


TOKEN = signed(HEADER, CLAIMS, KEY)
SIGNATURE = TOKEN.rpartition(".")[2]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
CHARACTERS = st.sampled_from("ABCabc019-_.=+/ \n\x00é\u202e") | st.characters()


def changed(members, names):
    """The members with one of them set, renamed or taken away."""
    name = st.sampled_from(names) | st.text(max_size=8)
    return st.one_of(
        st.builds(lambda n, value: {**members, n: value}, name, JSON),
        st.builds(lambda n: {k: v for k, v in members.items() if k != n}, name),
    )


HEADERS = changed(HEADER, ["alg", "kid", "typ", "crit", "b64", "jwk", "jku", "x5u", "x5c", "zip"])
PAYLOADS = changed(CLAIMS, list(CLAIMS))


@st.composite
def edited(draw):
    """The token with some of its characters replaced, left out or put in."""
    text = TOKEN
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        text = (
            text[:at] + draw(st.text(CHARACTERS, max_size=3)) + text[at + draw(st.integers(0, 3)) :]
        )
    return text


@st.composite
def rearranged(draw):
    """The token's segments left out, doubled, exchanged or cut."""
    pieces = st.sampled_from([*TOKEN.split("."), "", "e30", TOKEN])
    cut = draw(st.none() | st.integers(0, len(TOKEN)))
    return ".".join(draw(st.lists(pieces, max_size=6)))[:cut]


FORGED = st.one_of(
    st.builds(lambda header: f"{unsigned(header, CLAIMS)}.{SIGNATURE}", HEADERS),
    st.builds(lambda claims: f"{unsigned(HEADER, claims)}.{SIGNATURE}", PAYLOADS),
    st.builds(lambda claims: f"{unsigned({**HEADER, 'alg': 'none'}, claims)}.", PAYLOADS),
    st.builds(lambda claims: signed(HEADER, claims, FOREIGN), PAYLOADS),
    st.builds(lambda claims: signed({**HEADER, "jwk": jwk(FOREIGN)}, claims, FOREIGN), PAYLOADS),
)


@pytest.fixture(scope="module", autouse=True)
def _built_once():
    """Typer builds all commands anew for every run; a few thousand runs take the same ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", functools.cache(typer.main.get_command))
        yield


@pytest.fixture(scope="module")
def jwks(tmp_path_factory):
    file = tmp_path_factory.mktemp("jwks") / "keys.json"
    file.write_text(json.dumps({"keys": [jwk(KEY)]}), encoding="utf-8")
    return str(file)


def decoded(token, jwks, *more):
    """Exit code and everything that one run of the command prints."""
    stdin = io.TextIOWrapper(io.BytesIO(token.encode("utf-8", "surrogatepass")))
    expectations = ["--verify", "--audience", API, "--tenant", TENANT, "--jwks", jwks]
    out, err, before = io.StringIO(), io.StringIO(), sys.stdin
    sys.stdin = stdin
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(["decode-token", *expectations, "--at", "2000", *more])
    finally:
        sys.stdin = before
    return code, out.getvalue() + err.getvalue()


def holds_the_token(text):
    """Whether the genuine token is in a text char for char, in one word or in several in a row."""
    words = re.findall(r"[A-Za-z0-9_.-]+", text)
    rows = (
        "".join(words[at:end]) for at in range(len(words)) for end in range(at + 1, 1 + len(words))
    )
    return any(row.removesuffix(".") == TOKEN for row in rows)


def shown(text, printed):
    """The pieces of a token that are to be read in what was printed."""
    return [piece for piece in text.split(".") if len(piece) >= LONG and piece in printed]


@pytest.mark.parametrize("output", ["text", "json"])
def test_the_token_itself_is_verified(jwks, output):
    code, printed = decoded(TOKEN, jwks, "-o", output)

    assert code == 0
    assert not shown(TOKEN, printed)


MUTATED = {
    "mutated": edited() | rearranged() | FORGED,
    "output": st.sampled_from(["text", "json"]),
}


def is_refused(jwks, mutated, output):
    # A token is read in other text, and put together again where it was wrapped.
    assume(not holds_the_token(mutated))
    code, printed = decoded(mutated, jwks, "-o", output)

    assert code == 1
    assert not shown(mutated, printed)
    assert not shown(TOKEN, printed)


@settings(max_examples=IN_CI, deadline=None, derandomize=True, database=None)
@given(**MUTATED)
def test_nothing_that_was_changed_is_verified_crashes_or_is_shown(jwks, mutated, output):
    is_refused(jwks, mutated, output)


@pytest.mark.storm
@settings(max_examples=TRIED, deadline=None, database=None)
@given(**MUTATED)
def test_nothing_that_was_changed_is_verified_many_times_over(jwks, mutated, output):
    is_refused(jwks, mutated, output)
