"""The transports under the SDKs: how long an exchange may take, and what ends it."""

import asyncio
import socket
import threading
import time
from contextlib import suppress

import httpx
import pytest
from azure.core.rest import HttpRequest

from miwire.azure.arm import PacedTransport
from miwire.azure.http import RoutedAsync
from miwire.azure.waiter import Waiter
from miwire.errors import Unreachable

ENDLESS = {
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "dripping": (b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"x"),
    "dripping chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"1\r\nx\r\n",
    ),
}


@pytest.fixture(params=ENDLESS)
def slow(request):
    """The URL of a server that sends a little every now and then and never ends."""
    first, more = ENDLESS[request.param]
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        with suppress(OSError):
            client, _ = listening.accept()
            with client:
                client.recv(65536)
                client.sendall(first)
                while True:
                    client.sendall(more)
                    time.sleep(0.02)

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    listening.close()


def test_an_exchange_with_arm_that_never_ends_is_ended_and_kept(slow):
    began = time.monotonic()
    with (
        PacedTransport(Waiter(), whole=0.5) as transport,
        pytest.raises(Unreachable, match=r"did not complete its response within 0\.5 s") as ended,
    ):
        transport.send(HttpRequest("GET", slow))

    assert ended.value is transport.stopped
    assert time.monotonic() - began < 3


def test_an_exchange_with_graph_that_never_ends_is_ended(slow):
    async def ask():
        transport = RoutedAsync(1 << 20, seconds=0.5)
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            await client.get(slow)

    with pytest.raises(Unreachable, match=r"did not complete its response within 0\.5 s"):
        asyncio.run(ask())
