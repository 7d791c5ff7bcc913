"""What a command may import before it does anything."""

import json
import os
import subprocess
import sys

import pytest

HEAVY = {
    "azure.core",
    "azure.identity",
    "azure.mgmt.authorization",
    "azure.mgmt.web",
    "msgraph",
    "msal",
    "httpx",
    "jwt",
    "cryptography",
    "starlette",
    "uvicorn",
    "trustme",
}
TOKEN = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJ2ZXIiOiIyLjAifQ.c2ln"


def loaded(arguments, stdin="", environment=None):
    """The modules that a fresh interpreter holds after one command line."""
    script = (
        "import sys, json\n"
        "from miwire.cli.main import main\n"
        f"main({arguments!r})\n"
        "sys.stderr.write('\\n' + json.dumps(sorted(sys.modules)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        input=stdin,
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return set(json.loads(ended.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--help"], id="help"),
        pytest.param(["protect", "--help"], id="help of a command"),
        pytest.param(["help", "protect"], id="help as a command"),
        pytest.param(["version"], id="version"),
        pytest.param(["--show-completion", "bash"], id="the script for completion"),
        pytest.param(["lab", "--help"], id="help of the lab"),
        pytest.param(["decode-token"], id="decode a token"),
        pytest.param(["decode-token", "-o", "json"], id="decode a token as JSON"),
        pytest.param(["explain"], id="all codes"),
        pytest.param(["explain", "MIW205"], id="explain a check"),
        pytest.param(["explain", "-", "-o", "json"], id="explain a pasted text as JSON"),
        pytest.param(["enable-identity", "a b", "-o", "json"], id="a command line without sense"),
    ],
)
def test_a_command_that_asks_nobody_imports_no_sdk(arguments):
    assert not HEAVY & loaded(arguments, stdin=TOKEN)


def test_json_output_imports_no_rich():
    assert "rich" not in loaded(["decode-token", "-o", "json"], stdin=TOKEN)


@pytest.mark.parametrize("code", ["AADSTS501051", "403", "AuthorizationFailed", "-"])
def test_explaining_a_code_of_others_imports_no_check(code):
    modules = loaded(["explain", code], stdin="AADSTS501051")

    assert "miwire.explain.catalog" in modules
    assert not {name for name in modules if name.startswith(("miwire.checks.", "miwire.azure"))}


@pytest.mark.parametrize("line", ["protect integration", "doctor core integration"])
def test_a_command_leaves_the_typed_models_of_graph_unimported(lab, line):
    environment = {**os.environ, **lab.environment}
    lab.reset("wired")
    modules = loaded(line.split(), environment=environment)
    models = [name for name in modules if name.startswith("msgraph.generated.models.")]

    assert "msgraph" in modules
    assert len(models) < 100
