"""Secrets where no secret belongs, typed and received: none of them is ever said again."""

import json
import re
import socketserver
import threading
from pathlib import Path

import pytest

KEY = "SuperSecretFunctionKey"
ODD = "hunter2!Passw0rd"
REFRESH = "1.AXkAqD8TQwwT3kiFcPpn1c2bUwAAAAAAAAAAwAAAAAAAAABEAPN4AA.AgABAwEAAADnfolhJpSnRYB1"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJhIn0.c2lnbmF0dXJl"
RANDOM = "Zx8fQ2vT9bLk3Rw7Yp1Nc6Hd4Js0Mg5AqEuXiVtW+==" + "aB3"
SECRETS = (KEY, ODD, REFRESH, TOKEN, "eyJhbGci", RANDOM)


def says_no_secret(ended):
    for secret in SECRETS:
        assert secret not in ended.out + ended.err, ended.out + ended.err


TYPED = {
    "a password without a scheme but with slashes": ("probe", f"//u:{KEY}@localhost/"),
    "a password after a colon": ("probe", f"Password: {KEY}"),
    "a key after a colon": ("probe", f"api-key: {KEY}"),
    "a signature in a path": ("probe", "https://localhost:1/x?sas=" + KEY, "--without-token"),
    "any member of a query": ("probe", "https://localhost:1/?anything=" + ODD, "--without-token"),
    "a query without a name": ("probe", f"https://localhost:1/?{KEY}", "--without-token"),
    "a path that is none": ("probe", "https://localhost:1/", "--path", f"x?sas={KEY}"),
    "a fragment": ("probe", f"https://localhost:1/#access_token={KEY}", "--without-token"),
    "a password": ("probe", f"https://me:{KEY}@localhost:1/"),
    "a password with a slash": ("probe", f"https://me:a/{KEY}@localhost:1/"),
    "a password without a scheme": ("probe", f"me:{KEY}@localhost"),
    "a connection string": ("probe", f"Server=x;User ID=sa;Password={ODD}"),
    "a connection string as an app": ("connect", f"Endpoint=sb://x;SharedAccessKey={KEY}=", "b"),
    "a pair": ("probe", f"password={ODD}"),
    "a header without a colon": (
        "probe",
        "https://a.example",
        "--header",
        f"X-Functions-Key {KEY}",
    ),
    "a header with = for :": ("probe", "https://a.example", "--header", f"X-Functions-Key={ODD}"),
    "a header that is split": ("probe", "https://a.example", "--header", "X-Functions-Key:", KEY),
    "the value of a header alone": ("probe", "https://a.example", "--header", KEY),
    "a header that no request can hold": (
        *("probe", "https://localhost:1", "--without-token"),
        *("--header", f"X-Functions-Key: {KEY}\nx"),
    ),
    "a header that is not ASCII": ("probe", "https://a.example", "--header", f"X-Key: {KEY}é"),
    "a header that is not taken": ("probe", "x", "--header", f"Authorization: Bearer {KEY}"),
    "a cookie": ("probe", "x", "--header", f"Cookie: a={KEY}", "--header", "y"),
    "a token as an option": ("probe", "https://a.example", "--token", TOKEN),
    "a refresh token as an option": ("probe", "https://a.example", "--token", REFRESH),
    "a mistyped option": ("probe", "https://a.example", f"--tokn={KEY}"),
    "a mistyped option and its value": ("probe", "https://a.example", "--tokn", KEY),
    "a mistyped header": ("probe", "https://a.example", "--heder", f"X-Functions-Key: {KEY}"),
    "a word too many": ("probe", "https://a.example", KEY),
    "a number that is none": ("probe", "https://a.example", "--expect", KEY),
    "a number that is none, with =": ("probe", "https://a.example", f"--expect={KEY}"),
    "a command that is none": (KEY,),
    "a choice that is none": ("probe", "https://a.example", "-o", KEY),
    "a short option with its value": ("probe", "https://a.example", f"-o{KEY}"),
    "a duration": ("probe", "https://a.example", "--wait", f"token={KEY}"),
    "a refresh token as an app": ("probe", REFRESH),
    "a long key as an app": ("probe", RANDOM),
    "a token as a cloud": ("probe", "x", "--cloud", TOKEN),
    "a token as a run": ("undo", TOKEN),
    "a token as an identity": ("connect", "a", "b", "--identity", TOKEN),
    "a token as a role": ("connect", "a", "b", "--app-role", f"it's {TOKEN}"),
    "a token as a program": ("lab", "exec", "core", "--", TOKEN),
    "a token as a scene": ("lab", "reset", "--scene", TOKEN),
    "a secret address of keys": (
        *("decode-token", "a.b.c", "--verify", "--audience", "x", "--tenant", "y"),
        *("--jwks", f"http://a.example/?sig={KEY}"),
    ),
    "an issuer with a secret": (
        *("decode-token", TOKEN, "--verify", "--audience", "x"),
        *("--issuer", f"http://a.example/?sig={KEY}"),
    ),
}


@pytest.mark.parametrize("output", ["text", "json"])
@pytest.mark.parametrize("words", TYPED.values(), ids=TYPED)
def test_a_secret_that_is_typed_in_the_wrong_place_is_not_said(quick, words, output):
    ended = quick(*words, "-o", output) if "lab" not in words else quick(*words)

    assert ended.code in {1, 2, 3, 4, 5, 6}, ended.err
    says_no_secret(ended)


def test_the_name_of_a_header_is_said(quick):
    ended = quick("probe", "https://a.example", "--header", f"X-Functions-Key {KEY}")

    assert 2 == ended.code
    assert "X-Functions-Key" in ended.err


@pytest.mark.parametrize("how", [(), ("-v",), ("--debug",)], ids=["", "-v", "--debug"])
@pytest.mark.parametrize("output", ["text", "json"])
def test_a_log_of_a_whole_run_holds_no_secret(quick, lab, output, how):
    url = f"{lab.url('integration')}/items?sas={KEY}&api-version=2019-08-01&x={ODD}"
    header = ("--header", f"X-Functions-Key: {KEY}", "--header", f"X-Mine: {ODD}")
    ended = quick("probe", url, "--without-token", *header, "-o", output, *how)
    (asked,) = lab.requests("gate")

    assert KEY in asked["url"]
    assert "api-version=2019-08-01" in ended.out
    says_no_secret(ended)


@pytest.mark.parametrize("how", [("-v",), ("--debug",)], ids=["-v", "--debug"])
def test_nothing_that_a_change_logs_or_records_holds_a_token(quick, lab, how):
    folder = Path(lab.environment["MIWIRE_LAB"]) / "runs"
    secrets = (lab.environment["IDENTITY_HEADER"], lab.environment["MIWIRE_LAB_CLIENT_SECRET"])
    ended = quick("connect", "core", "integration", "--exclude-path", f"/{TOKEN}", *how)
    records = "".join(each.read_text() for each in folder.glob("*.json"))

    assert 0 == ended.code, ended.err
    assert records
    for text in (ended.out, ended.err, records):
        assert not re.search(r"eyJ[\w-]{8}", text)
        assert not any(each in text for each in secrets)
    assert not re.search(r"\$select=\w|\$filter=\w|resource=\w", ended.err)


class Leaking(socketserver.StreamRequestHandler):
    """A target that repeats secrets in its headers."""

    def handle(self):
        while self.rfile.readline().strip():
            pass
        challenge = f'Bearer realm="{KEY}x?sig={KEY}", authorization_uri="https://a/?code={KEY}"'
        self.wfile.write(
            "HTTP/1.1 302 Found\r\n"
            f"Location: https://me:{KEY}@a.example/cb?code={KEY}#access_token={TOKEN}\r\n"
            f"WWW-Authenticate: {challenge.replace(KEY + 'x', 'x')}\r\n"
            f"Set-Cookie: session={KEY}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )


@pytest.fixture
def leaking():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Leaking) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_secret_in_an_answer_is_not_said(quick, leaking, output):
    ended = quick("probe", leaking, "--without-token", "--debug", "-o", output)

    says_no_secret(ended)
    if output == "json":
        (case,) = ended.document["cases"]
        assert "https://…@a.example/cb?code=…#…" == case["location"]


@pytest.mark.usefixtures("brief_pauses")
@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_secret_in_an_error_of_azure_is_not_said(quick, lab, status):
    said = f"The URI https://a.example/?sig={KEY} and password={ODD} and {TOKEN} were refused."
    effect = {"status": status, "body": {"error": {"code": "Refused", "message": said}}}
    lab.faults({"rules": [{"service": "arm", "path": "authsettingsV2", "effect": effect}]})
    ended = quick("protect", "integration", "--debug", "--no-wait", "-o", "json")

    assert ended.document["error"]["message"]
    says_no_secret(ended)


def test_what_is_there_to_be_pasted_is_whole(quick):
    ended = quick("connect", "core", "integration", "-o", "json")
    client = ended.document["registration"]["appId"]

    assert 0 == ended.code, ended.err
    assert f"resource=api://{client}" in ended.document["inside"]["bash"]


def test_undo_puts_back_an_issuer_with_a_query(quick, lab):
    issuer = f"https://login.microsoftonline.com/v2.0/{lab.tenant_id}/?slice=testslice"
    aad = {"enabled": True, "registration": {"openIdIssuer": issuer}}
    lab.put_settings(
        {"platform": {"enabled": False}, "identityProviders": {"azureActiveDirectory": aad}}
    )
    changed = quick("protect", "integration", "--yes", "-o", "json")
    undone = quick("undo", "--yes", "-o", "json")
    provider = lab.settings()["identityProviders"]["azureActiveDirectory"]

    assert (0, 0) == (changed.code, undone.code), changed.err + undone.err
    assert issuer == provider["registration"]["openIdIssuer"]
    assert json.dumps(issuer) not in changed.out


@pytest.mark.usefixtures("brief_pauses")
@pytest.mark.parametrize("status", [400, 409, 422, 500])
def test_what_azure_says_of_refused_app_settings_is_not_said(quick, lab, status):
    lab.reset("wired")
    said = {"code": "BadRequest", "message": f"The value {KEY} of {ODD} is reserved."}
    effect = {"status": status, "body": {"error": said}}
    rule = {"service": "arm", "method": "PUT", "path": "config/appsettings", "effect": effect}
    lab.faults({"rules": [rule]})
    words = ("grant", "core", "integration", "--scope-setting", "A_SCOPE", "--yes", "--wait", "5")
    ended = quick(*words, "-o", "json")

    assert ended.code in {2, 5, 6, 7}, ended.err
    assert "reserved" not in ended.out + ended.err
    says_no_secret(ended)
