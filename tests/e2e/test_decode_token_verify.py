"""decode-token --verify as a process, against the authority of the lab."""

import base64
import json
import os
import subprocess
from functools import partial

import pytest

TENANT = "0e3e2e88-8caf-41ca-b4da-e3b33b6c52ec"
LONG_AGO = 1_595_684_985


def segment(document):
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def claims_of(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def document(ended):
    """The one JSON document on stdout."""
    return json.loads(ended.stdout)


@pytest.fixture
def decode_token(warm_miwire):
    """Return a function that verifies a token; what it prints is bytes."""

    def run(token, *arguments, environment):
        words = ("decode-token", "--verify", "-o", "json", *arguments)
        variables = {**os.environ, **environment}
        ended = warm_miwire.raw(words, variables, token.encode())
        return subprocess.CompletedProcess(words, *ended[:3])

    return run


@pytest.fixture
def verified(lab, decode_token):
    """Return a function that verifies, trusts the lab's CA and takes the lab for its cloud."""
    trusting = {"MIWIRE_CLOUD": lab.environment["MIWIRE_CLOUD"], "SSL_CERT_FILE": lab.ca}
    return partial(decode_token, environment=trusting)


def verdicts(ended):
    return {each["id"]: each["verdict"] for each in document(ended)["findings"]}


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_genuine_token_of_the_tenant_is_verified(verified, lab, version):
    genuine = lab.token({"aud": "api://a", "ver": version}, site="stranger")
    ended = verified(genuine, "--audience", "api://a", "--tenant", lab.tenant_id)

    assert (0, True, True) == (ended.returncode, document(ended)["ok"], document(ended)["verified"])
    assert verdicts(ended) == {
        "MIW300": "pass",
        "MIW301": "pass",
        "MIW302": "pass",
        "MIW303": "pass",
        "MIW304": "warn",
        "MIW305": "pass",
    }


@pytest.mark.parametrize(
    ("claims", "failed"),
    [
        pytest.param({"aud": "api://b"}, "MIW302", id="another audience"),
        pytest.param({"aud": "api://a", "exp": LONG_AGO}, "MIW301", id="expired"),
        pytest.param({"aud": "api://a", "tid": TENANT}, "MIW303", id="another tenant"),
    ],
)
def test_a_genuine_token_that_is_not_as_expected_is_exit_1(verified, lab, claims, failed):
    genuine = lab.token(claims, site="stranger")
    ended = verified(genuine, "--audience", "api://a", "--tenant", lab.tenant_id)
    found = verdicts(ended)

    assert (1, False) == (ended.returncode, document(ended)["verified"])
    assert ("pass", "fail") == (found["MIW300"], found.pop(failed))
    assert "fail" not in found.values()


def test_a_forged_token_is_called_fine_in_nothing(verified, lab):
    genuine = lab.token({"aud": "api://b"}, site="stranger")
    header, _, signature = genuine.split(".")
    payload = segment({**claims_of(genuine), "aud": "api://a", "roles": ["Caller"]})
    ended = verified(
        f"{header}.{payload}.{signature}",
        *("--audience", "api://a", "--tenant", lab.tenant_id),
    )

    assert ended.returncode == 1
    assert {"fail", "unknown"} == set(verdicts(ended).values())


def test_an_authority_that_does_not_answer_is_exit_6_and_no_verdict(decode_token, lab):
    ended = decode_token(
        lab.token({"aud": "a"}),
        *("--audience", "a", "--tenant", lab.tenant_id),
        environment={"MIWIRE_CLOUD": lab.environment["MIWIRE_CLOUD"]},
    )

    assert (6, "Unreachable") == (ended.returncode, document(ended)["error"]["code"])
    assert "CERTIFICATE_VERIFY_FAILED" in document(ended)["error"]["message"]
