"""connect as a function: what a program of one's own calls, without a command line."""

import subprocess
import sys

PROGRAM = """\
import os, sys
from pathlib import Path
from miwire.azure.session import Azure
from miwire.cli.parsing import cloud
from miwire.model.site import AppName
from miwire.operations import connect

with Azure(cloud(os.environ["MIWIRE_CLOUD"])) as azure:
    apps = (AppName.parse(name) for name in sys.argv[1:])
    made = connect.run(azure, connect.ConnectRequest(*apps))
    print(made.outcome.done, made.proof.holds)
"""


def run(shell, *apps):
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *apps],
        env=shell.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_program_of_ten_lines_connects_two_apps_and_proves_it(miwire, lab, inside):
    ended = run(miwire, "core", "integration")

    assert (0, "6 True\n") == (ended.returncode, ended.stdout), ended.stderr
    assert 401 == lab.called()
    probe = inside("core")(
        "probe", lab.url("integration"), "--audience", lab.audience(), "-o", "json"
    )
    assert 0 == probe.code, probe.err
    assert "0 True\n" == run(miwire, "core", "integration").stdout


def test_a_question_that_nobody_answers_stops_a_program_before_any_change(miwire, lab):
    lab.reset("signing-in")
    ended = run(miwire, "core", "integration")

    assert 0 != ended.returncode
    assert "BadRequest" in ended.stderr
    assert [] == lab.writes()
