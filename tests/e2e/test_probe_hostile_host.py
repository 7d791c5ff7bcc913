"""A host that claims to be another API, probed with every flag: it receives nothing of use."""

import base64
import itertools
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from miwire.errors import NotAToken
from miwire.tokens.jws import Jws
from miwire.tokens.signature import KeySet

FLAGS = [
    pytest.param((), id="no flag"),
    pytest.param(("--with-token",), id="with-token"),
    pytest.param(("--forged",), id="forged"),
    pytest.param(("--without-token", "--forged"), id="without-token and forged"),
    pytest.param(("--with-token", "--forged"), id="with-token and forged"),
]
ARM = "797f4846-ba00-4fd7-ba43-dac1f8f63013"


class _Hostile(BaseHTTPRequestHandler):
    """Answers as its server was told, and keeps what it receives."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append(dict(self.headers))
        self.send_response(self.server.status)
        for name, value in self.server.answer.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


class HostileHost(ThreadingHTTPServer):
    """An https server on loopback; *seen* holds the headers of each request."""

    daemon_threads = True

    def __init__(self, context):
        super().__init__(("127.0.0.1", 0), _Hostile)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.seen, self.status, self.answer = [], 401, {}
        self.url = f"https://localhost:{self.server_port}"

    def claims_to_be(self, client_id, tenant="6b0ef7b7-9f5b-4d6c-9d4e-000000000001"):
        """Name an API's client id in its challenge, worded as App Service words its own."""
        self.answer = {
            "WWW-Authenticate": f'Bearer realm="localhost:{self.server_port}" '
            f'authorization_uri="https://login.example/{tenant}/oauth2/authorize" '
            f'resource_id="{client_id}"'
        }

    @property
    def bearers(self):
        """Every token that it received, in order."""
        sent = (
            headers.get("authorization") or headers.get("Authorization") for headers in self.seen
        )
        return [each.split()[1] for each in sent if each]


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def wired(lab):
    """The client id of integration, to which core is wired."""
    lab.reset("wired")
    return lab.audience()


@pytest.fixture
def trusting_both(lab, authority, tmp_path):
    """The environment in which the hostile host's certificate is trusted like the lab's."""
    bundle = tmp_path / "both.pem"
    bundle.write_bytes(Path(lab.ca).read_bytes() + authority.cert_pem.bytes())
    return dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), str(bundle))


@pytest.fixture
def hostile(authority):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    with HostileHost(context) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def core(inside, trusting_both):
    """A shell inside core that trusts the hostile host's certificate."""
    shell = inside("core")
    return lambda *words, **more: shell(*words, "-o", "json", **trusting_both, **more)


@pytest.fixture
def operator(quick, trusting_both):
    return lambda *words, **more: quick(*words, "-o", "json", **trusting_both, **more)


@pytest.fixture
def unassigned_api(lab):
    """The client id of an API that gives every identity of the tenant a token."""
    with lab.client("graph") as graph:
        made = graph.post("/v1.0/applications", json={"displayName": "another API"}).json()
        app_id = made["appId"]
        graph.post("/v1.0/servicePrincipals", json={"appId": app_id}).raise_for_status()
    assert lab.operator_token(app_id)
    return app_id


def asked_for_tokens(lab):
    """The requests for tokens that the lab's identity endpoint and Entra ID answered."""
    entra = [each for each in lab.requests("entra") if "/token" in each["url"]]
    return lab.requests("identity") + entra


def keys_of(lab):
    """The keys that really sign tokens in the lab."""
    document = lab.http.get(f"{lab.entra}/common/discovery/keys").json()
    return KeySet("the lab", lambda: document["keys"])


def variants(bearers):
    """Whatever can be put together of what was received: each header, payload and signature."""
    parts = [each.split(".") for each in bearers]
    payloads = {part[1] for part in parts}
    for part in parts:
        claims = json.loads(base64.urlsafe_b64decode(part[1] + "=="))
        for change in (-86_400, 0, 86_400):
            times = {"exp": claims["exp"] + change}
            for separators in (None, (",", ":")):
                text = json.dumps(claims | times, separators=separators)
                payloads.add(base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode())
    headers, signatures = {part[0] for part in parts}, {part[2] for part in parts}
    return (".".join(each) for each in itertools.product(headers, payloads, signatures))


def is_genuine(keys, token):
    try:
        return keys.flaw(Jws.parse(token)) is None
    except NotAToken:
        return False


def nothing_of_use(lab, hostile):
    """Hold every token that was received, and what can be made of them, against the real keys."""
    keys = keys_of(lab)
    assert not [each for each in variants(hostile.bearers) if is_genuine(keys, each)]
    assert not [each for each in hostile.bearers if lab.called(each) != 401]


def cases(ended):
    return {each["name"]: each for each in ended.document["cases"]}


@pytest.mark.parametrize("flags", FLAGS)
def test_inside_core_a_host_with_the_id_of_another_api_gets_nothing(
    wired, lab, core, hostile, flags
):
    hostile.claims_to_be(wired)
    before = len(asked_for_tokens(lab))
    ended = core("probe", hostile.url, *flags)

    assert len(asked_for_tokens(lab)) == before
    assert (2 if "--with-token" in flags else 0) == ended.code, ended.err
    nothing_of_use(lab, hostile)
    assert (4 if "--forged" in flags else 0) == len(hostile.bearers)


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.usefixtures("wired")
def test_from_the_operator_a_host_with_the_id_of_another_api_gets_nothing(
    lab, operator, hostile, unassigned_api, flags
):
    hostile.claims_to_be(unassigned_api)
    before = len(asked_for_tokens(lab))
    operator("probe", hostile.url, *flags)

    assert len(asked_for_tokens(lab)) == before
    nothing_of_use(lab, hostile)


def test_what_the_host_says_is_quoted_and_no_more(wired, core, hostile):
    client_id = wired
    hostile.claims_to_be(client_id)
    ended = core("probe", hostile.url)
    found = cases(ended)

    assert (0, 401, True) == (
        ended.code,
        found["without-token"]["status"],
        found["without-token"]["ok"],
    )
    assert (None, None) == (found["with-token"]["status"], found["with-token"]["ok"])
    assert ended.document["identity"] is None
    assert found["with-token"]["why"] == (
        f"not tried: no audience. {hostile.url} claims to be api://{client_id}. "
        f"If that is the API you mean: --audience api://{client_id}"
    )


def test_with_token_alone_the_case_without_one_is_shown_and_it_is_a_usage_error(
    wired, core, hostile
):
    client_id = wired
    hostile.claims_to_be(client_id)
    ended = core("probe", hostile.url, "--with-token")

    assert (2, 2, False) == (ended.code, ended.document["exitCode"], ended.document["ok"])
    assert ["without-token", "with-token"] == list(cases(ended))
    assert [401, None] == [each["status"] for each in cases(ended).values()]
    assert "BadRequest" == ended.document["error"]["code"]
    assert f"--audience api://{client_id}" in ended.document["error"]["hint"]


@pytest.mark.parametrize(
    "client_id",
    [
        "https://management.azure.com",
        "api://a",
        "",
        f"{ARM}/",
        "\x1b]0;x\x07",
        "ß" * 36,
        f"{ARM} {ARM}",
        "${jndi}",
        f"{{{ARM}}}",
    ],
)
def test_what_is_no_client_id_is_not_quoted(core, hostile, client_id):
    hostile.claims_to_be(client_id)
    ended = core("probe", hostile.url)

    assert [] == hostile.bearers
    assert "claims to be" not in ended.out + ended.err
    assert "not tried: no audience" in cases(ended)["with-token"]["why"]


@pytest.mark.parametrize("status", [200, 302, 403, 500])
def test_only_a_401_is_quoted(core, hostile, status):
    hostile.claims_to_be("6b0ef7b7-9f5b-4d6c-9d4e-000000000002")
    hostile.status = status
    ended = core("probe", hostile.url)

    assert "claims to be" not in ended.out
    assert None is cases(ended)["with-token"]["ok"]


@pytest.mark.parametrize("app_id", [ARM, ARM.upper(), "00000003-0000-0000-c000-000000000000"])
@pytest.mark.parametrize("flags", FLAGS)
def test_a_host_that_claims_to_be_microsofts_own_is_warned_of(
    core, operator, hostile, app_id, flags
):
    hostile.claims_to_be(app_id)
    for shell in (core, operator):
        ended = shell("probe", hostile.url, *flags)
        told = ended.out + ended.err

        assert not any(len(set(each.split("."))) and ARM in each for each in hostile.bearers)
        if flags != ("--without-token", "--forged"):
            assert "Warning" in told
            assert app_id in told
            assert f"--audience api://{app_id}" not in told


def test_with_an_audience_that_the_user_names_the_token_is_sent(wired, lab, core, hostile):
    hostile.claims_to_be("6b0ef7b7-9f5b-4d6c-9d4e-000000000003")
    audience = f"api://{wired}"
    ended = core("probe", hostile.url, "--with-token", "--audience", audience)
    (sent,) = hostile.bearers

    assert 1 == ended.code  # the host refuses it
    assert is_genuine(keys_of(lab), sent)
    assert 200 == lab.called(sent)


def test_with_an_audience_the_genuine_token_is_the_only_one_of_use(wired, lab, core, hostile):
    audience = f"api://{wired}"
    core("probe", hostile.url, "--with-token", "--forged", "--audience", audience)
    genuine, *forged = hostile.bearers
    hostile.seen = [{"authorization": f"Bearer {each}"} for each in forged]

    assert 5 == len(forged)
    assert is_genuine(keys_of(lab), genuine)
    nothing_of_use(lab, hostile)


def test_without_token_no_genuine_token_is_asked_for_whatever_the_audience(
    wired, lab, core, hostile
):
    audience = f"api://{wired}"
    before = len(asked_for_tokens(lab))
    ended = core("probe", hostile.url, "--without-token", "--forged", "--audience", audience)

    assert before == len(asked_for_tokens(lab))
    assert 4 == len(hostile.bearers)
    assert None is cases(ended)["tampered"]["ok"]
    nothing_of_use(lab, hostile)


def test_a_token_that_is_given_is_not_what_forged_tokens_are_made_of_unless_it_is_sent(
    wired, lab, core, hostile
):
    genuine = lab.token({"aud": wired}, "core")
    ended = core("probe", hostile.url, "--without-token", "--forged", "--token", "env:T", T=genuine)
    mine = genuine.split(".")

    assert not set(mine) & {part for each in hostile.bearers for part in each.split(".")[1:]}
    assert None is cases(ended)["tampered"]["status"]


def test_a_redirect_is_not_followed_with_a_token(wired, lab, core, hostile):
    hostile.status, hostile.answer = 307, {"Location": lab.url("core")}
    audience = f"api://{wired}"
    core("probe", hostile.url, "--with-token", "--audience", audience)

    assert 1 == len(hostile.seen)
    assert not [each for each in lab.requests() if each["url"].startswith(lab.url("core"))]


def test_decode_token_asks_no_address_that_the_token_names(wired, lab, core, hostile):
    header = {"alg": "RS256", "kid": "a", "jku": hostile.url, "x5u": hostile.url}
    claims = {"aud": wired, "iss": f"{hostile.url}/{lab.tenant_id}/v2.0", "tid": lab.tenant_id}
    parts = (base64.urlsafe_b64encode(json.dumps(each).encode()) for each in (header, claims))
    token = ".".join(part.rstrip(b"=").decode() for part in parts) + ".c2ln"
    ended = core("decode-token", token, "--verify", "--tenant", lab.tenant_id, "--audience", wired)

    assert (1, False) == (ended.code, ended.document["verified"])
    assert [] == hostile.seen
