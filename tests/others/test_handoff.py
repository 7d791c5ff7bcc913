"""What the operator may not do, done by somebody who may, with az and bash alone."""

import json
import subprocess
import sys

import pytest

from miwire.lab.process.environment import without_logins

pytestmark = pytest.mark.others


def miwire(environment, *arguments):
    """A command of miwire that has run."""
    return subprocess.run(
        [sys.executable, "-m", "miwire", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def as_stranger(lab, tmp_path):
    """A shell of the identity of stranger, which has what the scene gives it."""
    inside = without_logins(lab.inside("stranger")) | lab.inside("stranger")
    return inside | {
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "AZURE_SUBSCRIPTION_ID": lab.subscription_id,
    }


def test_the_script_writes_the_scope_and_no_other_setting(
    lab, operator, as_stranger, arm, tmp_path
):
    lab.reset("reader")
    core = lab.site("core")["resourceId"]
    slot = {"location": "West Europe", "properties": {}}
    arm.put(f"{core}/slots/staging", json=slot).raise_for_status()
    kept = {"SECRET": "p%w \"'$x é", "URL": "https://x/?a=b&c"}
    lab.put_app_settings("core", **kept)
    names = {"properties": {"appSettingNames": ["A"], "connectionStringNames": ["C"]}}
    arm.put(f"{core}/config/slotConfigNames", json=names).raise_for_status()
    script = tmp_path / "handoff.sh"
    command = ("connect", "core", "integration", "--scope-setting", "MY_SCOPE", "-o", "json")
    handed = miwire(as_stranger, *command, "--handoff", str(script))

    assert handed.returncode == 5, handed.stderr
    for _ in range(2):
        ran = operator(f"bash {script}")
        assert ran.code == 0, ran.err
        assert kept["SECRET"] not in ran.out + ran.err
    again = ran.out.splitlines()[-1]
    connected = operator(f"{again} -o json")
    assert connected.code == 0, connected.err
    scope = connected.document["scope"]
    assert {**kept, "MY_SCOPE": scope} == (
        arm.post(f"{core}/config/appsettings/list").json()["properties"]
    )
    found = arm.get(f"{core}/config/slotConfigNames").json()["properties"]
    assert (["A", "MY_SCOPE"], ["C"]) == (found["appSettingNames"], found["connectionStringNames"])

    lab.put_app_settings("core", **kept, MY_SCOPE="a secret of somebody's")
    refused = operator(f"bash {script}")

    assert refused.code == 1
    assert "MY_SCOPE of core doesn't contain a scope" in refused.err
    assert "a secret of" not in refused.out + refused.err


def writes(lab):
    return [
        request
        for request in lab.requests()
        if request["service"] in {"arm", "graph"}
        and request["method"] != "GET"
        and not request["url"].partition("?")[0].endswith(("$batch", "/list"))
    ]


@pytest.mark.parametrize("scene", ["reader", "contributor"])
def test_the_script_and_the_printed_connect_complete_the_wiring(
    lab, operator, as_stranger, tmp_path, scene
):
    lab.reset(scene)
    script = tmp_path / "handoff.sh"
    command = ("connect", "core", "integration", "-o", "json")
    refused = miwire(as_stranger, *command)

    assert refused.returncode == 5
    assert "AppRoleAssignment.ReadWrite.All" in json.loads(refused.stdout)["error"]["hint"]
    assert [] == writes(lab)

    handed = miwire(as_stranger, *command, "--handoff", str(script))

    assert handed.returncode == 5, handed.stderr
    document = json.loads(handed.stdout)
    assert document["changes"][-1]["action"] == "write-auth-settings"
    assert not document["changes"][-1]["done"]
    for _ in range(2):  # running it twice does no harm
        ran = operator(f"bash {script}")
        assert ran.code == 0, ran.err
    again = ran.out.splitlines()[-1]
    assert again.startswith("miwire connect /subscriptions/")

    connected = operator(f"{again} -o json")

    assert connected.code == 0, connected.err
    assert ["write-auth-settings"] == [each["action"] for each in connected.document["changes"]]
    assert [True, True, None] == [case["ok"] for case in connected.document["proof"]]
