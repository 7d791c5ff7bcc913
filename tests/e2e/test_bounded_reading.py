"""Answers that are made to fill the memory or never to end, at each place that miwire asks."""

import gzip
import json
import socket
import ssl
import threading
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme

from miwire.lab import launcher

MIB = 1 << 20
ALLOWED = 28 * MIB  # 32 are promised; other machines differ a little
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the kernel tells no peak of memory here"
)


@cache
def bomb(layers):
    """A body of a gigabyte, or of half of one, packed once or twice."""
    packed = gzip.compress(bytes(512 * MIB), 9)
    return packed if layers == 1 else gzip.compress(packed, 9)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PACKED = HEAD + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n"
ENDLESS = {
    "endless body": (HEAD + b"\r\n", b" " * 65536),
    "endless chunks": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
        b"10000\r\n" + b" " * 65536 + b"\r\n",
    ),
    "endless headers": (HEAD, b"X-More: " + b"x" * 60_000 + b"\r\n"),
    "endless small headers": (HEAD, b"X-More: x\r\n" * 1000),
    "endless first line": (b"HTTP/1.1 200 ", b"O" * 65536),
}


def answer(kind):
    """Return the bytes of an answer: a beginning, and what follows it without an end."""
    match kind:
        case "small":
            return HEAD + b"Content-Length: 2\r\n\r\n{}", b""
        case "bomb":
            return PACKED % (b"gzip", len(bomb(1))) + bomb(1), b""
        case "bomb in a bomb":
            return PACKED % (b"gzip, gzip", len(bomb(2))) + bomb(2), b""
    return ENDLESS[kind]


class Hostile:
    """Answers every request in the same way, over TLS and in plain text; *seen* are the heads."""

    def __init__(self, context):
        self.kind = "small"
        self.seen = []
        self.ports = []
        for tls in (context, None):
            listening = socket.create_server(("127.0.0.1", 0))
            self.ports.append(listening.getsockname()[1])
            threading.Thread(target=self._accept, args=(listening, tls), daemon=True).start()

    @property
    def url(self):
        return f"https://localhost:{self.ports[0]}"

    @property
    def plain_url(self):
        return f"http://127.0.0.1:{self.ports[1]}"

    def _accept(self, listening, tls):
        while True:
            client, _ = listening.accept()
            threading.Thread(target=self._serve, args=(client, tls), daemon=True).start()

    def _serve(self, client, tls):
        with client, suppress(OSError):
            stream = tls.wrap_socket(client, server_side=True) if tls else client
            with stream:
                head = b""
                while b"\r\n\r\n" not in head:
                    received = stream.recv(65536)
                    if not received:
                        return
                    head += received
                self.seen.append(head)
                beginning, more = answer(self.kind)
                stream.sendall(beginning)
                while more:
                    stream.sendall(more)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def hostile(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return Hostile(context)


class IdentityEndpoint:
    """Gives the lab's tokens for its services, and a token of its tenant for anything else."""

    def __init__(self, lab):
        self._lab = lab
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/msi/token"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self._socket.accept()
            with client, suppress(OSError):
                line = client.recv(65536).split(b"\r\n")[0].decode()
                resource = parse_qs(urlsplit(line.split()[1]).query)["resource"][0]
                if resource.rstrip("/") in self._lab.info.services.values():
                    token = self._lab.operator_token(resource)
                else:
                    token = self._lab.token({"aud": resource})
                body = json.dumps(
                    {
                        "access_token": token,
                        "expires_on": str(int(time.time()) + 3600),
                        "resource": resource,
                        "token_type": "Bearer",
                    }
                ).encode()
                client.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
                )


@pytest.fixture
def place(lab, hostile, authority, shell, tmp_path):
    """Return a function that gives command and environment for asking a place that is hostile."""
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes(authority.cert_pem.bytes() + Path(lab.ca).read_bytes())
    cloud = json.loads(Path(lab.environment["MIWIRE_CLOUD"]).read_text())
    connect = ("connect", "core", "integration", "--dry-run")

    def asking(name):
        environment = {
            **shell.environment,
            **launcher.operator_environment(lab.info),
            "SSL_CERT_FILE": str(bundle),
            "REQUESTS_CA_BUNDLE": str(bundle),
            "IDENTITY_ENDPOINT": IdentityEndpoint(lab).url,
        }
        command, stdin = connect, ""
        endpoints = dict(cloud["endpoints"])
        match name:
            case "ARM":
                endpoints["resourceManager"] = endpoints["activeDirectoryResourceId"] = hostile.url
            case "Graph":
                endpoints["microsoftGraphResourceId"] = hostile.url
            case "Entra ID":
                endpoints["activeDirectory"] = hostile.url
                command = ("decode-token", "--verify", "--audience", "x", "--tenant", lab.tenant_id)
                stdin = lab.token({"aud": "x"})
            case "token endpoint":
                endpoints["activeDirectory"] = hostile.url
                environment |= {
                    "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential",
                    "AZURE_CLIENT_ID": lab.environment["MIWIRE_LAB_CLIENT_ID"],
                    "AZURE_CLIENT_SECRET": "secret",
                }
            case "identity endpoint":
                environment["IDENTITY_ENDPOINT"] = f"{hostile.plain_url}/msi/token"
            case "target":
                command = ("probe", f"{hostile.url}/", "--without-token", "--timeout", "4")
        file = tmp_path / "cloud.json"
        file.write_text(json.dumps({**cloud, "endpoints": endpoints}))
        return command, stdin, {**environment, "MIWIRE_CLOUD": str(file)}

    return asking


@pytest.fixture
def ran(warm_miwire, brief_pauses):  # noqa: ARG001  a broken answer is asked for again
    """Return a function that runs miwire and tells exit code, texts, peak in bytes and seconds."""

    def run(command, stdin, environment):
        began = time.monotonic()
        ended = warm_miwire.run(command, environment, stdin)
        return ended.code, ended.out + ended.err, ended.peak, time.monotonic() - began

    return run


SERVICES = ["ARM", "Graph", "Entra ID", "token endpoint", "identity endpoint"]
KINDS = ["bomb", "bomb in a bomb", *ENDLESS]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_answers_without_bounds_costs_little_and_is_told(place, hostile, ran, name):
    asking = place(name)
    hostile.kind, hostile.seen[:] = "small", []
    _, said, least, _ = ran(*asking)
    assert hostile.seen, said

    for kind in KINDS:
        hostile.kind = kind
        code, said, peak, seconds = ran(*asking)
        told = (
            f"{name}, {kind}: exit {code}, {(peak - least) / MIB:.0f} MiB, {seconds:.0f} s: {said}"
        )

        assert 6 == code, told
        assert peak - least < ALLOWED, told
        assert seconds < 60, told


@pytest.mark.parametrize("kind", KINDS)
def test_a_target_that_answers_without_bounds_costs_little_and_keeps_its_status(
    place, hostile, ran, kind
):
    asking = place("target")
    hostile.kind = "small"
    code, _, least, _ = ran(*asking)
    assert 1 == code

    hostile.kind = kind
    code, said, peak, seconds = ran(*asking)

    assert (6 if "header" in kind or "line" in kind else 1) == code, said
    assert ("200" in said) == (code == 1)
    assert peak - least < ALLOWED
    assert seconds < 30


def test_probe_asks_for_what_is_not_packed_under_its_own_name(place, hostile, ran):
    command, stdin, environment = place("target")
    hostile.kind, hostile.seen[:] = "small", []
    ran((*command, "--header", "User-Agent: Mozilla/5.0"), stdin, environment)
    ran(command, stdin, environment)
    first, second = (head.lower() for head in hostile.seen)

    assert b"\r\naccept-encoding: identity\r\n" in first
    assert b"\r\nuser-agent: mozilla/5.0\r\n" in first
    assert b"\r\nuser-agent: miwire/" in second
    assert 1 == first.count(b"user-agent")
