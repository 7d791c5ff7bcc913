"""Requests to an app as its callers make them."""

import socket
import threading
import time
from contextlib import suppress

import pytest

from miwire.cli.remedies import hint_of
from miwire.errors import Unreachable


def test_who_does_not_answer_in_time_is_asked_again_by_a_command_that_can_be_given_more(azure, lab):
    url = lab.url("integration")
    lab.faults({"rules": [{"service": "gate", "effect": {"hang": "before"}}]})
    with pytest.raises(Unreachable, match=r"within 0\.2 s") as silent:
        azure.web.send("GET", f"{url}/items", {}, 0.2)

    assert hint_of(silent.value).endswith(f"miwire probe {url} --timeout 0.4")
    assert not silent.value.lasting


HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"


class Scripted:
    """A plain server that sends one script of bytes and pauses to each client."""

    def __init__(self, *script):
        self._script = script
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        self.connections = 0
        self.received = b""
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self._socket.accept()
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, suppress(OSError):
            while received := client.recv(65536):
                self.received += received
                for step in self._script:
                    if isinstance(step, bytes):
                        client.sendall(step)
                    elif step is None:
                        return
                    else:
                        time.sleep(step)


@pytest.mark.parametrize(
    ("script", "beginning"),
    [
        ((b"HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\nbegin", None), "begin"),
        ((b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n", None), "begin"),
        ((b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", None), ""),
        ((b"HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\nbegin", 30.0), "begin"),
        ((b"HTTP/1.1 403 No\r\n\r\n", *(b"x", 0.05) * 100), "x"),
        (
            (
                HINTS,
                b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n",
            ),
            "",
        ),
        (
            (
                b"HTTP/1.1 403 No\r\nContent-Encoding: gzip\r\n",
                b"Content-Length: 3\r\n\r\n\x1f\x8b\x08",
            ),
            "",
        ),
    ],
    ids=["cut", "cut in chunks", "bad chunks", "silent", "dripping", "early hints", "packed"],
)
def test_the_status_counts_whatever_becomes_of_the_body(azure, script, beginning):
    began = time.monotonic()
    answer = azure.web.send("GET", Scripted(*script).url, {}, 1.0)

    assert 403 == answer.status
    assert answer.body.startswith(beginning)
    assert time.monotonic() - began < 2.5


@pytest.mark.parametrize(
    "piece",
    [b"HTTP/1.1 100 Continue\r\n\r\n", HINTS],
    ids=["100", "103"],
)
def test_hints_without_an_end_are_no_answer(azure, piece):
    endless = Scripted(*(piece, 0.02) * 1000)
    with pytest.raises(Unreachable, match=r"within 0\.5 s"):
        azure.web.send("GET", endless.url, {}, 0.5)


def test_one_connection_serves_several_requests(azure):
    server = Scripted(b"HTTP/1.1 401 No\r\nContent-Length: 5\r\n\r\nhello")
    for _ in range(3):
        assert 401 == azure.web.send("GET", server.url, {}, 5.0).status

    assert 1 == server.connections


def test_a_cookie_of_one_answer_is_not_sent_with_the_next_request(azure):
    server = Scripted(b"HTTP/1.1 401 No\r\nSet-Cookie: held=1; Path=/\r\nContent-Length: 0\r\n\r\n")
    for _ in range(2):
        azure.web.send("GET", server.url, {}, 5.0)

    assert 2 == server.received.count(b"GET / ")
    assert b"held" not in server.received
