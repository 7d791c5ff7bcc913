"""A program of one's own behind an app's gate."""

import re
import socket
import ssl
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
import trustme

APP = """\
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
seen = lambda request: JSONResponse(request.headers.items())
app = Starlette(routes=[Route("/{path:path}", seen)])
"""
ID = "X-MS-CLIENT-PRINCIPAL-ID"


@contextmanager
def running(miwire, folder, *options):
    """The five lines of APP inside integration, and the URL at which they answer."""
    (folder / "own.py").write_text(APP, encoding="utf-8")
    command = [sys.executable, "-m", "miwire", "lab", "exec", "integration", "--"]
    command += [sys.executable, "-m", "uvicorn", "own:app", "--port", "0", *options]
    with subprocess.Popen(
        command, cwd=folder, env=miwire.environment, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield next(
                found[0]
                for line in process.stderr
                if (found := re.search(r"https?://127\.0\.0\.1:\d+", line))
            )
        finally:
            process.terminate()


@pytest.fixture
def own(miwire, tmp_path):
    """The URL of a program of one's own, in front of which integration's gate stands."""
    with running(miwire, tmp_path) as url:
        assert miwire("lab", "gate", "integration", "--upstream", url).code == 0
        yield url


@pytest.fixture
def core_token(lab, protected):
    audience = protected["registration"]["identifierUris"][0]
    return lab.identity_token(audience, lab.inside("core"))


def seen(response):
    """The headers that the program saw, by name; a name has all the values that came with it."""
    assert 200 == response.status_code, response.text
    headers = {}
    for name, value in response.json():
        headers.setdefault(re.sub("[^a-z0-9]", "-", name.lower()), []).append(value)
    return headers


def raw_get(lab, url, *lines):
    """The answer to a request with header lines that no client would write, byte by byte."""
    target = urlsplit(url)
    context = ssl.create_default_context(cafile=lab.ca)
    head = ["GET / HTTP/1.1", f"Host: {target.netloc}", "Connection: close", *lines, "", ""]
    with (
        socket.create_connection((target.hostname, target.port), 30) as plain,
        context.wrap_socket(plain, server_hostname=target.hostname) as connection,
    ):
        connection.sendall("\r\n".join(head).encode("latin-1"))
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return answer.decode("latin-1")


@pytest.mark.usefixtures("own")
def test_a_program_of_ones_own_sees_who_calls(lab, http, arm, core_token):
    core = arm.get(lab.site("core")["resourceId"]).json()["identity"]["principalId"]
    url = lab.url("integration")
    stranger = lab.token({"aud": "api://another"}, site="stranger")

    assert 401 == http.get(url).status_code
    assert 401 == http.get(url, headers={"Authorization": f"Bearer {stranger}"}).status_code
    answer = http.get(url, headers={"Authorization": f"Bearer {core_token}"})
    assert [core] == seen(answer)[ID.lower()]


FORGED = {
    "the header": [(ID, "forged")],
    "in lower case": [(ID.lower(), "forged")],
    "with underscores": [(ID.replace("-", "_"), "forged")],
    "with some underscores": [("X_MS-Client_Principal-ID", "forged")],
    "with a dot": [("X-MS-CLIENT.PRINCIPAL-ID", "forged")],
    "with every sign": [(ID.replace("-", sign), "forged") for sign in "!#$%&'*+.^_`|~"],
    "twice": [(ID, "forged"), (ID, "forged too")],
    "named by Connection": [("Connection", ID), (ID, "forged")],
    "the whole principal": [("X-MS-CLIENT-PRINCIPAL", "forged")],
    "a token of the store": [("X-MS-TOKEN-AAD-ACCESS-TOKEN", "forged")],
}
SMUGGLED = {
    "a blank before the colon": f"{ID} : forged",
    "a tab before the colon": f"{ID}\t: forged",
    "a folded line": f" {ID}: forged",
    "a bare carriage return": f"X-Other: a\r{ID}: forged",
    "a bare line feed": f"X-Other: a\n{ID}: forged",
}


@pytest.mark.usefixtures("own")
def test_a_program_of_ones_own_never_sees_a_forged_caller(lab, http, arm, core_token):
    core = arm.get(lab.site("core")["resourceId"]).json()["identity"]["principalId"]
    for how, forged in FORGED.items():
        headers = [*forged, ("Authorization", f"Bearer {core_token}"), *forged]
        answer = http.get(lab.url("integration"), headers=headers)

        assert [core] == seen(answer)[ID.lower()], how
        assert "forged" not in answer.text, how


@pytest.mark.usefixtures("own")
def test_a_forged_header_cannot_be_smuggled(lab, core_token):
    for how, line in SMUGGLED.items():
        bearer = f"Authorization: Bearer {core_token}"
        answer = raw_get(lab, lab.url("integration"), bearer, "X-First: a", line)

        assert f'["{ID.lower()}","forged"]' not in answer.lower(), how
        assert answer.startswith(("HTTP/1.1 200 ", "HTTP/1.1 400 ")), how


@pytest.mark.usefixtures("own")
def test_a_forged_caller_does_not_get_in_where_no_token_is_asked_for(lab, http, arm, core_token):
    settings = f"{lab.site('integration')['resourceId']}/config/authsettingsV2"
    properties = arm.get(settings).json()["properties"]
    properties["globalValidation"]["excludedPaths"] = ["/health"]
    arm.put(settings, json={"properties": properties}).raise_for_status()
    answer = http.get(f"{lab.url('integration')}/health", headers={ID: "forged"})

    assert core_token
    assert ID.lower() not in seen(answer)


def asked(lab, site, upstream, key=None):
    """What the lab answers to the request that `lab gate` makes."""
    body = {"site": site, "upstream": upstream}
    return lab.control("POST", "gate", json=body, key=key)


def test_the_program_has_the_settings_of_its_app(miwire, lab, arm):
    settings = f"{lab.site('integration')['resourceId']}/config/appsettings"
    arm.put(settings, json={"properties": {"GREETING": "hello"}}).raise_for_status()
    script = "import os; print(os.environ['GREETING'])"

    ended = miwire("lab", "exec", "integration", "--", sys.executable, "-c", script)
    assert (0, "hello\n") == (ended.code, ended.out)


def test_the_gate_tells_its_url_and_goes_back_to_the_apps_own_program(miwire, lab, http, own):
    url = lab.url("integration")
    assert [["host", urlsplit(url).netloc]] == http.get(url).json()[:1]
    assert own == lab.site("integration")["upstream"]
    ended = miwire("lab", "gate", "integration", "--remove", "-o", "json")

    assert (0, url.rstrip("/"), None) == (
        ended.code,
        ended.document["url"],
        ended.document["upstream"],
    )
    assert "items" in http.get(url).json()


def test_a_reset_takes_the_gate_from_before_the_program(lab, own):
    assert own == lab.site("integration")["upstream"]
    lab.reset()

    assert lab.site("integration")["upstream"] is None


def test_a_program_with_a_certificate_of_its_own_is_reached(miwire, lab, http, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = trustme.CA().issue_cert("localhost")
    made.private_key_pem.write_to_path(str(key))
    made.cert_chain_pems[0].write_to_path(str(certificate))
    with running(
        miwire, tmp_path, "--ssl-keyfile", str(key), "--ssl-certfile", str(certificate)
    ) as url:
        ended = miwire("lab", "gate", "integration", "--upstream", url)

        assert (0, lab.url("integration").rstrip("/")) == (ended.code, ended.out.strip())
        assert url.startswith("https://")
        assert seen(http.get(lab.url("integration")))["x-forwarded-proto"] == ["https"]


def test_a_program_that_does_not_answer_is_a_503(miwire, lab, http):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        assert miwire("lab", "gate", "integration", "--upstream", url).code == 0

        assert 503 == http.get(lab.url("integration")).status_code


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com", "example.com is not this machine"),
        ("http://127.0.0.1.example.com:80", "is not this machine"),
        ("https://10.0.0.1:8000", "10.0.0.1 is not this machine"),
        ("http://0.0.0.0:8000", "0.0.0.0 is not this machine"),
        ("http://127.0.0.1@example.com", "example.com is not this machine"),
        ("http://user@127.0.0.1:8000", "a scheme, a host and a port"),
        ("http://127.0.0.1:8000/api", "a scheme, a host and a port"),
        ("http://127.0.0.1:8000?a=b", "a scheme, a host and a port"),
        ("http://127.0.0.1:99999", "is no URL"),
        ("http://[::1", "is no URL"),
        ("http://127.0.0.1:1\r\nX: y", "is no URL"),
        ("ftp://127.0.0.1", "is no http or https URL"),
        ("127.0.0.1:8000", "is no http or https URL"),
        ("", "is no http or https URL"),
        (True, "is no http or https URL"),
        ([], "is no http or https URL"),
    ],
)
def test_only_programs_on_loopback_are_behind_a_gate(lab, url, reason):
    answer = asked(lab, "integration", url)

    assert 400 == answer.status_code
    assert reason in answer.json()["error"]["message"]
    assert lab.site("integration")["upstream"] is None


def test_a_gate_is_not_behind_a_gate(lab):
    for url in (lab.url("core"), lab.arm, lab.url("integration")):
        answer = asked(lab, "integration", url.rstrip("/"))

        assert "is the lab itself" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["integration"], 2, id="no program"),
        pytest.param(["integration", "--upstream", "http://example.com"], 2, id="another host"),
        pytest.param(["integration", "--upstream", "http://[::1]:1", "--remove"], 2, id="both"),
        pytest.param(["nothing", "--remove"], 3, id="no such app"),
    ],
)
@pytest.mark.usefixtures("lab")
def test_a_gate_that_makes_no_sense_is_refused(miwire, arguments, code):
    ended = miwire("lab", "gate", *arguments, "-o", "json")

    assert (code, code) == (ended.code, ended.document["exitCode"])


def test_only_the_operator_puts_a_program_behind_a_gate(lab):
    for key in ("", "a guess", lab.environment["IDENTITY_HEADER"]):
        assert 401 == asked(lab, "core", "http://127.0.0.1:1", key).status_code
    assert lab.site("core")["upstream"] is None


@pytest.mark.parametrize("text", ["πύλη", "café", "\u202eabc", 'x" resource_id="y', "a\r\nb: c"])
def test_settings_in_other_letters_crash_neither_the_lab_nor_miwire(quick, lab, http, text):
    registration = {"clientId": text, "openIdIssuer": f"{lab.entra}/{text}/v2.0"}
    properties = {
        "platform": {"enabled": True},
        "globalValidation": {
            "unauthenticatedClientAction": "Return401",
            "redirectToProvider": text,
            "excludedPaths": [text, f"/{text}"],
        },
        "identityProviders": {"azureActiveDirectory": {"registration": registration}},
    }
    lab.put_settings(properties)

    answer = http.get(lab.url("integration"))
    ended = quick("probe", "integration", "--without-token")
    assert (401, b"") == (answer.status_code, answer.content)
    assert answer.headers["www-authenticate"].isascii()
    assert "b" not in answer.headers
    assert ended.code in {0, 1}, ended.err
