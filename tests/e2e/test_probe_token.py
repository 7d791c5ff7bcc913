"""probe --token: one bare access token, or nothing is sent."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

TOKEN = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJhdWQiOiJhIn0.c2ln"
ENCRYPTED = "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a2V5.aXY.dGV4dA.dGFn"
SECRET = "1.AXoAS3cr3tR3fr3sh"
BAD = {
    "an OAuth answer": json.dumps({"access_token": TOKEN, "refresh_token": SECRET}),
    "az's JSON": json.dumps({"accessToken": TOKEN, "tokenType": "Bearer"}),
    "two tokens": f"{TOKEN} {TOKEN}",
    "two lines": f"{TOKEN}\n{SECRET}",
    "two schemes": f"Bearer Bearer {TOKEN}",
    "words": "no token at all",
    "a refresh token": SECRET,
    "a refresh token in three parts": f"{SECRET}.AgABAAEAAAD.xyz",
    "an older refresh token": "OAQABAAAAAAAGV_bv21oQQ4ROqh0_1-tA" + "x" * 60,
    "a personal refresh token": "M.C5" + "x" * 40,
    "a client secret": "abc8Q~S3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3c",
    "quotes": f'"{TOKEN}"',
    "single quotes": f"'{TOKEN}'",
    "a header line": f"Authorization: Bearer {TOKEN}",
    "another scheme": f"Basic {TOKEN}",
    "the scheme alone": "Bearer",
    "wrapped": TOKEN[:20] + "\n" + TOKEN[20:],
    "a trailing comma": f"{TOKEN},",
    "a shortened one": TOKEN[:20] + "...",
    "a CR inside": f"{TOKEN}\r\nX-Evil: 1",
    "letters that no header has": TOKEN + "é",
    "a NUL": f"{TOKEN}\0",
    "a byte order mark": "\ufeff" + TOKEN,
    "a header that is no object": "WzFd." + TOKEN.partition(".")[2],
    "a header without alg": "e30." + TOKEN.partition(".")[2],
    "nothing": "",
    "white space": " \n ",
    "null": "null",
    "too long": f"{TOKEN}{'A' * 70_000}",
}
FORMS = ["-", "@FILE", "env:NAME"]


class _Recorder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append(self.headers.get("Authorization"))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def recorder():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Recorder) as server:
        server.seen, server.daemon_threads = [], True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def probed(shell, recorder, tmp_path):
    """Return a function that probes with a text given in one of the three forms."""

    def probe(text, form):
        url = f"http://127.0.0.1:{recorder.server_port}/"
        command = ("probe", url, "--with-token", "-o", "json", "--token")
        match form:
            case "-":
                return shell(*command, "-", stdin=text)
            case "@FILE":
                (tmp_path / "token").write_bytes(text.encode())
                return shell(*command, f"@{tmp_path / 'token'}")
        return shell(*command, "env:NAME", NAME=text)

    return probe


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "text",
    [TOKEN, f"Bearer {TOKEN}", f"bearer\t{TOKEN}\r\n", f"  BEARER   {TOKEN} ", ENCRYPTED],
    ids=["bare", "Bearer", "bearer and a tab", "spaces", "encrypted"],
)
def test_one_bare_token_is_sent_without_its_scheme_twice(probed, recorder, text, form):
    ended = probed(text, form)

    assert [f"Bearer {text.split()[-1]}"] == recorder.seen, ended.err
    assert 0 == ended.code


@pytest.mark.parametrize("kind", BAD)
def test_anything_else_is_refused_before_it_is_sent_and_not_repeated(probed, recorder, kind):
    text = BAD[kind]
    # One reader serves all three forms: each kind by one of them, in turn, and some by all.
    turn = list(BAD).index(kind)
    for form in FORMS if turn % 6 == 0 else FORMS[turn % 3 : turn % 3 + 1]:
        if form == "env:NAME" and ("\0" in text or len(text) > 60_000):
            continue  # no environment holds it
        ended = probed(text, form)

        assert (2, "BadRequest") == (ended.code, ended.document["error"]["code"]), (form, ended.err)
        assert [] == recorder.seen
        for word in (SECRET, "eyJ", "S3cr3t", "xxxxx"):
            assert word not in ended.out + ended.err


@pytest.mark.parametrize(
    ("source", "code"),
    [(TOKEN, 2), (SECRET, 2), (f"env:{SECRET}", 2), (f"Bearer {TOKEN}", 2), (f"@{SECRET}", 3)],
)
def test_a_token_in_the_place_of_its_source_is_not_repeated(shell, recorder, source, code):
    url = f"http://127.0.0.1:{recorder.server_port}/"
    ended = shell("probe", url, "--token", source)

    assert code == ended.code
    assert [] == recorder.seen
    assert SECRET not in ended.err
    assert "eyJ" not in ended.err


@pytest.mark.parametrize(
    ("words", "secret"),
    [
        pytest.param(("--header", "X-Functions-Key V4lue"), "V4lue", id="no colon"),
        pytest.param(("--header", "X-Key: V4lue\nX: 1"), "V4lue", id="a line break"),
        pytest.param(("--header", "X-Key: V4lueé"), "V4lue", id="not ASCII"),
        pytest.param(("--header", "V4lue key: 1"), "V4lue", id="no name"),
        pytest.param(("--header", "Host: V4lue"), "V4lue", id="a header of the request's own"),
        pytest.param(("--method", "V4lue key"), "V4lue", id="method"),
        pytest.param(("--path", "items?sas=V4lue"), "V4lue", id="path"),
    ],
)
def test_what_may_be_a_key_is_not_repeated_when_it_is_refused(shell, recorder, words, secret):
    url = f"http://127.0.0.1:{recorder.server_port}/"
    ended = shell("probe", url, "--without-token", *words)

    assert 2 == ended.code, ended.err
    assert [] == recorder.seen
    assert secret not in ended.out + ended.err
