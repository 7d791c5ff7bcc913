"""A folder of another user, offered to each `lab` command and to `undo`: nothing in it is used."""

import json
import os
import subprocess
import sys

import pytest

NOBODY = 65534
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")


def given_away(path, owner=NOBODY):
    os.chown(path, owner, owner, follow_symlinks=False)
    return path


def made(path, mode=0o700):
    path.mkdir(parents=True)
    path.chmod(mode)
    return path


LAB_COMMANDS = [
    "up",
    "up --foreground",
    "down",
    "status",
    "env",
    "env --unset",
    "exec core -- touch touched",
    "reset",
    "gate core --remove",
    "attach core --remove",
    "token core",
    "requests",
    "faults",
    "clock --advance 1",
    "url core",
    "scenes",
]


def planted(folder, pid):
    """A folder of another user, in which everything is as in a lab's."""
    made(folder)
    environment = {"MIWIRE_CLOUD": "$(touch touched)", "X; touch touched; Y": "1", "BASH_ENV": "/x"}
    described = {"pid": pid, "ready": True, "environment": environment}
    services = dict.fromkeys(("arm", "graph", "entra"), "https://localhost:1")
    services["identityEndpoint"] = "http://127.0.0.1:1/msi/token"
    (folder / "lab.json").write_text(json.dumps({**described, "services": services}))
    (folder / "ca.pem").write_text("")
    made(folder / "runs")
    (folder / "runs" / "20261127T101010Z-abcdef.json").write_text("{}")
    for each in (folder, *folder.rglob("*")):
        given_away(each)


@ROOT
@pytest.mark.parametrize("command", LAB_COMMANDS)
def test_every_lab_command_refuses_a_folder_of_another_user(shell, tmp_path, command):
    folder = tmp_path / "planted"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as victim:
        planted(folder, victim.pid)
        before = {path: path.lstat().st_mtime_ns for path in folder.rglob("*")}
        words = ["lab", *command.split()]
        words[2:2] = ["--state-dir", str(folder)]
        ended = shell(*words)
        lives = victim.poll() is None

    assert 2 == ended.code, ended.err
    assert f"{folder} belongs to another user (uid 65534)" in ended.err.replace("\n", " ")
    assert ended.out.strip() in {"", "false"}
    assert "Traceback" not in ended.err
    assert lives
    assert before == {path: path.lstat().st_mtime_ns for path in folder.rglob("*")}
    assert not (tmp_path / "touched").exists()


@ROOT
@pytest.mark.parametrize("words", ["undo --list", "undo 20261127T101010Z-abcdef", "undo"])
def test_undo_refuses_records_in_a_folder_of_another_user(shell, tmp_path, words):
    planted(tmp_path / "planted", os.getpid())
    for variable, folder in (("MIWIRE_LAB", "planted"), ("XDG_STATE_HOME", "state")):
        if folder == "state":
            (tmp_path / "state").mkdir()
            (tmp_path / "planted").rename(tmp_path / "state" / "miwire")
        ended = shell(*words.split(), **{variable: str(tmp_path / folder)})

        assert 2 == ended.code, ended.err
        assert "belongs to another user (uid 65534)" in ended.err


@ROOT
def test_undo_leaves_a_record_of_another_user_aside(shell, tmp_path):
    runs = made(tmp_path / "miwire" / "runs")
    name = "20261127T101010Z-abcdef.json"
    (runs / name).write_text("{}")
    given_away(runs / name)
    os.mkfifo(runs / "20261127T101010Z-abcde0.json")

    ended = shell("undo", "--list")
    assert 0 == ended.code, ended.err
    assert name in ended.out + ended.err


@ROOT
def test_a_cloud_file_of_another_user_is_refused(shell, tmp_path):
    cloud = tmp_path / "cloud.json"
    cloud.write_text('{"endpoints": {}}')
    given_away(cloud)
    for words in (["undo", "--list"], ["probe", "core", "--cloud", str(cloud)]):
        ended = shell(*words, MIWIRE_CLOUD=str(cloud))

        assert (0 if words[0] == "undo" else 2) == ended.code, ended.err
    assert "another user (uid 65534)" in ended.err
