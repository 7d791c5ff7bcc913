"""Names in Azure, answers and files by others, on a real terminal: nothing steers it."""

import base64
import json
import re
import socketserver
import subprocess
import threading
import unicodedata
from pathlib import Path

import pytest

ESCAPE = "x\x1b[2K\rNobody loses anything."
EVIL = (
    f"{ESCAPE}\x9b2J\u202e\u200b\x1b]0;pwned\x07\r\nerror[Forged]: paste this\x7f[bold]$(touch x)"
)
COLORS = re.compile(r"\x1b\[[0-9;]*m")
SPINNING = re.compile(r"\x1b\[\?25[lh]|\r\x1b\[1A\x1b\[2K|\r\x1b\[2K")


def raw(text):
    """What in a terminal's stream steers or hides, but for line breaks, colors and spinners."""
    bare = SPINNING.sub("", COLORS.sub("", text)).replace("\r\n", "\n")
    return [
        ascii(each) for each in bare if each not in "\n " and unicodedata.category(each)[0] in "CZ"
    ]


def shows_nothing_raw(shown):
    assert [] == raw(shown)
    assert "\nerror[Forged]" not in shown


def test_a_provider_name_cannot_rewrite_the_question(terminal, lab):
    secret = {"clientId": "x", "clientSecretSettingName": "GOOGLE"}
    custom = {EVIL: {"enabled": True, "registration": secret}}
    providers = {"customOpenIdConnectProviders": custom}
    lab.put_settings(
        {
            "platform": {"enabled": True},
            "globalValidation": {"excludedPaths": [f"/{EVIL}"]},
            "identityProviders": providers,
        }
    )
    code, shown = terminal("protect", "integration", "--replace-sign-in")

    assert 1 == code
    assert re.search(r"\n[^\r\n]*Nobody loses anything\.[^\r\n]*Continue\?", shown)
    shows_nothing_raw(shown)
    assert 1 == len(lab.writes())  # this test's own


def changed_site(lab, **properties):
    """Let ARM answer for integration with other properties than it has."""
    with lab.client("arm") as arm:
        document = arm.get(
            lab.site("integration")["resourceId"], params={"api-version": "2025-05-01"}
        ).json()
    document["properties"] |= properties
    rule = {"service": "arm", "method": "GET", "path": r"/sites/integration\?"}
    listed = {"service": "arm", "method": "GET", "path": r"Microsoft\.Web/sites\?"}
    lab.faults(
        {
            "rules": [
                {**rule, "effect": {"status": 200, "body": document}},
                {**listed, "effect": {"status": 200, "body": {"value": [document]}}},
            ]
        }
    )


@pytest.mark.parametrize("command", [("connect", "core"), ("protect",), ("probe",)], ids=" ".join)
@pytest.mark.parametrize("host", ["a;touch x\x1b[2K", "me@evil.example/", ""], ids=ascii)
def test_a_host_that_is_none_ends_the_command_before_anything_is_changed(quick, lab, command, host):
    changed_site(lab, defaultHostName=host)
    name, *source = command
    core = f"{lab.site('core')['resourceId']}"
    words = [core for _ in source]
    ended = quick(name, *words, lab.site("integration")["resourceId"], "-o", "json")

    assert 6 == ended.code, ended.err
    assert "no usable host name for integration" in ended.document["error"]["message"]
    assert [] == raw(ended.out) + raw(ended.err)
    assert [] == lab.writes()
    assert [] == lab.requests("gate")


@pytest.mark.usefixtures("brief_pauses")
@pytest.mark.parametrize("how", ["-v", "--debug"])
@pytest.mark.parametrize("status", [400, 403, 500])
def test_an_error_of_arm_steers_nothing(terminal, lab, status, how):
    body = {"error": {"code": EVIL, "message": EVIL}}
    effect = {"status": status, "body": body}
    lab.faults({"rules": [{"service": "arm", "path": "authsettingsV2", "effect": effect}]})
    code, shown = terminal("protect", "integration", how, "--no-wait")

    assert code in {2, 5, 6, 7}
    assert "Nobody loses anything." in shown
    shows_nothing_raw(shown)


def test_an_error_of_graph_steers_nothing(terminal, lab):
    effect = {"status": 403, "body": {"error": {"code": EVIL, "message": EVIL}}}
    rule = {"service": "graph", "part": "applications", "effect": effect}
    lab.faults({"rules": [rule]})
    code, shown = terminal("connect", "core", "integration", "-v", answer="n\n")

    assert code in {2, 5}
    assert "Nobody loses anything." in shown
    shows_nothing_raw(shown)


def test_an_error_of_the_identity_endpoint_steers_nothing(terminal, lab):
    effect = {"status": 400, "body": {"statusCode": 400, "message": EVIL}}
    lab.faults({"rules": [{"service": "identity", "effect": effect}]})
    code, shown = terminal("protect", "integration")

    assert 4 == code
    shows_nothing_raw(shown)


def test_names_in_the_directory_steer_nothing(terminal, lab):
    with lab.client("graph") as graph:
        made = graph.post("/v1.0/applications", json={"displayName": f"a\u202e{ESCAPE}"})
        made.raise_for_status()
    app_id = made.json()["appId"]
    code, shown = terminal("protect", "integration", "--app-id", app_id, answer="no\n")

    assert 2 == code, shown
    assert "Nobody loses anything." in shown
    shows_nothing_raw(shown)


class Hostile(socketserver.StreamRequestHandler):
    """A target that answers with headers no library would write."""

    def handle(self):
        while self.rfile.readline().strip():
            pass
        evil = b"x\x1b[2K\x9b2J\xc2\x9b\xe2\x80\xae\x1b]0;x\x07[bold]"
        challenge = b'Bearer realm="' + evil + b'" authorization_uri="' + evil + b'"'
        self.wfile.write(
            b"HTTP/1.1 401 " + evil + b"\r\nWWW-Authenticate: " + challenge + b"\r\n"
            b"Location: https://a/" + evil + b"\r\nServer: " + evil + b"\r\n"
            b"Content-Length: 0\r\nConnection: close\r\n\r\n"
        )


@pytest.fixture
def hostile_target():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Hostile) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize("output", ["text", "json"])
def test_headers_of_a_target_steer_nothing(terminal, hostile_target, output):
    code, shown = terminal("probe", hostile_target, "--without-token", "--debug", "-o", output)

    assert code in {0, 1, 6}
    shows_nothing_raw(shown)


def test_claims_of_a_token_steer_nothing(terminal, tmp_path):
    parts = ({"alg": "RS256", "kid": EVIL}, {"aud": EVIL, EVIL: EVIL, "roles": [EVIL], "oid": EVIL})
    encoded = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in parts]
    file = tmp_path / "token"
    file.write_bytes(b".".join((*encoded, b"c2ln")))
    for output in ("text", "json"):
        code, shown = terminal("decode-token", f"@{file}", "-o", output)

        assert 0 == code, shown
        shows_nothing_raw(shown)
    code, shown = terminal(
        "decode-token", f"@{file}", "--verify", "--audience", EVIL, "--issuer", f"https://{EVIL}"
    )

    assert code in {1, 2}
    shows_nothing_raw(shown)


def test_files_of_others_steer_nothing(terminal, miwire, tmp_path):
    cloud = tmp_path / "cloud\x1b[2K\u202e.json"
    cloud.write_text(json.dumps({"name": EVIL, "endpoints": {"resourceManager": EVIL}}))
    record = Path(miwire.environment["MIWIRE_LAB"]) / "runs" / "a\x1b[2K\r\u202eb.json"
    record.parent.mkdir(exist_ok=True)
    record.write_text(json.dumps({"run": EVIL}))
    try:
        for words in (
            ("probe", "integration", "--cloud", str(cloud)),
            ("probe", "integration", "--cloud", EVIL),
            ("undo", "--list"),
            ("undo", EVIL),
        ):
            _, shown = terminal(*words)
            shows_nothing_raw(shown)
    finally:
        record.unlink()


@pytest.mark.parametrize(
    "words",
    [
        (EVIL,),
        (f"--{EVIL}",),
        ("probe", EVIL),
        ("probe", f"https://{EVIL}/"),
        ("probe", "integration", EVIL),
        ("probe", "integration", "--header", EVIL),
        ("probe", "integration", "--expect", EVIL),
        ("probe", "integration", "--method", EVIL),
        ("connect", "core", "integration", "--app-role", EVIL),
        ("connect", "core", "integration", "--identity", EVIL),
        ("lab", "exec", EVIL, "--", "true"),
        ("lab", "exec", "core", "--", EVIL),
        ("lab", "reset", "--scene", EVIL),
        ("lab", "status", "--state-dir", EVIL),
    ],
    ids=ascii,
)
def test_what_is_typed_steers_nothing(terminal, words):
    code, shown = terminal(*words)

    assert 0 != code
    assert 70 != code, shown
    shows_nothing_raw(shown)


def test_help_is_plain_text_on_a_terminal(terminal):
    for words in (("--help",), ("probe", "--help"), ("lab", "--help")):
        code, shown = terminal(*words)

        assert 0 == code
        assert "Usage: miwire" in shown
        assert not COLORS.search(shown)
        assert "\\u001b" not in shown


def test_a_name_with_parentheses_can_be_pasted_from_a_hint(quick, lab):
    with lab.client("arm") as arm:
        core = arm.get(lab.site("core")["resourceId"], params={"api-version": "2025-05-01"}).json()
    moved = core["id"].replace("/resourceGroups/", "/resourceGroups/a(b)")
    core["id"] = moved
    rule = {"service": "arm", "method": "GET", "path": r"/sites/core\?"}
    lab.faults({"rules": [{**rule, "effect": {"status": 200, "body": core}}]})
    ended = quick("protect", "integration", "--allow", moved, "-o", "json")
    hint = ended.document["error"]["hint"]
    (_, _, pasted) = subprocess.run(
        ["bash", "-c", f"printf '%s\\n' {hint}"], capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert 3 == ended.code
    assert pasted.startswith("a(b)")
