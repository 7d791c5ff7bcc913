"""Completion as a shell asks for it: the line in variables, the words on stdout."""

import io
import os
import subprocess
import sys
from unittest import mock

import pytest

from miwire.cli import completion
from miwire.cli.main import main
from miwire.errors import BadRequest


def completed(line, **variables):
    """The words that bash is offered for the last word of a line."""
    words = line.split(" ")
    asked = {
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "_MIWIRE_COMPLETE": "complete_bash",
    }
    out = io.StringIO()
    with mock.patch.dict(os.environ, {**asked, **variables}), mock.patch.object(sys, "stdout", out):
        assert 0 == main([])
    return out.getvalue().split()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("miwire dec", ["decode-token"]),
        ("miwire -o json dec", ["decode-token"]),
        ("miwire lab re", ["reset", "requests"]),
        ("miwire --dry", ["--dry-run"]),
        ("miwire connect --pre", ["--prepare"]),
        ("miwire connect a b -o ", ["text", "json"]),
        ("miwire lab up --scene wi", ["windows", "wired"]),
        ("miwire lab reset --scene wi", ["windows", "wired"]),
        ("miwire explain aadsts5010", ["aadsts50105", "aadsts501051"]),
        ("miwire explain miw205", ["miw205"]),
        ("miwire explain Web", []),
        ("miwire nothing x", []),
    ],
)
def test_commands_options_and_scenes_are_completed(line, words):
    assert words == completed(line, MIWIRE_LAB="")


@pytest.mark.parametrize(
    "line",
    [
        "miwire probe c",
        "miwire enable-identity c",
        "miwire connect c",
        "miwire connect core c",
        "miwire protect integration --allow c",
        "miwire lab token c",
        "miwire lab exec c",
    ],
)
def test_names_of_apps_are_those_of_the_lab_of_this_shell(lab, line):
    environment = {**lab.environment, "SSL_CERT_FILE": lab.ca}

    assert ["core"] == completed(line, **environment)


def test_without_a_lab_no_name_is_offered(tmp_path):
    assert [] == completed("miwire probe c", MIWIRE_LAB=str(tmp_path / "none"))
    assert [] == completed("miwire probe c", MIWIRE_LAB="")


def test_a_name_that_could_steer_a_terminal_is_not_offered(tmp_path):
    sites = {"sites": [{"name": "core\x1b[31m"}, {"name": "core"}]}
    with (
        mock.patch.dict(os.environ, {"MIWIRE_LAB": str(tmp_path)}),
        mock.patch("miwire.lab.launcher.check"),
        mock.patch("miwire.lab.launcher.running"),
        mock.patch("miwire.lab.launcher.status", return_value=sites),
    ):
        assert ["core"] == completion.apps("")


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_each_shell_has_a_script_that_calls_miwire(capsys, shell):
    assert 0 == main(["--show-completion", shell])

    script = capsys.readouterr().out
    assert "_MIWIRE_COMPLETE" in script
    assert "miwire" in script


def test_the_script_is_that_of_the_shell_in_use_where_none_is_named(capsys):
    with mock.patch("shellingham.detect_shell", return_value=("fish", "/bin/fish")):
        assert 0 == main(["--show-completion"])

    assert capsys.readouterr().out.startswith("complete --command miwire")


def test_a_shell_without_completion_is_refused_with_those_that_have_it(capsys):
    assert 2 == main(["--show-completion", "tcsh"])

    assert "bash, zsh, fish, powershell" in capsys.readouterr().err


def test_bash_completes_with_the_script(tmp_path):
    script = tmp_path / "completion.sh"
    environment = {**os.environ, "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"}  # noqa: PTH120
    shown = subprocess.run(
        [sys.executable, "-m", "miwire", "--show-completion", "bash"],
        capture_output=True,
        text=True,
        check=True,
    )
    script.write_text(shown.stdout)
    asked = (
        f"source {script}; COMP_WORDS=(miwire lab dow); COMP_CWORD=2;"
        ' _miwire_completion miwire; echo "${COMPREPLY[@]}"'
    )
    ended = subprocess.run(
        ["bash", "--norc", "-c", asked],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )

    assert "down\n" == ended.stdout, ended.stderr


@pytest.mark.parametrize(
    ("shell", "file"),
    [
        ("bash", ".bash_completions/miwire.sh"),
        ("zsh", ".zfunc/_miwire"),
        ("fish", ".config/fish/completions/miwire.fish"),
    ],
)
def test_the_script_is_installed_where_a_shell_looks_for_it(tmp_path, capsys, shell, file):
    with mock.patch.dict(os.environ, {"HOME": str(tmp_path)}):
        assert 0 == main(["--install-completion", shell])

    assert str(tmp_path / file) in capsys.readouterr().out
    assert "_MIWIRE_COMPLETE" in (tmp_path / file).read_text()


def test_in_powershell_the_script_is_added_to_the_profile_once(tmp_path):
    profile = tmp_path / "PowerShell" / "profile.ps1"
    told = subprocess.CompletedProcess((), 0, f"{profile}\n", "")
    with mock.patch.object(subprocess, "run", return_value=told) as ran:
        assert 0 == main(["--install-completion", "pwsh"])
        assert 0 == main(["--install-completion", "pwsh"])

    assert 1 == profile.read_text().count("Register-ArgumentCompleter")
    # Nothing that loosens which scripts may run.
    assert [["pwsh", "-NoProfile", "-NonInteractive", "-Command", "$PROFILE"]] * 2 == [
        each.args[0] for each in ran.call_args_list
    ]


def test_where_the_profile_cannot_be_found_the_way_by_hand_is_told(capsys):
    with mock.patch.object(subprocess, "run", side_effect=FileNotFoundError):
        assert 6 == main(["--install-completion", "powershell"])

    assert "miwire --show-completion powershell" in capsys.readouterr().err


def test_the_name_of_a_shell_is_taken_in_any_case():
    with pytest.raises(BadRequest):
        completion._named("")  # noqa: SLF001

    assert "powershell" == completion._named("PowerShell")  # noqa: SLF001
