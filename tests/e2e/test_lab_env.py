"""`miwire lab env`: what a shell exports, what takes it back, and how it fails without a lab."""

import os
import shutil
import subprocess

import pytest

from miwire.cli.commands.lab_shells import DIALECTS, Shell, exported, taken_back
from miwire.lab.process.environment import NO_PROXY

SHELLS = [each for each in ("sh", "bash", "dash", "zsh") if shutil.which(each)]


def told(shell, script, environment):
    """The environment at the end of a script of a shell."""
    (seen,) = _seen(shell, f"{script}\nenv -0", environment)
    return seen


def _told_thrice(shell, line, last, environment):
    """The environment after a line, after it once more, and after the last one."""
    script = f"{line}\nenv -0; printf '==\\0'\n{line}\nenv -0; printf '==\\0'\n{last}\nenv -0"
    return _seen(shell, script, environment)


def _seen(shell, script, environment):
    ended = subprocess.run(
        [shell, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    shell_own = {"_", "SHLVL", "PWD", "OLDPWD"}
    for part in ended.stdout.split("==\0"):
        pairs = (each.partition("=") for each in part.split("\0") if each)
        yield {name: value for name, _, value in pairs if name not in shell_own}


BEFORE = [
    {"NO_PROXY": "corp.example,[::1]", "no_proxy": "corp.example,[::1]"},
    {},
    {"NO_PROXY": "localhost", "no_proxy": "localhost"},
    {"NO_PROXY": NO_PROXY, "no_proxy": NO_PROXY},
    {"NO_PROXY": "*", "no_proxy": "*"},
]


@pytest.mark.parametrize(
    ("name", "before"),
    [(name, BEFORE[0]) for name in SHELLS] + [(SHELLS[0], each) for each in BEFORE[1:]],
)
@pytest.mark.usefixtures("lab")
def test_unset_takes_back_what_a_shell_exported(shell, lab, name, before):
    own = {"SSL_CERT_FILE": lab.ca, "MIWIRE_LAB": str(lab.info.state_dir), **before}
    kept = {name: shell.environment[name] for name in ("PATH", "HOME", "PYTHONIOENCODING")}
    environment = {**kept, **own}
    start = told(name, ":", environment)
    env = 'eval "$(miwire lab env)"'
    once, twice, back = _told_thrice(name, env, 'eval "$(miwire lab env --unset)"', environment)

    assert once == twice
    assert lab.environment["MIWIRE_LAB_KEY"] == once["MIWIRE_LAB_KEY"]
    assert start == back


@pytest.mark.parametrize(
    ("present", "names"),
    [
        ({}, NO_PROXY),
        ({"NO_PROXY": "a.example"}, f"a.example,{NO_PROXY}"),
        ({"no_proxy": "a.example, "}, f"a.example,{NO_PROXY}"),
        ({"NO_PROXY": "a", "no_proxy": "b"}, f"a,b,{NO_PROXY}"),
        ({"NO_PROXY": "*"}, "*"),
        ({"NO_PROXY": f"a,{NO_PROXY}"}, f"a,{NO_PROXY}"),
    ],
)
def test_names_that_no_proxy_has_stay_in_both_spellings(lab, present, names):
    found = exported(lab.environment, present)
    inside = lab.inside("stranger")

    assert (names, names) == (found["NO_PROXY"], found["no_proxy"])
    assert inside["NO_PROXY"].endswith(NO_PROXY)


def test_unset_leaves_no_proxy_alone_in_a_shell_without_a_lab():
    for before in ({}, {"MIWIRE_LAB_BEFORE": "{"}, {"MIWIRE_LAB_BEFORE": "[1]"}):
        assert {None} == set(taken_back(before).values())
        assert "NO_PROXY" not in taken_back({**before, "NO_PROXY": NO_PROXY})


@pytest.mark.parametrize("name", SHELLS)
def test_env_without_a_lab_fails_in_the_shell_and_leaves_it_open(shell, tmp_path, name):
    script = 'eval "$(miwire lab env --state-dir "$1")" || echo failed; echo open'
    ended = subprocess.run(
        [name, "-c", script, name, str(tmp_path / "none")],
        env=shell.environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "failed\nopen\n" == ended.stdout
    assert 1 == ended.stderr.count("error[")
    assert "No lab is running in" in ended.stderr
    assert (6, "false\n") == (
        (code := shell("lab", "env", "--state-dir", str(tmp_path / "none"))).code,
        code.out,
    )


def test_env_for_programs_is_a_document_with_null_for_what_is_unset(shell, tmp_path, quick):
    for words in (["--shell", "json"], ["-o", "json"]):
        assert quick("lab", "env", *words).document["env"]["MIWIRE_LAB_KEY"]
        unset = shell("lab", "env", "--unset", *words, "--state-dir", str(tmp_path / "none"))

        assert (0, {None}) == (unset.code, set(unset.document["env"].values()))
    failed = shell("lab", "env", "-o", "json", "--state-dir", str(tmp_path / "none"))
    assert (6, 6) == (failed.code, failed.document["exitCode"])


HOSTILE = "a'b\\c\u2019d\u201b$(touch x)`e`\n; f\"g"


@pytest.mark.parametrize("name", SHELLS)
def test_a_value_reaches_a_shell_as_it_is(name, tmp_path):
    lines = DIALECTS[Shell.SH].lines({"X": HOSTILE})
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}

    assert HOSTILE == told(name, f"cd '{tmp_path}'\n{lines}", environment)["X"]
    assert [] == list(tmp_path.iterdir())


def test_other_shells_get_their_own_quotes():
    assert DIALECTS[Shell.FISH].lines({"A": "a'b\\c$d", "B": None}) == (
        "set -gx A 'a\\'b\\\\c$d'\nset -e B\n"
    )
    assert DIALECTS[Shell.POWERSHELL].lines({"A": "a'b\u2019c$d", "B": None}) == (
        "$env:A = 'a''b\u2019\u2019c$d'\nRemove-Item Env:B -ErrorAction SilentlyContinue\n"
    )


@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish")
def test_fish_reads_its_quotes():
    value = "set -l out (env | string match 'X=*'); echo $out\n"
    lines = DIALECTS[Shell.FISH].lines({"X": "a'b\\c"})
    ended = subprocess.run(
        ["fish", "-c", lines + value], capture_output=True, text=True, check=True
    )

    assert "X=a'b\\c\n" == ended.stdout
