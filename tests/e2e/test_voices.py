"""Every known way to answer in an app's place, over real HTTP: who answered, and what it shows."""

import base64
import contextlib
import json
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

VOICES = Path(__file__).parents[1] / "voices"
CHALLENGE = (
    "HTTP/1.1 401 Unauthorized\r\n"
    'WWW-Authenticate: Bearer realm="{host}" '
    'authorization_uri="https://login.windows.net/11111111-2222-4333-8444-555555555555'
    '/oauth2/authorize" resource_id="aaaaaaaa-0000-4000-8000-000000000001"\r\n'
    "Content-Length: 0\r\n\r\n"
)


@dataclass(frozen=True)
class Voice:
    """One answer, one case, and what may be said of it."""

    name: str
    case: str
    response: dict
    expected: dict

    @property
    def id(self):
        return f"{self.name}: {self.case}"

    def sent(self, host):
        """The bytes of the answer."""
        response = self.response
        head = [
            f"HTTP/1.1 {response['status']}".replace("<none>", "").rstrip(),
            *response["headers"],
        ]
        lines = [line.replace("{host}", host) for line in head]
        early = ["HTTP/1.1 103 Early Hints", "Link: </a>", ""]
        if response.get("behaviour") == "103 Early Hints first":
            lines = [*early, *lines]
        return ("\r\n".join(lines) + "\r\n\r\n" + response["body"]).encode()


def voices():
    """The cases of both files."""
    for each in json.loads((VOICES / "voices.json").read_text("utf-8")):
        yield Voice(each["name"], each["case"], each["response"], each["expect"])
    for each in json.loads((VOICES / "more.json").read_text("utf-8")):
        for case, expected in each["expected"].items():
            yield Voice(each["name"], case, each["response"], expected)


KNOWN = tuple(voices())


class Impostor:
    """A server on loopback that answers each request with one voice."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.host = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.voice = None
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, contextlib.suppress(OSError):
            while head := _head(client):
                bare = b"authorization:" not in head.lower()
                if bare and self.voice.case == "with-token":
                    client.sendall(CHALLENGE.replace("{host}", self.host).encode())
                    continue
                client.sendall(self.voice.sent(self.host))
                if "each second" in self.voice.response.get("behaviour", ""):
                    for _ in range(60):
                        client.sendall(b"5\r\ndata:\r\n")
                        time.sleep(0.2)
                return

    def close(self):
        self._socket.close()


def _head(client):
    received = b""
    while b"\r\n\r\n" not in received:
        piece = client.recv(65536)
        if not piece:
            return b""
        received += piece
    return received


@pytest.fixture(scope="module")
def impostor():
    server = Impostor()
    yield server
    server.close()


def jwt():
    """A token of the right shape, for a request that nobody validates."""
    claims = {"aud": "api://x", "oid": "o", "iat": 1, "exp": 2}
    parts = (json.dumps(each).encode() for each in ({"alg": "RS256", "kid": "1"}, claims))
    head, body = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    return f"{head}.{body}.c2ln"


@pytest.fixture
def ask(alone, impostor):
    def asked(voice, *more):
        impostor.voice = voice
        flags = ("--without-token",)
        if voice.case == "with-token":
            flags = ("--with-token", "--token", "env:TOKEN")
        seconds = "1" if "each second" in voice.response.get("behaviour", "") else "20"
        url = f"http://{impostor.host}/"
        return alone("probe", url, *flags, "--timeout", seconds, *more, TOKEN=jwt())

    return asked


@pytest.mark.parametrize("voice", KNOWN, ids=lambda each: each.id)
def test_an_answer_is_attributed_to_nobody_but_who_gave_it(ask, voice):
    ended = ask(voice, "-o", "json")
    (case,) = ended.document["cases"]
    expected = voice.expected

    assert case["from"] in expected["from"], ended.out
    assert case["ok"] in expected["ok"], ended.out
    assert ended.code in expected["exit"], ended.out
    said = json.dumps(ended.document).lower()
    assert not [each for each in expected.get("says_not", ()) if each.lower() in said]
    assert [] == [each for each in expected.get("says", ()) if each.lower() not in said]
    if case["from"] == "network":
        assert case["speaker"]
        assert case["evidence"]
