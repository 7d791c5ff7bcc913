"""The lab under a name that only a proxy can resolve, and what the proxy may never see."""

import base64
import json
import os
import selectors
import socket
import ssl
import threading
from contextlib import contextmanager, suppress

import httpx
import pytest

from miwire.lab import launcher

HOST = "azure.lab.test"


class ConnectProxy:
    """Resolves *names* to loopback, and nothing else; *seen* holds all that it could read."""

    def __init__(self, *names, credentials="", refuses=""):
        self.seen = []
        self._names = names
        self._wanted = base64.b64encode(credentials.encode())
        self._refuses = refuses.encode()
        self._socket = socket.create_server(("127.0.0.1", 0))
        port = self._socket.getsockname()[1]
        self.shown = f"http://127.0.0.1:{port}"
        self.url = f"http://{credentials}@127.0.0.1:{port}" if credentials else self.shown
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def heads(self):
        """The first line of each request."""
        return [head.split(b"\r\n")[0].decode() for head in self.seen]

    def close(self):
        self._socket.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                received = client.recv(4096)
                if not received:
                    return
                head += received
            self.seen.append(head)
            method, target, _ = head.split(b"\r\n")[0].split(b" ")
            host, _, port = target.decode().rpartition(":")
            refusal = self._refuses
            if self._wanted not in head:
                refusal = b"407 Proxy Authentication Required"
            elif method != b"CONNECT" or host not in self._names:
                refusal = refusal or b"502 Bad Gateway"
            if refusal:
                client.sendall(b"HTTP/1.1 " + refusal + b"\r\nContent-Length: 0\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", int(port))) as upstream:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                pass_on(client, upstream)


def pass_on(one, other):
    """Copy bytes both ways until one side ends."""
    with selectors.DefaultSelector() as either:
        either.register(one, selectors.EVENT_READ, other)
        either.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in either.select():
                received = key.fileobj.recv(1 << 16)
                if not received:
                    return
                key.data.sendall(received)


@contextmanager
def proxying(*names, **options):
    proxy = ConnectProxy(*names, **options)
    try:
        yield proxy
    finally:
        proxy.close()


@pytest.fixture(scope="module")
def _far(tmp_path_factory):
    state_dir = tmp_path_factory.mktemp("far") / "state"
    info, _ = launcher.start(state_dir, host=HOST, scene="story")
    yield info
    launcher.stop(state_dir)


@pytest.fixture
def far(_far):
    """A lab whose name resolves nowhere on this machine, at the start of the story."""
    launcher.reset(_far, "story")
    return _far


@pytest.fixture
def proxy():
    with proxying(HOST) as running:
        yield running


@pytest.fixture
def behind(far, proxy, shell):
    """Return a function that runs miwire where only the proxy leads out."""

    def run(*arguments, **variables):
        ways = {"HTTPS_PROXY": proxy.url, "NO_PROXY": None, "no_proxy": None}
        return shell(*arguments, **{**launcher.operator_environment(far), **ways, **variables})

    return run


def secrets_of(lab):
    environment = launcher.operator_environment(lab)
    core = launcher.site_environment(lab, "core", os.environ)
    return [each["IDENTITY_HEADER"] for each in (environment, core) if "IDENTITY_HEADER" in each]


def url_of(lab, name):
    return next(site["url"] for site in launcher.status(lab)["sites"] if site["name"] == name)


def test_a_lab_under_a_name_has_it_in_all_of_its_addresses(far, proxy):
    cloud = json.loads((far.state_dir / "cloud.json").read_text())
    context = ssl.create_default_context(cafile=str(far.state_dir / "ca.pem"))
    with httpx.Client(verify=context, proxy=proxy.url, trust_env=False) as client:
        entra = cloud["endpoints"]["activeDirectory"]
        metadata = client.get(
            f"{entra}/{far.tenant_id}/v2.0/.well-known/openid-configuration"
        ).json()
    addresses = [
        *(value for value in cloud["endpoints"].values() if value),
        *(far.services[name] for name in ("arm", "graph", "entra")),
        *(site["url"] for site in launcher.status(far)["sites"]),
        metadata["issuer"],
        metadata["jwks_uri"],
    ]

    assert all(each.startswith(f"https://{HOST}:") for each in addresses), addresses
    assert far.services["identityEndpoint"].startswith("http://127.0.0.1:")


def test_the_name_is_nowhere_to_be_resolved_but_at_the_proxy():
    with pytest.raises(OSError, match=r"."):
        socket.getaddrinfo(HOST, 443)


@pytest.mark.usefixtures("brief_pauses")
def test_without_the_proxy_nothing_is_reached(behind, far):
    ended = behind("connect", "core", "integration", "--dry-run", HTTPS_PROXY=None)

    assert ended.code == 6
    assert "Traceback" not in ended.err
    assert url_of(far, "integration").startswith(f"https://{HOST}")


def test_all_commands_work_where_the_proxy_is_the_only_way(behind, far, proxy):
    connected = behind("connect", "core", "integration", "--yes", "-o", "json")
    assert connected.code == 0, connected.err

    probed = behind("probe", "integration", "--without-token", "-o", "json")
    assert probed.code == 0, probed.err
    assert [401] == [case["status"] for case in probed.document["cases"]]

    token = launcher.minted(far, "core", {"aud": "api://somebody"})
    verified = behind(
        "decode-token",
        "--verify",
        "--audience",
        "api://somebody",
        "--tenant",
        far.tenant_id,
        stdin=token,
    )
    assert verified.code == 0, verified.out + verified.err

    undone = behind("undo", "--yes", "-o", "json")
    assert undone.code == 0, undone.err
    assert {
        f"{HOST}:{far.services[name].rpartition(':')[2]}"
        for name in far.services
        if name != "identityEndpoint"
    } <= {head.split()[1] for head in proxy.heads}


@pytest.mark.parametrize(
    "names",
    [
        ("HTTPS_PROXY",),
        ("HTTPS_PROXY", "HTTP_PROXY"),
        ("HTTPS_PROXY", "http_proxy"),
        ("ALL_PROXY",),
        ("all_proxy", "HTTP_PROXY"),
    ],
)
def test_the_secret_of_the_identity_endpoint_is_seen_nowhere(behind, far, proxy, names):
    ways = {"HTTPS_PROXY": None, **dict.fromkeys(names, proxy.url)}
    ended = behind("connect", "core", "integration", "--dry-run", **ways)

    assert ended.code == 0, ended.err
    assert proxy.seen
    assert all(head.startswith(f"CONNECT {HOST}:") for head in proxy.heads)
    assert not [secret for secret in secrets_of(far) if secret.encode() in b"".join(proxy.seen)]


def test_inside_an_app_the_secret_stays_on_the_machine_too(behind, far, proxy, shell):
    assert behind("enable-identity", "core").code == 0
    proxy.seen.clear()
    inside = launcher.site_environment(far, "core", os.environ)
    ways = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), proxy.url)
    ended = shell(
        "probe",
        url_of(far, "integration"),
        "--with-token",
        "--audience",
        far.services["arm"],
        **{**inside, **ways, "NO_PROXY": None, "no_proxy": None},
    )

    assert ended.code == 0, ended.err
    assert {f"CONNECT {url_of(far, 'integration').removeprefix('https://')} HTTP/1.1"} == set(
        proxy.heads
    )


@pytest.mark.usefixtures("brief_pauses")
def test_a_proxy_that_wants_credentials_gets_them_and_they_are_shown_nowhere(behind):
    with proxying(HOST, credentials="user:pass-w0rd") as closed:
        ended = behind(
            "connect", "core", "integration", "--dry-run", "--debug", HTTPS_PROXY=closed.url
        )
        wrong = behind(
            "connect",
            "core",
            "integration",
            "--dry-run",
            "--debug",
            HTTPS_PROXY=closed.url.replace("w0rd", "wrong"),
        )

    assert ended.code == 0, ended.err
    assert wrong.code == 6, wrong.err
    assert f"through the proxy {closed.shown} (HTTPS_PROXY)" in wrong.err
    assert "pass-w" not in ended.out + ended.err + wrong.out + wrong.err


@pytest.mark.usefixtures("brief_pauses")
@pytest.mark.parametrize(
    "command",
    [
        ("connect", "core", "integration", "--dry-run"),
        ("probe", f"https://{HOST}:1/", "--without-token"),
    ],
    ids=["connect", "probe"],
)
@pytest.mark.parametrize("refusal", ["", "403 Forbidden", "407 Proxy Authentication Required"])
def test_a_proxy_that_fails_is_named(behind, command, refusal):
    with proxying(refuses=refusal) as closed:
        if not refusal:
            closed.close()
        ended = behind(*command, HTTPS_PROXY=closed.url)

    assert ended.code == 6, ended.err
    assert f"through the proxy {closed.shown} (HTTPS_PROXY)" in ended.err
    assert "hint: Check HTTPS_PROXY. Add hosts that need no proxy to NO_PROXY." in ended.err


def test_a_host_that_no_proxy_names_is_reached_directly(behind, proxy):
    ended = behind("probe", f"https://{HOST}:1/", "--without-token", NO_PROXY=".lab.test,[::1]")

    assert ended.code == 6
    assert not proxy.seen


@pytest.mark.parametrize("name", ["a b", "-a", "https://x", "127.0.0.1", "", "x" * 64, "a..b"])
def test_a_lab_takes_no_name_that_is_none(shell, tmp_path, name):
    ended = shell("lab", "up", "--host", name, "--state-dir", str(tmp_path / "lab"))

    assert (2, False) == (ended.code, (tmp_path / "lab").exists()), ended.err


def test_a_running_lab_keeps_its_host(far, shell):
    same = shell("lab", "up", "--host", HOST.upper(), "--state-dir", str(far.state_dir))
    other = shell("lab", "up", "--host", "other.test", "--state-dir", str(far.state_dir))

    assert same.code == 0, same.err
    assert other.code == 2
    assert HOST in other.err
