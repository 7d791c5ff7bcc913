"""Ctrl-C, whenever it comes: what was done is said, and nothing else is claimed."""

import json
import signal
import subprocess
import sys

import pytest

from miwire.cli.render.json import plan as plan_for_programs
from miwire.cli.render.text import plan as plan_for_people
from miwire.plan import record as run_record
from miwire.plan.changes.auth_settings import WriteAuthSettings


@pytest.fixture
def interrupted(miwire):
    """Return a function that presses Ctrl-C once a command says something on stderr."""

    def ended(*arguments, once):
        with subprocess.Popen(
            [sys.executable, "-m", "miwire", *arguments],
            env=miwire.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        ) as process:
            said = ""
            for line in process.stderr:
                said += line
                if once in line:
                    process.send_signal(signal.SIGINT)
                    break
            out, err = process.communicate(timeout=60)
        return process.returncode, out, said + err

    return ended


def test_a_proof_that_is_interrupted_tells_that_the_wiring_is_made(lab, interrupted):
    lab.faults({"gateLagSeconds": 600})
    code, out, err = interrupted(
        "connect", "core", "integration", "-o", "json", once="waiting for authentication"
    )
    document = json.loads(out)

    assert (130, 130) == (code, document["exitCode"]), err
    assert "All changes were made, but not verified." == document["error"]["message"]
    assert document["changes"]
    assert all(change["done"] for change in document["changes"])
    assert document["run"]
    assert "nothing was changed" not in err


def test_people_are_told_the_way_back_when_a_proof_is_interrupted(lab, interrupted):
    lab.faults({"gateLagSeconds": 600})
    code, out, err = interrupted(
        "connect", "core", "integration", once="waiting for authentication"
    )

    assert (130, "") == (code, out)
    assert "error[Interrupted]: All changes were made, but not verified." in err
    assert "To undo: miwire undo " in err


def test_before_anything_is_changed_an_interrupt_says_so(lab, interrupted):
    lab.faults({"rules": [{"service": "arm", "effect": {"delay": 20}}]})
    code, out, err = interrupted("protect", "integration", "-o", "json", once="Reading")

    assert 130 == code, err
    assert "Interrupted. Nothing was changed." == json.loads(out)["error"]["message"]
    assert [] == lab.writes()


def test_a_command_that_changes_nothing_claims_nothing_when_it_is_interrupted(lab, interrupted):
    lab.faults({"rules": [{"service": "arm", "effect": {"delay": 20}}]})
    code, out, err = interrupted("probe", "integration", "-o", "json", once="Calling")

    assert 130 == code, err
    assert "changed" not in json.loads(out)["error"]["message"]


@pytest.fixture
def fails(monkeypatch):
    """Return a function that makes one function raise an exception."""

    def fail(module, name, error):
        def failing(*_, **__):
            raise error

        monkeypatch.setattr(module, name, failing)

    return fail


@pytest.mark.parametrize(
    ("command", "renderer"),
    [
        pytest.param(
            ("enable-identity", "core"),
            (plan_for_programs, "enable_identity"),
            id="enable-identity",
        ),
        pytest.param(
            ("connect", "core", "integration", "--prepare"),
            (plan_for_programs, "connect"),
            id="connect --prepare",
        ),
    ],
)
@pytest.mark.parametrize(
    ("error", "code"),
    [(KeyboardInterrupt(), 130), (RuntimeError(), 70)],
    ids=["Ctrl-C", "Bug in miwire"],
)
def test_what_stops_the_telling_does_not_hide_what_was_done(
    quick, fails, command, renderer, error, code
):
    fails(*renderer, error)
    ended = quick(*command, "-o", "json")

    assert code == ended.code
    assert ended.document["changes"]
    assert all(change["done"] for change in ended.document["changes"])
    assert "nothing was changed" not in ended.err


def test_a_run_that_cannot_be_told_can_be_taken_back(quick, fails):
    fails(plan_for_people, "connect", KeyboardInterrupt())
    ended = quick("connect", "core", "integration")

    assert 130 == ended.code
    assert "changes made: " in ended.err
    assert "To undo: miwire undo " in ended.err


def test_an_interrupt_after_the_last_change_names_none_as_under_way(quick, fails):
    fails(run_record.RunRecord, "ended", KeyboardInterrupt())
    ended = quick("connect", "core", "integration", "-o", "json")

    assert 130 == ended.code
    assert all(change["done"] for change in ended.document["changes"])
    assert ended.document["run"]
    assert "may or may not have taken effect" not in ended.document["error"]["message"]


def test_a_bug_in_the_middle_of_the_changes_does_not_hide_those_before_it(quick, fails, lab):
    fails(WriteAuthSettings, "apply", RuntimeError())
    ended = quick("connect", "core", "integration", "-o", "json")
    done = [change["done"] for change in ended.document["changes"]]

    assert (70, True, False) == (ended.code, all(done[:-1]), done[-1])
    assert ended.document["run"]
    assert lab.site("core")["hasIdentity"]
