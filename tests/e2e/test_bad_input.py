"""Each mistake gets one sentence, a hint and its exit code, and changes nothing."""

import json
import os
import signal
from dataclasses import replace

import pytest

from miwire.lab import launcher

PROTECT = ("protect", "integration", "--allow", "core")


def told(ended, code, error):
    """Assert what a failed command tells, as text and as JSON."""
    assert code == ended.code, ended.err
    assert "Traceback" not in ended.err
    sentences = [line for line in ended.err.splitlines() if line.startswith("error[")]
    assert [error] == [line[len("error[") : line.index("]")] for line in sentences]
    assert any(line.startswith("hint: ") for line in ended.err.splitlines())


def both(shell, *arguments, code, error, **more):
    """Run a command in both formats: stdout is empty, or exactly one document."""
    as_text = shell(*arguments, **more)
    told(as_text, code, error)
    assert as_text.out == ""
    as_json = shell(*arguments, "-o", "json", **more)
    told(as_json, code, error)
    document = json.loads(as_json.out)
    assert (1, False, code, error) == (
        document["schemaVersion"],
        document["ok"],
        document["exitCode"],
        document["error"]["code"],
    )


@pytest.mark.parametrize(
    ("scene", "arguments", "code", "error"),
    [
        pytest.param("story", ("protect", "nosuch"), 3, "NotFound", id="no such app"),
        pytest.param("story", ("enable-identity", "nosuch"), 3, "NotFound", id="no such source"),
        pytest.param("story", PROTECT, 3, "NotFound", id="a source without an identity"),
        pytest.param("twins", PROTECT, 2, "BadRequest", id="a name that fits two apps"),
        pytest.param(
            "story", ("protect", "/subscriptions/x/y"), 2, "BadRequest", id="no resource id"
        ),
        pytest.param("classic", PROTECT, 2, "BadRequest", id="settings of version 1"),
        pytest.param("story", (*PROTECT, "--nope"), 2, "BadRequest", id="an unknown option"),
        pytest.param("story", ("nope",), 2, "BadRequest", id="an unknown command"),
        pytest.param(
            "story", ("protect", "integration", "--wait", "soon"), 2, "BadRequest", id="no time"
        ),
        pytest.param(
            "story", ("protect", "integration", "--cloud", "Mars"), 2, "BadRequest", id="No cloud"
        ),
        pytest.param(
            "story",
            ("protect", "integration", "--exclude-path", '"/health"'),
            2,
            "BadRequest",
            id="a path with quotes in it",
        ),
    ],
)
def test_a_mistake_is_told_in_one_sentence_and_changes_nothing(
    lab, miwire, scene, arguments, code, error
):
    lab.reset(scene)
    both(miwire, *arguments, code=code, error=error)

    assert [] == [
        request
        for request in lab.requests()
        if request["method"] in {"PUT", "PATCH", "DELETE"}
        or (
            request["method"] == "POST"
            and request["service"] == "graph"
            and not request["url"].endswith("$batch")
        )
    ]


def test_two_tenants_are_told_apart_before_anything_is_read(lab, miwire):
    lab.reset("two-tenants")
    foreign = lab.site("foreign")["resourceId"]

    both(miwire, "protect", "integration", "--allow", foreign, code=2, error="BadRequest")


def test_without_a_credential_somebody_has_to_sign_in(miwire):
    both(
        miwire,
        *PROTECT,
        code=4,
        error="NotSignedIn",
        AZURE_TOKEN_CREDENTIALS="EnvironmentCredential",
    )


@pytest.mark.parametrize("arguments", [PROTECT, ("enable-identity", "core")])
@pytest.mark.parametrize("scene", ["story", "reader"])
def test_without_rights_the_answer_is_not_permitted(lab, shell, scene, arguments):
    lab.reset(scene)
    stranger = replace(shell, environment={**shell.environment, **lab.inside("stranger")})
    if (scene, arguments) == ("reader", PROTECT):
        arguments = ("protect", "integration")

    both(stranger, *arguments, code=5, error="NotPermitted")
    assert not lab.site("core")["hasIdentity"]


def test_a_lab_that_was_killed_is_unreachable(tmp_path, shell):
    state_dir = tmp_path / "killed"
    info, _ = launcher.start(state_dir)
    environment = launcher.operator_environment(info)
    os.kill(info.pid, signal.SIGKILL)
    operator = replace(shell, environment={**shell.environment, **environment})

    both(operator, "protect", "integration", code=6, error="Unreachable")
    launcher.stop(state_dir)
    assert not state_dir.exists()


@pytest.mark.parametrize("text", ["garbage", "x" * 1_000_000], ids=["garbage", "a megabyte"])
def test_what_is_no_token_is_told_in_one_sentence(shell, text):
    both(shell, "decode-token", "-", stdin=text, code=1, error="NotAToken")
