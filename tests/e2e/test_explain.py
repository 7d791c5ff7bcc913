"""explain as a process: a code, a message or a pipe in; text, a document and an exit code out."""

import json
import os
import re
import subprocess
import sys

import pytest

TOKEN = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJ2ZXIiOiIyLjAiLCJhdWQiOiJhcGkifQ.c2lnbmF0dXJl"
REFUSED = (
    '{"error":"invalid_grant","error_description":"AADSTS501051: Application is not assigned to a '
    'role for the application.","error_codes":[501051]}'
)
ENVELOPE = {"schemaVersion", "command", "ok", "exitCode", "entries", "unknown"}


@pytest.fixture
def explain(warm_miwire):
    """Return a function that runs the command; what it prints is text."""

    def run(*arguments, stdin="", environment=None):
        raw = stdin if isinstance(stdin, bytes) else stdin.encode()
        variables = {**os.environ, "COLUMNS": "80", **(environment or {})}
        words = ("explain", *arguments)
        code, out, err, _ = warm_miwire.raw(words, variables, raw)
        return subprocess.CompletedProcess(words, code, out.decode(), err.decode())

    return run


def codes(ended):
    """The codes in the one document on stdout."""
    return [each["code"] for each in json.loads(ended.stdout)["entries"]]


@pytest.mark.parametrize(
    "words", [("AADSTS501051",), ("aadsts501051",), ("501051",), ("aadsts", "501051")]
)
def test_a_code_is_explained_in_every_spelling(explain, words):
    ended = explain(*words)

    assert (0, "") == (ended.returncode, ended.stderr)
    assert ended.stdout.startswith("AADSTS501051: the target requires assignment")
    for label in ("means", "see", "fix", "docs"):
        assert f"\n  {label:<5}  " in ended.stdout
    assert "miwire grant SOURCE TARGET" in ended.stdout


def test_the_document_has_what_the_text_has(explain):
    ended = explain("MIW205", "-o", "json")
    document = json.loads(ended.stdout)

    assert ENVELOPE == set(document)
    assert (1, "explain", True, 0) == tuple(
        document[name] for name in ("schemaVersion", "command", "ok", "exitCode")
    )
    (entry,) = document["entries"]
    assert {"code", "group", "title", "meaning", "see", "fix", "docs"} == set(entry)
    assert all(entry.values())
    assert "docs/reference/checks.md#miw205" == entry["docs"]


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(REFUSED.encode(), id="UTF-8"),
        pytest.param(b"\xef\xbb\xbf" + REFUSED.encode(), id="UTF-8 with a mark"),
        pytest.param(REFUSED.encode("utf-16"), id="UTF-16, as PowerShell 5 pipes it"),
        pytest.param(b"Zugriff verweigert f\xfcr \xff" + REFUSED.encode(), id="Latin-1"),
    ],
)
def test_a_message_comes_from_stdin_as_programs_write_it(explain, raw):
    ended = explain("-", "-o", "json", stdin=raw)

    assert 0 == ended.returncode, ended.stderr
    assert ["AADSTS501051"] == codes(ended)


def test_a_message_as_an_argument_is_explained_like_one_from_stdin(explain):
    message = "ERROR: (ScopeLocked) The scope is locked. Then: IDX10214, and AADSTS501051."

    piped = explain("-", stdin=message)
    typed = explain(message)

    assert piped.stdout == typed.stdout
    assert ["ScopeLocked", "IDX10214", "AADSTS501051"] == codes(explain(message, "-o", "json"))


def test_an_unknown_code_is_told_with_the_nearest_ones(explain):
    ended = explain("AADSTS50106")

    assert 1 == ended.returncode
    assert ended.stdout.startswith("AADSTS50106 isn't known.\nNearest:\n  AADSTS50105 ")
    assert "https://login.microsoftonline.com/error?code=50106" in ended.stdout


def test_an_unknown_code_is_no_success_in_json(explain):
    document = json.loads(explain("AADSTS50106", "-o", "json").stdout)

    assert (False, 1, []) == (document["ok"], document["exitCode"], document["entries"])
    assert "AADSTS50105" == document["unknown"][0]["nearest"][0]


def test_a_sub_status_gets_its_status(explain):
    ended = explain("403.80")

    assert 0 == ended.returncode
    assert ended.stdout.startswith("403.80: Microsoft publishes no meaning")
    assert "\n403: the caller isn't allowed" in ended.stdout


def test_the_list_has_every_group_and_fits_into_80_columns(explain):
    ended = explain()

    assert 0 == ended.returncode
    lines = ended.stdout.splitlines()
    headings = [line for line in lines if line and not line.startswith(" ")]
    assert ["Checks of miwire", "Microsoft Entra ID (AADSTS)"] == headings[:2]
    assert "What one means, and how to fix it: miwire explain CODE" == headings[-1]
    assert {"  MIW205  ", "  403     "} <= {line[:10] for line in lines}
    assert [] == [line for line in lines if len(line) > 80]


def test_the_list_doesnt_wait_for_stdin(explain):
    assert "AADSTS501051" in codes(explain("-o", "json", stdin="AADSTS50105"))
    assert "MIW205" in codes(explain("-o", "json"))


@pytest.mark.parametrize("words", [("AADSTS501051",), ("403",), ("BadRequest",), ("MIW514",)])
def test_a_code_fits_into_80_columns_but_for_addresses(explain, words):
    long = [line for line in explain(*words).stdout.splitlines() if len(line) > 80]

    assert [] == [line for line in long if "://" not in line]


@pytest.mark.parametrize("output", [(), ("-o", "json")])
def test_no_secret_in_a_pasted_text_is_printed(explain, output):
    pasted = (
        f"curl -H 'Authorization: Bearer {TOKEN}' https://x?code=Kx8fQz~secretkey\n"
        f"client_secret=Q~8secretvalue AADSTS7000215 and AADSTS5010599 {TOKEN[:40]}"
    )
    for ended in (explain("-", *output, stdin=pasted), explain(pasted, *output)):
        told = ended.stdout + ended.stderr

        assert 0 == ended.returncode
        assert "AADSTS7000215" in told
        for secret in (TOKEN, TOKEN[:20], "secretkey", "secretvalue"):
            assert secret not in told


@pytest.mark.parametrize("secret", [TOKEN, "hunter2", "Q~8secretvalue"])
def test_a_secret_in_place_of_a_code_isnt_repeated(explain, secret):
    for output in ((), ("-o", "json")):
        ended = explain(secret, *output)

        assert 1 == ended.returncode
        assert secret not in ended.stdout + ended.stderr


def test_control_characters_of_a_message_reach_no_terminal(explain):
    ended = explain("-", stdin='\x1b[31mAADSTS501051\x1b[0m \x07 {"code":"New\x1bCodeHere"}')

    assert 0 == ended.returncode
    assert re.search(r"[\x00-\x09\x0b-\x1f]", ended.stdout) is None


def test_a_text_that_is_too_large_is_refused(explain):
    ended = explain("-", stdin="AADSTS501051 " * 100_000)

    assert 2 == ended.returncode
    assert "larger than 1 MiB" in ended.stderr


def test_a_large_text_is_explained_at_once(explain):
    text = 'at Contoso.Api.Handler(HttpContext context) in /src/Handler.cs:line 401 ("code": "x\n'

    ended = explain("-", "-o", "json", stdin=text * 11_000 + "AADSTS501051")

    assert ["AADSTS501051"] == codes(ended)


@pytest.mark.parametrize("stdin", ["<&-", "</dev/null"])
def test_an_empty_or_closed_stdin_has_no_code(stdin):
    line = f'"{sys.executable}" -m miwire explain - {stdin}'
    ended = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)

    assert (1, "") == (ended.returncode, ended.stderr)
    assert ended.stdout.startswith("There is no known code in the input.")


def test_an_ascii_terminal_gets_ascii():
    ended = subprocess.run(
        [sys.executable, "-m", "miwire", "explain", "401"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
    )

    assert ended.stdout.isascii()
    assert b"Bearer realm=... authorization_uri" in ended.stdout
