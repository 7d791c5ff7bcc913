"""probe --forged: tokens that no gate may take, sent to gates that do and do not."""

import base64
import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest

CASES = ["unsigned", "tampered", "foreign-key", "wrong-audience", "expired"]


@pytest.fixture
def inside(shell, lab):
    """Shells inside the apps of the lab."""
    return lambda site: replace(shell, environment={**shell.environment, **lab.inside(site)})


def cases(ended):
    return {each["name"]: each for each in ended.document["cases"]}


def payload(token):
    segment = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))


@pytest.mark.usefixtures("protected")
def test_from_inside_core_all_seven_cases_hold(inside, lab):
    ended = inside("core")(*lab.both_cases(), "--forged", "-o", "json")
    found = cases(ended)

    assert 0 == ended.code, ended.err
    assert ["without-token", "with-token", *CASES] == list(found)
    assert [True] * 7 == [each["ok"] for each in found.values()]
    assert [401, 200, 401, 401, 401, 401, 401] == [each["status"] for each in found.values()]


@pytest.mark.usefixtures("protected")
def test_from_the_operators_shell_what_needs_a_genuine_token_is_unknown_and_explained(miwire):
    ended = miwire("probe", "integration", "--forged", "-o", "json")
    found = cases(ended)

    assert [None, None] == [found[name]["status"] for name in ("operator", "tampered")]
    assert found["tampered"]["ok"] is None
    assert "genuine token" in found["tampered"]["why"]
    assert {"signature"} == {found[n]["predicted"]["rule"] for n in CASES if n != "tampered"}


@pytest.mark.usefixtures("protected")
def test_a_forged_case_that_could_not_be_tried_does_not_make_probe_fail(miwire, lab):
    ended = miwire("probe", "integration", "--without-token", "--forged", "-o", "json")
    found = cases(ended)

    assert 0 == ended.code
    assert ["without-token", *CASES] == list(found)
    assert (None, True) == (found["tampered"]["ok"], "genuine token" in found["tampered"]["why"])
    asked = [unquote(each["url"]) for each in lab.requests("identity")]
    assert [] == [each for each in asked if lab.audience() in each]


def test_a_target_that_takes_forged_tokens_does_not_hold(miwire):
    ended = miwire("probe", "integration", "--without-token", "--forged", "-o", "json")
    judged = [each for each in ended.document["findings"] if each["id"] == "MIW405"]

    assert 1 == ended.code
    assert ["fail", "unknown", "fail", "fail", "fail"] == [each["verdict"] for each in judged]


class _Recorder(BaseHTTPRequestHandler):
    """Refuses everything, and keeps what came with which connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append((self.client_address, self.headers.get("Authorization")))
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", "https://login.example/oauth2/authorize")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def recorder():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Recorder) as server:
        server.seen, server.status, server.daemon_threads = [], 401, True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def probed(shell, recorder, token):
    url = f"http://127.0.0.1:{recorder.server_port}/"
    arguments = ("--forged", "--token", "env:TOKEN", "-o", "json")
    ended = shell("probe", url, *arguments, TOKEN=token)
    return ended, [authorization for _, authorization in recorder.seen]


def test_everything_goes_through_one_connection(shell, lab, recorder):
    _, sent = probed(shell, recorder, lab.token({"aud": "api://a"}, "stranger"))

    assert 7 == len(sent)
    assert 1 == len({address for address, _ in recorder.seen})


def test_each_forged_token_is_like_the_genuine_one_but_for_its_flaw(shell, lab, recorder):
    genuine = lab.token({"aud": "api://a"}, "stranger")
    ended, sent = probed(shell, recorder, genuine)
    without, own, *forged = sent
    unsigned, tampered, foreign, elsewhere, expired = (each.split()[1] for each in forged)
    claims, kept = payload(genuine), ("iss", "tid", "appid")
    opaque = {"uti", "aio", "rh"}

    assert (None, f"Bearer {genuine}") == (without, own)
    assert 6 == len({own, *forged})
    assert unsigned.endswith(".")
    assert genuine.rpartition(".")[2] == tampered.rpartition(".")[2]
    for name in ("oid", "sub", *opaque):
        assert claims[name] != payload(tampered)[name]
    for token in (foreign, unsigned):
        differing = {name for name, value in payload(token).items() if value != claims[name]}
        assert (opaque, claims.keys()) == (differing, payload(token).keys())
    assert "api://a" != payload(elsewhere)["aud"]
    assert payload(expired)["exp"] < claims["iat"]
    for token in (tampered, foreign, elsewhere, expired):
        assert {name: claims[name] for name in kept} == {n: payload(token)[n] for n in kept}
    assert not [token for token in sent[1:] if token.split()[1] in ended.out + ended.err]


def test_a_redirect_to_a_login_is_no_refusal(shell, recorder):
    recorder.status = 302
    ended, _ = probed(shell, recorder, "eyJhbGciOiJSUzI1NiJ9.bm8ganNvbg.c2ln")
    found = cases(ended)

    assert 1 == ended.code
    assert {False} == {found[name]["ok"] for name in CASES if name != "tampered"}
    assert "isn't a JWT" in found["tampered"]["why"]


def test_no_forged_token_goes_over_http_to_another_machine(shell):
    ended = shell("probe", "http://miwire.example/", "--without-token", "--forged")

    assert 2 == ended.code
    assert "over https only" in ended.err
