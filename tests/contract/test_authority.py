"""The issuers' metadata and keys: as the lab serves them, and as a hostile host might."""

import contextlib
import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from miwire.azure.oidc import Authority
from miwire.errors import BadRequest, NotFound, Unreachable
from miwire.model.cloud import PUBLISHED, Cloud
from miwire.tokens.access_token import AccessToken
from miwire.tokens.jws import Jws

TENANT = "0e3e2e88-8caf-41ca-b4da-e3b33b6c52ec"
WELL_KNOWN = "/.well-known/openid-configuration"
UNKNOWN_KID = Jws.parse("eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.e30.c2ln")
TIMEOUT = 0.7


@pytest.fixture
def cloud(lab, monkeypatch):
    """The lab as a cloud, its CA trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", lab.ca)
    file = lab.environment["MIWIRE_CLOUD"]
    return Cloud.of_document(json.loads(Path(file).read_text(encoding="utf-8")), file)


def asked(lab):
    return [request["url"].partition(lab.entra)[2] for request in lab.requests("entra")]


def test_the_issuers_of_a_cloud_file_are_read_from_its_two_discovery_documents(lab, cloud):
    issuers = Authority(cloud).issuers(lab.tenant_id)

    assert (f"{lab.entra}/{lab.tenant_id}/", f"{lab.entra}/{lab.tenant_id}/v2.0") == (
        issuers.v1,
        issuers.v2,
    )


def test_the_issuers_of_a_published_cloud_are_known_without_asking():
    issuers = Authority(PUBLISHED[0], seconds=0.0).issuers(TENANT)

    assert issuers.v1 == f"https://sts.windows.net/{TENANT}/"
    assert issuers.v2 == f"https://login.microsoftonline.com/{TENANT}/v2.0"


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_genuine_token_is_verified_with_the_keys_of_its_issuer(lab, cloud, version):
    token = AccessToken.parse(lab.token({"aud": "api://a", "ver": version}))

    assert version == token.version
    assert Authority(cloud).keys(token.issuer).flaw(token.jws) is None


def test_every_document_is_read_once(lab, cloud):
    authority = Authority(cloud)
    keys = authority.keys(authority.issuers(lab.tenant_id).v2)
    for _ in range(3):
        keys.flaw(AccessToken.parse(lab.token({"aud": "a", "ver": "2.0"})).jws)

    # The two are asked for at one time, and come in either order.
    documents = {f"/{lab.tenant_id}{WELL_KNOWN}", f"/{lab.tenant_id}/v2.0{WELL_KNOWN}"}
    assert documents == set(asked(lab)[:2])
    assert [f"/{lab.tenant_id}/discovery/v2.0/keys"] == asked(lab)[2:]


def test_the_keys_are_read_once_more_for_an_unknown_kid_and_never_again(lab, cloud):
    keys = Authority(cloud).keys(f"{lab.entra}/{lab.tenant_id}/v2.0")
    flaws = {keys.flaw(UNKNOWN_KID) for _ in range(3)}

    assert {f"no key of {lab.entra}/{lab.tenant_id}/v2.0 has the token's kid, a"} == flaws
    assert 3 == len(asked(lab))


def test_another_tenants_metadata_is_none_of_this_tenants(cloud):
    with pytest.raises(NotFound):
        Authority(cloud).issuers(TENANT)


class Host:
    """An https host of this process that answers what a test tells it to."""

    def __init__(self, port):
        self.url = f"https://localhost:{port}"
        self.answers = {}
        self.asked = []

    def serves(self, path, answer):
        """Answer a path with a JSON document, or by a function that gets the handler."""
        self.answers[path] = answer

    def publishes(self, issuer, jwks_uri):
        self.serves(f"/t{WELL_KNOWN}", {"issuer": issuer, "jwks_uri": jwks_uri})


def written(document, status=200, **headers):
    """An answer with a status, headers and a body."""

    def answer(handler):
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.fixture
def host(tmp_path, monkeypatch):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            known.asked.append(self.path)
            answer = known.answers.get(self.path, written({}, 404))
            with contextlib.suppress(OSError):
                (answer if callable(answer) else written(answer))(self)

        def log_message(self, *_):
            pass

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.socket = context.wrap_socket(server.socket, server_side=True)
        known = Host(server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield known
        server.shutdown()
        thread.join(10)


def flaw(host):
    return Authority(PUBLISHED[0], TIMEOUT).keys(f"{host.url}/t").flaw(UNKNOWN_KID)


def test_keys_may_be_published_elsewhere_over_https(host):
    host.publishes(f"{host.url}/t", f"{host.url}/keys")
    host.serves("/keys", {"keys": []})

    assert flaw(host) == f"no key of {host.url}/t has the token's kid, a"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        pytest.param({"issuer": "https://b", "jwks_uri": "https://b"}, "another", id="another's"),
        pytest.param({"issuer": "https://b"}, "has no issuer or no jwks_uri", id="no keys"),
        pytest.param([], "did not send a JSON object", id="a list"),
        pytest.param(written(b"<html>"), "did not send a JSON object", id="a page"),
        pytest.param(written({}, 500), "answered 500", id="a failure"),
        pytest.param(
            written({}, 302, Location="/other"), "redirects are not followed", id="a redirect"
        ),
    ],
)
def test_metadata_that_is_not_the_issuers_is_no_answer(host, document, said):
    host.serves(f"/t{WELL_KNOWN}", document)

    with pytest.raises(Unreachable, match=said):
        flaw(host)
    assert [f"/t{WELL_KNOWN}"] == host.asked


@pytest.mark.parametrize("scheme", ["http", "file", "HTTP"])
def test_keys_are_asked_for_over_https_only(host, scheme):
    host.publishes(f"{host.url}/t", host.url.replace("https", scheme) + "/keys")

    with pytest.raises(Unreachable, match="isn't https"):
        flaw(host)
    assert [f"/t{WELL_KNOWN}"] == host.asked


def one_byte_now_and_then(handler):
    handler.send_response(200)
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b" ")
        time.sleep(0.05)


def a_header_without_end(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for _ in range(200):
        handler.wfile.write(b"X: y\r\n")
        time.sleep(0.05)


def without_end(handler):
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b" " * 65_536)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(lambda _: time.sleep(2 * TIMEOUT), "did not answer", id="nothing"),
        pytest.param(one_byte_now_and_then, "did not answer", id="a byte now and then"),
        pytest.param(a_header_without_end, "did not answer", id="headers without end"),
        pytest.param(without_end, "more than 1 MiB", id="a body without end"),
        pytest.param(written(b" " * 10_000_000), "more than 1 MiB", id="10 MB"),
        pytest.param(lambda handler: handler.wfile.write(b"hello"), "reach", id="no HTTP"),
        pytest.param(lambda _: None, "reach", id="the connection closed"),
        pytest.param(written(b"{" * 100_000), "did not send a JSON object", id="no JSON"),
        pytest.param(written({"keys": {}}), "doesn't contain a key set", id="a key set"),
    ],
)
def test_a_host_of_keys_that_misbehaves_is_no_answer_in_time(host, answer, said):
    host.serves("/keys", answer)
    started = time.monotonic()

    with pytest.raises(Unreachable, match=said):
        Authority(PUBLISHED[0], TIMEOUT).keys_of(f"{host.url}/keys").flaw(UNKNOWN_KID)
    assert time.monotonic() - started < TIMEOUT + 1


def test_a_host_whose_certificate_nobody_vouches_for_is_no_answer(host, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")

    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        flaw(host)


@pytest.mark.parametrize(
    "address",
    ["http://login.example/keys", "http://localhost.example/keys", "file:///keys", "https://["],
)
def test_an_address_that_anybody_on_the_way_could_answer_for_is_refused(address):
    with pytest.raises(BadRequest, match="isn't an https address"):
        Authority(PUBLISHED[0]).keys_of(address)


def test_a_file_of_keys_has_to_be_there(tmp_path):
    with pytest.raises(NotFound, match="Couldn't read"):
        Authority(PUBLISHED[0]).keys_of(str(tmp_path / "keys.json"))


@pytest.mark.parametrize("content", ["", "hello", "[]", '{"keys": "a"}'])
def test_a_file_without_keys_is_refused(tmp_path, content):
    file = tmp_path / "keys.json"
    file.write_text(content, encoding="utf-8")

    with pytest.raises(BadRequest, match="doesn't contain a key set"):
        Authority(PUBLISHED[0]).keys_of(str(file))
