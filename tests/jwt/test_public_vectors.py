"""
543 vectors by others (README.md beside this file), through what decode-token runs.

The command refuses a vector where it is no token at all (most payloads are no JSON) as well as
where its signature proves nothing; the signature function sees every one that has three segments.
"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from miwire.azure.session import Azure
from miwire.errors import NotAToken
from miwire.model.cloud import PUBLISHED
from miwire.operations import decode_token as operation
from miwire.tokens.jws import Jws
from miwire.tokens.signature import KeySet, signature_flaw

VECTORS = json.loads((Path(__file__).parent / "public-vectors.json").read_text(encoding="utf-8"))
DEMAND = {"audiences": ("http://Default.Audience.com",), "issuers": ("http://Default.Issuer.com",)}


def named(vector):
    return vector["name"]


def of(*expected, **members):
    """The vectors of those verdicts whose members are as given."""
    return [
        vector
        for vector in VECTORS
        if vector["expected"] in expected
        and all(vector.get(name) == value for name, value in members.items())
    ]


@pytest.fixture
def keys(tmp_path):
    """Write a vector's key set where --jwks can find it."""

    def write(vector):
        file = tmp_path / "keys.json"
        file.write_text(json.dumps(vector["jwks"]), encoding="utf-8")
        return str(file)

    return write


def outcome(vector, jwks):
    """What --verify comes to."""
    demand = operation.Demand(**DEMAND, jwks=jwks)
    try:
        report = operation.verify(Azure(PUBLISHED[0]), vector["token"], demand, 0.0)
    except NotAToken:
        return "no token"
    return "verified" if report.verified else "not valid"


def test_all_vectors_are_here():
    counted = Counter((vector["kind"], vector["expected"]) for vector in VECTORS)

    assert counted == {
        ("jws-signature", "invalid"): 443,
        ("jws-signature", "valid"): 46,
        ("jws-signature", "any"): 2,
        ("decode-only", "invalid"): 35,
        ("structure", "invalid"): 17,
    }


@pytest.mark.parametrize("vector", of("invalid"), ids=named)
def test_an_invalid_vector_is_refused(vector, keys):
    assert outcome(vector, keys(vector)) in {"no token", "not valid"}


@pytest.mark.parametrize("vector", of("valid", "any"), ids=named)
def test_no_vector_is_a_crash(vector, keys):
    """Their audience and issuer are nobody's, so none is verified in the end."""
    assert outcome(vector, keys(vector)) in {"no token", "not valid"}


@pytest.mark.parametrize("vector", of("valid", alg_allowed=["RS256"]), ids=named)
def test_a_valid_rs256_signature_is_accepted(vector):
    jws = Jws.parse(vector["token"])

    assert None in [signature_flaw(jws, key) for key in vector["jwks"]["keys"]]


def test_a_valid_rs256_vector_needs_a_kid_for_the_issuers_keys():
    flaws = {
        vector["name"]: KeySet("the vector", lambda v=vector: v["jwks"]["keys"]).flaw(
            Jws.parse(vector["token"])
        )
        for vector in of("valid", alg_allowed=["RS256"])
    }

    assert {"rfc7515/A2": "the header has no key ID (kid)"} == {
        name: flaw for name, flaw in flaws.items() if flaw
    }


def test_a_valid_vector_of_another_algorithm_is_refused():
    others = [each for each in of("valid") if each["alg_allowed"] != ["RS256"]]
    flaws = [
        KeySet("the vector", lambda v=vector: v["jwks"]["keys"]).flaw(Jws.parse(vector["token"]))
        for vector in others
    ]

    assert [True] * 34 == ["Entra ID signs with RS256 only" in str(flaw) for flaw in flaws]


def accepted_by_signature(vector):
    """Whether the signature alone, whatever the payload is, would be believed."""
    try:
        jws = Jws.parse(vector["token"])
    except NotAToken:
        return False
    return KeySet("the vector", lambda: vector["jwks"]["keys"]).flaw(jws) is None


def test_no_invalid_vector_has_a_signature_that_is_believed():
    """
    Save two whose signatures are genuine, by keys of a weak make (ROCA) that nothing tells from
    others but their arithmetic; the vectors call that policy optional.
    """
    believed = [vector for vector in of("invalid") if accepted_by_signature(vector)]

    assert [("kid-rsa-roca-sign", True)] * 2 == [
        (vector["jwks"]["keys"][0]["kid"], vector["optional"]) for vector in believed
    ]


@pytest.mark.parametrize("vector", [each for each in VECTORS if "decodable" in each], ids=named)
def test_what_can_be_decoded_is_and_the_rest_is_called_no_token(vector):
    try:
        operation.decode(vector["token"], 0.0)
    except NotAToken:
        decoded = False
    else:
        decoded = True

    assert vector["decodable"] == decoded


@pytest.mark.parametrize(
    "vector", [each for each in VECTORS if "decoded_claims" in each], ids=named
)
def test_the_claims_are_those_that_microsofts_documents_show(vector):
    assert vector["decoded_claims"] == operation.decode(vector["token"], 0.0).token.claims


@pytest.mark.parametrize("vector", of("invalid")[::60], ids=named)
def test_the_command_refuses_it_and_shows_nothing_of_it(vector, keys):
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "miwire", "decode-token", "-", "--verify", "-o", "json"),
            *("--audience", "a", "--issuer", "https://b.example", "--jwks", keys(vector)),
        ],
        input=vector["token"],
        capture_output=True,
        text=True,
        check=False,
    )
    document = json.loads(ended.stdout)

    assert (1, 1, False) == (ended.returncode, document["exitCode"], document["ok"])
    assert not vector["token"] or vector["token"] not in ended.stdout + ended.stderr
