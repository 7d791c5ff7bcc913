"""What probe waits for, and how long; and a bare 403 before and after a demand for a token."""

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="{host}"'}


class _Scripted(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        server.asked.append("Authorization" in self.headers)
        server.methods.append(self.command)
        kind = "with" if self.headers.get("Authorization") else "without"
        answers = server.script[kind]
        status, headers, body = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value.replace("{host}", self.headers["Host"]))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_DELETE = do_GET  # noqa: N815  as http.server calls it

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def target():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Scripted) as server:
        server.daemon_threads = True
        server.asked = []
        server.methods = []
        server.url = f"http://127.0.0.1:{server.server_port}/"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def token():
    parts = [json.dumps(each).encode() for each in ({"alg": "RS256"}, {"aud": "api://x"})]
    return (
        ".".join(base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in parts) + ".c2ln"
    )


def answers(*statuses, headers=None, body=b""):
    return [(status, headers or {}, body) for status in statuses]


@pytest.mark.parametrize("status", [500, 503, 408, 429, 431, 421, 499])
def test_what_proves_nothing_is_waited_out(alone, target, status):
    target.script = {"without": [*answers(status), (401, CHALLENGE, b"")]}
    ended = alone("probe", target.url, "--without-token", "--wait", "30s", "-o", "json")

    assert (0, "platform") == (ended.code, ended.document["cases"][0]["from"])
    assert 2 == len(target.asked)


def test_a_gateway_that_answers_first_is_waited_out(alone, target):
    front = (403, {"Server": "Microsoft-Azure-Application-Gateway/v2"}, b"")
    target.script = {"without": [front, (401, CHALLENGE, b"")]}
    ended = alone("probe", target.url, "--without-token", "--wait", "30s", "-o", "json")

    assert 0 == ended.code


def test_the_wait_is_never_longer_than_asked(alone, target):
    target.script = {"without": answers(503)}
    began = time.monotonic()
    ended = alone("probe", target.url, "--without-token", "--wait", "3s", "-o", "json")

    assert 6 == ended.code
    assert 2.5 < time.monotonic() - began < 15
    assert 2 <= len(target.asked) <= 3


def test_without_wait_it_is_asked_once(alone, target):
    target.script = {"without": answers(503)}

    assert 6 == alone("probe", target.url, "--without-token").code
    assert 1 == len(target.asked)


@pytest.mark.parametrize(
    ("without", "after", "said", "code"),
    [
        pytest.param((401, CHALLENGE, b""), (403, {}, b""), "platform", 1, id="after a challenge"),
        pytest.param((401, {}, b""), (403, {}, b""), "unknown", 1, id="after a bare 401"),
        pytest.param((200, {}, b"{}"), (403, {}, b""), "unknown", 1, id="after a 200"),
        pytest.param((503, {}, b""), (403, {}, b""), "unknown", 1, id="after a failure"),
        pytest.param((401, CHALLENGE, b""), (403, {}, b"no role"), "unknown", 1, id="worded"),
        pytest.param(
            (401, CHALLENGE, b""),
            (403, {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}, b""),
            "unknown",
            1,
            id="challenged",
        ),
        pytest.param(
            (401, CHALLENGE, b""),
            (403, {"Server": "Microsoft-Azure-Application-Gateway/v2"}, b""),
            "network",
            6,
            id="behind a firewall",
        ),
        pytest.param(
            (401, CHALLENGE, b""),
            (403, {"x-ms-forbidden-ip": "203.0.113.9"}, b""),
            "network",
            6,
            id="of the front end",
        ),
    ],
)
@pytest.mark.parametrize("flags", [("--with-token",), ()], ids=["alone", "both cases"])
def test_a_bare_403_is_the_platforms_only_where_it_demanded_a_token(
    alone, target, without, after, said, code, flags
):
    target.script = {"without": [without], "with": [after]}
    words = ("probe", target.url, *flags, "--token", "env:TOKEN", "-o", "json")
    ended = alone(*words, TOKEN=token())
    case = next(each for each in ended.document["cases"] if each["name"] == "with-token")

    assert said == case["from"]
    # Of both cases, one that does not hold counts before one that shows nothing.
    bare_fails = bool(not flags and without[0] in {200, 401} and without[1] != CHALLENGE)
    assert (1 if bare_fails else code) == ended.code
    assert [False, True] == sorted(target.asked)
    if said == "unknown":
        assert "doesn't show" in case["why"]


def test_of_several_cases_one_that_fails_counts_before_one_that_shows_nothing(alone, target):
    target.script = {"without": answers(200, body=b"{}"), "with": answers(503)}
    words = ("probe", target.url, "--token", "env:TOKEN", "-o", "json")

    assert 1 == alone(*words, TOKEN=token()).code


def test_a_page_makes_one_more_request_for_a_path_that_no_app_has(alone, target):
    page = (200, {"Content-Type": "text/html"}, b"<!doctype html><title>App</title>")
    target.script = {"without": [page, (404, {}, b"")]}
    ended = alone("probe", target.url, "--without-token", "-o", "json")

    assert (1, "app") == (ended.code, ended.document["cases"][0]["from"])
    assert 2 == len(target.asked)


def test_what_nobody_asked_for_is_requested_with_a_method_that_changes_nothing(alone, target):
    target.script = {"with": [(403, {}, b"")], "without": [(401, CHALLENGE, b"")]}
    words = ("probe", target.url, "--with-token", "--method", "DELETE", "--token", "env:TOKEN")
    ended = alone(*words, "-o", "json", TOKEN=token())

    assert "platform" == ended.document["cases"][0]["from"]
    assert [("DELETE", True), ("GET", False)] == list(
        zip(target.methods, target.asked, strict=True)
    )


def test_in_eighty_columns_nothing_is_longer_and_no_id_is_broken(alone, target):
    description = "IDX10214: aaaaaaaa-0000-4000-8000-000000000001 isn't among bbbbbbbb-0000-4000"
    header = f'Bearer error="invalid_token", error_description="{description}"'
    target.script = {"with": [(401, {"WWW-Authenticate": header}, b"")], "without": answers(503)}
    words = ("probe", target.url, "--with-token", "--token", "env:TOKEN")
    ended = alone(*words, TOKEN=token(), COLUMNS="80")

    assert max(map(len, ended.out.splitlines())) <= 80
    assert "aaaaaaaa-0000-4000-8000-000000000001" in ended.out
    lines = [line.split() for line in ended.out.splitlines()]
    assert ["✗", "with", "a", "token", "401", "unknown"] in lines
