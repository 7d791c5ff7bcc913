"""Words that can be nothing, and streams that nobody reads: told like any other mistake."""

import json
import shlex
import subprocess
import sys

import pytest

LONG = "a" * 300


def told(ended, code):
    """Assert that a command says in one sentence why it ended so, and not that it is a bug."""
    assert code == ended.code, ended.err
    assert "Traceback" not in ended.err
    assert 1 == len([line for line in ended.err.splitlines() if line.startswith("error[")])


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("https://..com",), id="a host without a name"),
        pytest.param((f"https://{LONG}.com",), id="a name longer than DNS has"),
        pytest.param(("https://xn--a.com",), id="no punycode"),
        pytest.param(("integration", "--method", "GÄT"), id="a method with an umlaut"),
        pytest.param(("integration", "--method", "A" * 100), id="a method without end"),
        pytest.param(("integration", "--method", "GET /"), id="two words as a method"),
        pytest.param(("integration", "--path", b"/\xff"), id="a path that is no text"),
        pytest.param(("integration", "--wait", "9" * 400), id="a wait without end"),
        pytest.param(("integration", "--wait", "٣"), id="a digit of another script"),
    ],
)
def test_what_nobody_can_be_asked_is_a_mistake_of_the_command_line(miwire, words):
    told(miwire("probe", *words, "--without-token"), 2)


def test_keys_from_a_host_that_cannot_be_are_never_had(miwire, lab):
    token = lab.token({"aud": "x"}, "stranger")
    keys = ("--jwks", "https://xn--a.com/keys")
    verified = miwire(
        *("decode-token", "--verify", "--tenant", lab.tenant_id, "--audience", "x"),
        *keys,
        stdin=token,
    )

    assert verified.code != 70, verified.err
    assert "Traceback" not in verified.err


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 200_000, id="too deep"),
        pytest.param('{"endpoints": {"resourceManager": "https://[::1"}}', id="no address"),
    ],
)
def test_a_file_that_is_no_cloud_is_told(quick, tmp_path, text):
    file = tmp_path / "cloud.json"
    file.write_text(text)

    told(quick("protect", "integration", "--cloud", str(file)), 2)


def test_an_identity_endpoint_that_answers_no_json_is_not_a_bug(miwire):
    told(miwire("probe", "integration", "--with-token", "--audience", "A" * 100_000), 6)


def test_a_name_that_is_no_text_is_that_of_no_app_of_the_lab(miwire):
    told(miwire("lab", "exec", b"\xff", "--", "true"), 3)


@pytest.fixture
def line(miwire):
    """Return a function that runs a line of bash, in which `miwire` is this one."""

    def run(text):
        program = shlex.join([sys.executable, "-m", "miwire"])
        script = f'miwire() {{ {program} "$@"; }}; {text}'
        return subprocess.run(
            ["bash", "-c", script],
            env=miwire.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize(
    "text",
    [
        "miwire undo --list >/dev/full",
        "miwire undo --list -o json >/dev/full",
        "miwire undo --list -o json >&-",
        "miwire --version >/dev/full",
        "miwire connect --help >/dev/full",
        "miwire lab env >/dev/full",
    ],
)
def test_an_answer_that_cannot_be_written_is_told_in_one_sentence(line, text, unbuffered):
    ended = line(f"export PYTHONUNBUFFERED={unbuffered}; trap '' PIPE; {text}")

    errors = [each for each in ended.stderr.splitlines() if each.startswith("error[")]
    assert 6 == ended.returncode, ended.stderr
    assert len(errors) == 1
    assert "Couldn't write to stdout" in errors[0]
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("text", ["miwire undo --list -o json", "miwire undo --list"])
def test_a_pipe_that_nobody_reads_ends_quietly(line, text, unbuffered):
    pipe = "| head -c 0; exit ${PIPESTATUS[0]}"
    ended = line(f"export PYTHONUNBUFFERED={unbuffered}; trap '' PIPE; {text} {pipe}")

    # Head may end before or after the answer is in the pipe.
    assert ended.returncode in {0, 141}
    assert "" == ended.stderr


def test_what_was_changed_is_told_where_the_answer_cannot_be(line, lab):
    ended = line("miwire connect core integration >/dev/full")

    assert 6 == ended.returncode
    assert "Couldn't write to stdout" in ended.stderr
    assert "To undo: miwire undo " in ended.stderr
    assert 401 == lab.called()


def test_a_mistake_keeps_its_exit_code_where_the_answer_cannot_be_written(line):
    ended = line("miwire undo nope -o json >/dev/full")

    assert 2 == ended.returncode
    assert "error[BadRequest]" in ended.stderr


@pytest.mark.parametrize("where", ["2>&-", "2>/dev/full"])
def test_a_conversation_that_nobody_hears_stops_nothing(line, lab, where):
    ended = line(f"miwire connect core integration -o json {where}")

    assert 0 == ended.returncode
    assert all(change["done"] for change in json.loads(ended.stdout)["changes"])
    assert 401 == lab.called()


def test_a_token_from_a_closed_stdin_is_none(line):
    ended = line("miwire decode-token - <&-")

    assert 1 == ended.returncode
    assert "No token" in ended.stderr


def test_a_question_with_a_closed_stdin_is_asked_of_nobody(line, lab):
    google = {"registration": {"clientId": "g", "clientSecretSettingName": "GOOGLE"}}
    lab.put_settings({"platform": {"enabled": True}, "identityProviders": {"google": google}})
    ended = line("miwire protect integration --replace-sign-in <&-")

    assert 2 == ended.returncode
    assert "Confirmation required" in ended.stderr


def test_a_program_inside_an_app_gets_the_streams_as_they_are(line):
    assert "hi\n" == line("echo hi | miwire lab exec core -- cat").stdout
