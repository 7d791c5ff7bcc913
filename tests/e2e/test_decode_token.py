"""decode-token as a process: what goes in by argument, stdin and file, and what comes out."""

import base64
import json
import os
import subprocess
import sys

import pytest

TENANT = "0e3e2e88-8caf-41ca-b4da-e3b33b6c52ec"
IDENTITY = "644d9b8a-b07e-46e8-b81e-bd3a4c997ce9"
CLIENT = "16f36118-217b-4e7c-9250-69321b4c0742"
EXPIRES = 1_595_684_985
HEADER = {"typ": "JWT", "alg": "RS256", "kid": "nOo3ZDrODXEK1jKWhXslHR_KXEg"}
CLAIMS = {
    "aud": "https://management.azure.com/",
    "iss": f"https://sts.windows.net/{TENANT}/",
    "iat": EXPIRES - 86_700,
    "nbf": EXPIRES - 86_700,
    "exp": EXPIRES,
    "appid": CLIENT,
    "appidacr": "2",
    "oid": IDENTITY,
    "sub": IDENTITY,
    "tid": TENANT,
    "uti": "yO3F62CSGkedkoxqPrkWAA",
    "ver": "1.0",
    "xms_mirid": "/subscriptions/s/resourcegroups/g/providers/Microsoft.Web/sites/core",
}
SIGNATURE = "c2lnbmF0dXJlIHRoYXQgcHJvdmVzIG5vdGhpbmc"
EXPECTING = ("--verify", "--audience", "a", "--tenant", TENANT)


def segment(document):
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def token(header=HEADER, **changes):
    return f"{segment(header)}.{segment({**CLAIMS, **changes})}.{SIGNATURE}"


TOKEN = token()


@pytest.fixture
def decode_token(warm_miwire):
    """Return a function that runs the command; what it prints is bytes."""

    def run(*arguments, stdin="", environment=None):
        raw = stdin if isinstance(stdin, bytes) else stdin.encode()
        variables = {**os.environ, "PYTHONIOENCODING": "utf-8", **(environment or {})}
        words = ("decode-token", *arguments)
        return subprocess.CompletedProcess(words, *warm_miwire.raw(words, variables, raw)[:3])

    return run


def document(ended):
    """The one JSON document on stdout."""
    return json.loads(ended.stdout)


def printed(ended):
    return (ended.stdout + ended.stderr).decode()


def shown(ended):
    """The pieces of the token that are to be read in either stream."""
    return [piece for piece in TOKEN.split(".") if piece in printed(ended)]


@pytest.mark.parametrize(
    "stdin",
    [
        pytest.param(TOKEN, id="the token"),
        pytest.param(f"{TOKEN}\n", id="and a line break"),
        pytest.param(f"  Bearer {TOKEN}\r\n", id="as copied from a request"),
        pytest.param(f"Bearer\t{TOKEN}", id="a tab behind the scheme"),
        pytest.param(f"bearer   {TOKEN}", id="the scheme in small letters"),
    ],
)
@pytest.mark.parametrize("arguments", [[], ["-"]], ids=["no argument", "a dash"])
def test_a_token_is_read_from_stdin(decode_token, arguments, stdin):
    ended = decode_token(*arguments, "-o", "json", stdin=stdin)

    assert (0, CLAIMS, b"") == (ended.returncode, document(ended)["token"]["claims"], ended.stderr)


def test_a_token_is_read_from_a_file(decode_token, tmp_path):
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n", encoding="utf-8")
    ended = decode_token(f"@{file}", "-o", "json")

    assert (0, CLAIMS) == (ended.returncode, document(ended)["token"]["claims"])


@pytest.mark.parametrize(
    "words", [[TOKEN], [f"Bearer {TOKEN}"], ["Bearer", TOKEN]], ids=["bare", "quoted", "unquoted"]
)
def test_a_token_on_the_command_line_is_taken_with_a_hint(decode_token, words):
    ended = decode_token(*words, "-o", "json")

    assert (0, CLAIMS) == (ended.returncode, document(ended)["token"]["claims"])
    assert ended.stderr.startswith(b"hint: a token on the command line stays in the shell history")
    assert [] == shown(ended)


def test_unverified_is_the_first_thing_said_and_an_expired_token_is_no_failure(decode_token):
    ended = decode_token(stdin=TOKEN)

    assert ended.returncode == 0
    assert printed(ended).startswith("NOT VERIFIED: anyone could have written this.")


def test_people_read_whose_it_is_and_until_when(decode_token):
    said = printed(decode_token("--at", str(EXPIRES - 85_260), stdin=TOKEN))

    assert f"a managed identity, that of the app core (oid {IDENTITY}, client ID {CLIENT})" in said
    assert "expires in 23 h 41 min, lasts 24 h 5 min" in said
    assert "exp valid until 2020-07-25 13:49:45 UTC, in 23 h 41 min" in " ".join(said.split())
    assert "roles is missing: no app role" in said
    assert "v1.0, see ver;" in said


def test_programs_read_one_document(decode_token):
    read = document(decode_token("-o", "json", stdin=TOKEN))
    fingerprint = read["token"].pop("fingerprint")

    assert len(fingerprint) == 8
    assert read == {
        "schemaVersion": 1,
        "command": "decode-token",
        "ok": True,
        "exitCode": 0,
        "token": {
            "header": HEADER,
            "claims": CLAIMS,
            "version": "1.0",
            "kind": "app",
            "client": CLIENT,
            "issuedAt": "2020-07-24T13:44:45Z",
            "notBefore": "2020-07-24T13:44:45Z",
            "expiresAt": "2020-07-25T13:49:45Z",
            "notes": [
                {
                    "kind": "truncated-signature",
                    "sentence": "The signature has 29 bytes, which no RSA key makes: the token was "
                    "probably truncated.",
                }
            ],
        },
        "input": {"role": "token", "foundIn": None, "ignored": []},
        "verified": None,
        "findings": [],
    }


def test_a_name_that_steers_the_terminal_is_shown_harmless(decode_token):
    hostile = token(name="\x1b[2J\u202egnp.exe[/bold]", **{"\u200b[red]": "\x9b31m"})
    said = printed(decode_token(stdin=hostile))

    assert "\\u001b[2J\\u202egnp.exe[/bold]" in said
    assert "\\u200b[red]" in said
    assert "\\u009b31m" in said
    assert not {"\x1b", "\u202e", "\u200b", "\x9b"} & set(said)


@pytest.mark.parametrize(
    ("stdin", "said"),
    [
        pytest.param("", "No token: the input is empty.", id="nothing"),
        pytest.param(" \n", "No token: the input is empty.", id="white space"),
        pytest.param("Bearer \n", "the input is empty", id="a scheme and no token"),
        pytest.param("hello", "it has 1 segment instead", id="a word"),
        pytest.param(f"{TOKEN} {token(aud='b')}", "contains 2 tokens", id="two tokens"),
        pytest.param(b"\xff\xfe\x00", "invalid characters", id="bytes"),
        pytest.param("A" * 65_537, "longer than 64 KiB", id="more than 64 KiB"),
        pytest.param(" " * 70_000 + TOKEN, "longer than 64 KiB", id="more white space than that"),
    ],
)
def test_what_is_no_token_is_exit_1_with_one_sentence(decode_token, stdin, said):
    ended = decode_token("-o", "json", stdin=stdin)
    read = document(ended)

    assert (1, 1, False, "NotAToken") == (
        ended.returncode,
        read["exitCode"],
        read["ok"],
        read["error"]["code"],
    )
    assert said in read["error"]["message"]
    sentence, hint = ended.stderr.decode().splitlines()
    assert f"error[NotAToken]: {read['error']['message']}" == sentence
    assert f"hint: {read['error']['hint']}" == hint


def test_what_is_no_token_is_none_to_verify_either(decode_token):
    ended = decode_token("-o", "json", *EXPECTING, stdin="hello")

    assert (1, "NotAToken") == (ended.returncode, document(ended)["error"]["code"])


def test_no_more_of_an_endless_input_is_read_than_can_be_a_token():
    reading, writing = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-m", "miwire", "decode-token"],
        stdin=reading,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(reading)
        written = 0
        try:
            while written < 10_000_000:
                written += os.write(writing, b"A" * 65_536)
        except BrokenPipeError:
            pass
        os.close(writing)
        process.communicate()

    assert process.returncode == 1
    assert written < 10_000_000


@pytest.mark.parametrize("name", ["nothing", "."])
def test_a_file_that_cannot_be_read_is_exit_3(decode_token, tmp_path, name):
    ended = decode_token(f"@{tmp_path / name}", "-o", "json")

    assert (3, "NotFound") == (ended.returncode, document(ended)["error"]["code"])


@pytest.mark.parametrize("arguments", [[f"@{TOKEN}"], [*EXPECTING, "--jwks", TOKEN]])
def test_a_token_in_a_files_place_is_not_repeated(decode_token, arguments):
    ended = decode_token(*arguments, "-o", "json", stdin=TOKEN)

    assert ended.returncode == 3
    assert [] == shown(ended)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--verify"], "needs an expected audience", id="nothing expected"),
        pytest.param(["--verify", "--audience", "a"], "needs an expected audience", id="no issuer"),
        pytest.param(
            ["--verify", "--tenant", TENANT], "needs an expected audience", id="no audience"
        ),
        pytest.param(["--audience", "a"], "require --verify", id="no --verify"),
        pytest.param(["--leeway", "0"], "require --verify", id="only a leeway"),
        pytest.param(
            [*EXPECTING, "--leeway", "-1"], "whole number of seconds", id="a leeway below zero"
        ),
        pytest.param(
            [*EXPECTING, "--leeway", "1e3"], "whole number of seconds", id="a leeway in figures"
        ),
        pytest.param(["--at", "soon"], "isn't a time", id="no time"),
        pytest.param(
            ["--verify", "--audience", "a", "--tenant", "contoso.com"], "a GUID", id="a domain"
        ),
        pytest.param(
            ["--verify", "--audience", "a", "--issuer", "http://a"], "isn't an https", id="http"
        ),
        pytest.param(
            [*EXPECTING[:3], "--issuer", "https://login.microsoftonline.com/common/v2.0"],
            "any tenant",
            id="any tenant",
        ),
        pytest.param(
            [*EXPECTING, "--jwks", "http://a/keys"], "isn't an https", id="keys over http"
        ),
        pytest.param(["--nonsense", TOKEN], "--nonsense", id="no such option"),
        pytest.param(["--at", TOKEN], "isn't a time", id="a token for a time"),
        pytest.param([*EXPECTING, "--leeway", TOKEN], "seconds", id="a token for seconds"),
        pytest.param([*EXPECTING, "--issuer", TOKEN], "(a token)", id="a token for an issuer"),
    ],
)
def test_a_command_line_without_sense_is_exit_2_and_shows_no_token(decode_token, arguments, said):
    ended = decode_token(*arguments, "-o", "json", stdin=TOKEN)
    read = document(ended)

    assert (2, "BadRequest") == (ended.returncode, read["error"]["code"])
    assert said in read["error"]["message"]
    assert read["error"]["hint"]
    assert [] == shown(ended)


def test_keys_of_nobody_are_no_verdict(decode_token, tmp_path):
    ended = decode_token(*EXPECTING, "--jwks", str(tmp_path / "keys.json"), stdin=TOKEN)

    assert ended.returncode == 3
