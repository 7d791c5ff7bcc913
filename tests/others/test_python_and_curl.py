"""azure-identity and the management client of Python, and curl, unmodified."""

import json
import shutil
import sys
import time
from datetime import datetime

import pytest

pytestmark = pytest.mark.others


@pytest.fixture
def wired(sh):
    """The client id of integration's registration, with core let in."""
    ended = sh("""
        eval "$(miwire lab env)"
        miwire enable-identity core
        miwire protect integration --allow core -o json > protected.json
    """)
    assert ended.code == 0, ended.err
    return json.loads((sh.folder / "protected.json").read_text())["registration"]["appId"]


@pytest.fixture
def _curl():
    if shutil.which("curl") is None:
        pytest.skip("there is no curl")


def test_a_shell_that_is_told_of_the_lab_has_an_identity_endpoint(sh, block, lab):
    ended = sh(f'{block("Start")}echo "$IDENTITY_ENDPOINT"')

    assert lab.environment["IDENTITY_ENDPOINT"] == ended.out.split()[-1]


def test_a_management_client_lists_the_apps(sh, block):
    (sh.folder / "apps.py").write_text(block("Python", "python"), encoding="utf-8")
    ended = sh(f'eval "$(miwire lab env)"\n{sys.executable} apps.py')

    assert (0, ["core", "integration", "stranger"]) == (ended.code, ended.out.split()), ended.err


@pytest.mark.usefixtures("_curl")
def test_curl_inside_core_gets_through_the_gate(sh, block, wired):
    ended = sh(block("curl"), APP=wired)

    assert (0, "200\n") == (ended.code, ended.out), ended.err


@pytest.mark.usefixtures("_curl")
def test_older_endpoints_answer_with_strings(sh, block, wired):
    ended = sh(f'eval "$(miwire lab env)"\n{block("curl", number=1)}', APP=wired)
    assert ended.code == 0, ended.err
    first, _, second = ended.out.partition("}")
    identity, entra = json.loads(first + "}"), json.loads(second)
    expires = datetime.strptime(identity["expires_on"], "%m/%d/%Y %I:%M:%S %p %z")

    assert 86_300 < expires.timestamp() - time.time() < 86_500
    assert {"access_token", "expires_on", "resource", "token_type"} == identity.keys()
    assert ("3599", "3599") == (entra["expires_in"], entra["ext_expires_in"])
    assert all(isinstance(value, str) for value in entra.values())
