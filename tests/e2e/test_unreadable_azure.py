"""Answers of Azure, the identity endpoint and apps that have other types than documented."""

import json
import socketserver
import ssl
import threading
from pathlib import Path

import pytest
import trustme

GRANT = ("grant", "core", "integration", "--scope-setting", "INTEGRATION_SCOPE", "--yes")
DEEP = "[" * 20_000
FAR = "Mon, 01 Jan 99999999999 00:00:00 GMT"
READ = "something that miwire can't read"
SITE = r"/sites/core\?"


def changed(lab, **properties):
    """What ARM says of core, but for some members of it."""
    with lab.client("arm") as arm:
        site = arm.get(lab.site("core")["resourceId"], params={"api-version": "2025-05-01"}).json()
    return site | properties


def properties(lab, **more):
    return changed(lab, properties=changed(lab)["properties"] | more)


ARM = {
    "no content": (SITE, lambda _: {"status": 204}),
    "a list": (SITE, lambda _: []),
    "host names that are a number": (SITE, lambda lab: properties(lab, hostNames=5)),
    "an identity that is a string": (SITE, lambda lab: changed(lab, identity="x")),
    "identities that are a list": (
        SITE,
        lambda lab: changed(lab, identity={"userAssignedIdentities": ["x"]}),
    ),
    "an identity that is a number": (
        SITE,
        lambda lab: changed(lab, identity={"userAssignedIdentities": {"x": 5}}),
    ),
    "properties that are a string": (SITE, lambda lab: changed(lab, properties="x")),
    "a site that is a string": (SITE, lambda _: "x"),
    "app settings that are a number": ("appsettings/list", lambda _: {"properties": 5}),
    "app settings that are a list": ("appsettings/list", lambda _: {"properties": ["x"]}),
    "app settings that are a string": ("appsettings/list", lambda _: {"properties": "x"}),
    "authentication settings that are a string": ("authsettingsV2", lambda _: {"properties": "x"}),
    "authentication settings that are a list": ("authsettingsV2", lambda _: [5]),
    "no list of apps": (r"Microsoft\.Web/sites\?", lambda _: {"value": 5}),
    "a list of numbers": (r"Microsoft\.Web/sites\?", lambda _: {"value": [5]}),
    "a list that is a string": (r"Microsoft\.Web/sites\?", lambda _: {"value": "x"}),
    "a null list": (r"Microsoft\.Web/sites\?", lambda _: {"value": None}),
}


def ended_well(ended, lab):
    assert 6 == ended.code, ended.out + ended.err
    assert READ in ended.document["error"]["message"]
    assert [] == lab.writes()


@pytest.mark.parametrize("case", ARM.values(), ids=ARM)
def test_an_answer_of_arm_with_other_types_is_told_and_changes_nothing(quick, lab, case):
    path, answer = case
    lab.reset("wired")
    made = answer(lab)
    effect = made if isinstance(made, dict) and "status" in made else {"status": 200, "body": made}
    lab.faults({"rules": [{"service": "arm", "path": path, "effect": effect}]})
    core = lab.site("core")["resourceId"] if path == SITE else "core"
    ended = quick("grant", core, *GRANT[2:], "-o", "json")

    if "no list" in path or made == {"value": None}:
        assert ended.code in {3, 6}, ended.err
        assert [] == lab.writes()
    else:
        ended_well(ended, lab)


GRAPH = {
    "a list": ("$batch", [5]),
    "null responses": ("$batch", {"responses": None}),
    "responses that are numbers": ("$batch", {"responses": [5]}),
    "a response whose id is a list": ("$batch", {"responses": [{"id": ["0"]}]}),
    "a status that is a word": ("$batch", {"responses": [{"id": "0", "status": "x"}]}),
    "headers that are a list": (
        "$batch",
        {"responses": [{"id": "0", "status": 200, "headers": ["x"], "body": {}}]},
    ),
    "a principal without an app id": ("servicePrincipals", {"id": "x"}),
    "a registration that has nothing": ("applications", {}),
    "roles that are a number": ("applications", {"id": "x", "appId": "y", "appRoles": 5}),
}


@pytest.mark.parametrize("case", GRAPH.values(), ids=GRAPH)
def test_an_answer_of_graph_with_other_types_is_told_and_changes_nothing(quick, lab, case):
    where, body = case
    lab.reset("wired")
    effect = {"status": 200, "body": body}
    place = {"path": r"\$batch"} if where == "$batch" else {"part": where}
    lab.faults({"rules": [{"service": "graph", **place, "effect": effect}]})
    ended = quick(*GRANT, "-o", "json")

    assert 6 == ended.code, ended.out + ended.err
    assert [] == lab.writes()


@pytest.mark.usefixtures("brief_pauses")
@pytest.mark.parametrize("value", ["foo", FAR, "9" * 400, "-5", "nan", "inf", "Mon, 99 Jan 2026"])
@pytest.mark.parametrize("service", ["arm", "graph"])
def test_a_wait_that_cannot_be_read_is_none(quick, lab, service, value):
    lab.reset("wired")
    effect = {"status": 429, "headers": {"Retry-After": value}}
    lab.faults({"rules": [{"service": service, "times": 1, "effect": effect}]})
    ended = quick(*GRANT, "-o", "json")

    assert 0 == ended.code, ended.out + ended.err


def test_a_busy_directory_is_not_an_empty_one(quick, lab):
    lab.reset("wired")
    effect = {"status": 503, "headers": {"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"}}
    lab.faults({"rules": [{"service": "graph", "effect": effect}]})
    ended = quick(*GRANT, "-o", "json")

    assert 7 == ended.code, ended.out + ended.err
    assert "Azure asks to wait" in ended.document["error"]["message"]


def test_a_challenge_with_claims_that_are_none_ends_in_a_sentence(quick, lab):
    lab.reset("wired")
    challenge = {"WWW-Authenticate": 'Bearer error="insufficient_claims", claims="e30"'}
    for service in ("graph", "arm"):
        effect = {"status": 401, "headers": challenge}
        lab.faults({"rules": [{"service": service, "effect": effect}]})
        ended = quick(*GRANT, "-o", "json")

        assert ended.code in {4, 6}, ended.out + ended.err


def test_other_providers_of_another_type_are_no_providers(quick, lab):
    settings = {"platform": {"enabled": True}}
    settings["identityProviders"] = {"customOpenIdConnectProviders": [5]}
    body = {"properties": settings}
    rule = {"service": "arm", "method": "GET", "path": "authsettingsV2"}
    lab.faults({"rules": [{**rule, "effect": {"status": 200, "body": body}}]})
    ended = quick("protect", "integration", "--dry-run", "-o", "json")

    assert ended.code in {0, 2, 6}, ended.out + ended.err


TOKENS = {
    "letters of others": "xé☃",
    "a line break": "opaque$tok!en-secret-123\n",
    "a space": "opaque$tok!en secret-123",
    "a number": 5,
    "nothing": None,
    "an empty one": "",
}


@pytest.mark.parametrize("how", ["-v", "--debug"])
@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_a_token_that_no_header_can_carry_is_refused_and_not_said(quick, lab, token, how):
    lab.reset("wired")
    body = {"access_token": token, "expires_on": "4102444800", "resource": "x"}
    effect = {"status": 200, "body": {**body, "token_type": "Bearer"}}
    lab.faults({"rules": [{"service": "identity", "effect": effect}]})
    for words in (GRANT, ("probe", "integration", "--with-token")):
        ended = quick(*words, how, "-o", "json")

        assert ended.code in {4, 6}, ended.out + ended.err
        assert "tok!en" not in ended.out + ended.err
        assert "☃" not in ended.out + ended.err


@pytest.mark.parametrize("body", [[], 5, "x", {"access_token": "a.b.c", "expires_on": "never"}])
def test_an_identity_endpoint_that_answers_otherwise_is_told(quick, lab, body):
    lab.faults({"rules": [{"service": "identity", "effect": {"status": 200, "body": body}}]})
    ended = quick("protect", "integration", "--yes", "-o", "json")

    assert ended.code in {4, 6}, ended.out + ended.err


class Raw(socketserver.StreamRequestHandler):
    """Answers with what the test says."""

    def handle(self):
        length = 0
        while (line := self.rfile.readline()).strip():
            self.server.heads += line
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        self.server.received.append(self.rfile.read(length))
        self.wfile.write(self.server.answer)


@pytest.fixture
def app():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Raw) as server:
        server.received, server.answer, server.heads = [], b"", b""
        server.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def answer(head, body=b"", status="200 OK"):
    return (
        f"HTTP/1.1 {status}\r\n{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode() + body


@pytest.mark.parametrize("date", [FAR, "Mon, 01 Jan 0000 00:00:00 GMT", "x", "1"])
def test_a_date_beyond_any_calendar_is_none(quick, app, date):
    app.answer = answer(f"Date: {date}\r\n")
    ended = quick("probe", app.url, "--without-token", "-o", "json")

    assert 1 == ended.code, ended.out + ended.err
    assert 200 == ended.document["cases"][0]["status"]


@pytest.fixture
def secure(tmp_path, app, lab):
    """The same over TLS, and the variables of a shell that trusts it and the lab."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    app.socket = context.wrap_socket(app.socket, server_side=True)
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes(Path(lab.ca).read_bytes() + authority.cert_pem.bytes())
    app.url = f"https://localhost:{app.server_address[1]}"
    return app, {"SSL_CERT_FILE": str(bundle), "REQUESTS_CA_BUNDLE": str(bundle)}


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "403 Forbidden"])
def test_json_of_arm_that_is_nested_without_end_is_told(quick, lab, secure, tmp_path, status):
    app, trusting = secure
    lab.reset("wired")
    app.answer = answer("Content-Type: application/json\r\n", DEEP.encode(), status)
    document = json.loads(Path(lab.environment["MIWIRE_CLOUD"]).read_text(encoding="utf-8"))
    document["endpoints"] |= {"resourceManager": app.url, "activeDirectoryResourceId": lab.arm}
    cloud = tmp_path / "cloud.json"
    cloud.write_text(json.dumps(document))
    ended = quick("probe", "integration", "--cloud", str(cloud), "-o", "json", **trusting)

    assert app.received
    assert 6 == ended.code, ended.out + ended.err
    assert READ in ended.document["error"]["message"]


def test_a_cookie_of_one_case_is_not_sent_with_the_next(quick, app):
    app.answer = answer("Set-Cookie: session=1\r\n")
    for words in (("--without-token",), ("--without-token", "--path", "/again")):
        quick("probe", app.url, *words)
    quick("probe", app.url, "--without-token", "--expect", "401", "--wait", "2s")

    assert len(app.received) > 3
    assert b"cookie" not in app.heads.lower()


@pytest.mark.parametrize("location", ["http://[::1", "https://a:b/", "//[", "x" * 70_000])
def test_a_redirect_to_what_is_no_address_is_an_answer(quick, app, location):
    app.answer = answer(f"Location: {location}\r\n", status="302 Found")
    ended = quick("probe", app.url, "--without-token", "-o", "json")

    assert 1 == ended.code, ended.out + ended.err
    assert 302 == ended.document["cases"][0]["status"]
