"""Connections as a request sees them: an application can close its own, and name its reason."""

from __future__ import annotations

import os
import ssl
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from miwire.lab.faults.answers import REASON

if TYPE_CHECKING:
    from asyncio import Transport
    from collections.abc import Iterator

    import trustme
    from starlette.types import Receive, Scope, Send

_EXTENSION = "miwire.transport"


class _Connection(h11.Connection):
    """A connection whose next response has *reason* for its phrase, unless that is empty."""

    reason = ""

    def send_with_data_passthrough(self, event: h11.Event) -> list[bytes] | None:
        """Send *event*, which `send` calls too."""
        if self.reason and isinstance(event, h11.Response):
            event = h11.Response(
                status_code=event.status_code,
                headers=event.headers.raw_items(),
                reason=self.reason,
            )
            self.reason = ""
        return super().send_with_data_passthrough(event)


class Protocol(H11Protocol):
    """
    HTTP as uvicorn speaks it, with two extensions of each scope.

    One is the transport, the other takes the reason phrase of the response: uvicorn sends the one
    that belongs to the status.
    """

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Wrap the application for this one connection."""
        super().connection_made(transport)
        connection = _Connection(h11.SERVER)
        self.conn = connection
        lead = self.app

        def say(reason: str) -> None:
            connection.reason = reason

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {}).update({_EXTENSION: transport, REASON: say})
            await lead(scope, receive, send)

        self.app = app


def transport_of(scope: Scope) -> Transport:
    """Return the connection on which a request came."""
    transport: Transport = scope["extensions"][_EXTENSION]
    return transport


async def closing(scope: Scope, receive: Receive) -> None:
    """
    Close the connection of a request at once, and return when it is closed.

    The server would complain in its log of an application that answers nothing before that.
    """
    transport_of(scope).abort()
    while (await receive())["type"] != "http.disconnect":
        pass


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """
    Return a server's context that presents *certificate*.

    OpenSSL's Python face reads keys from files only, and trustme's own `configure_cert` makes a
    temporary one. A pipe has a path, too, and is not on any disk.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    chain = b"".join(each.bytes() for each in certificate.cert_chain_pems)
    with ExitStack() as pipes:
        context.load_cert_chain(
            pipes.enter_context(_piped(chain)),
            pipes.enter_context(_piped(certificate.private_key_pem.bytes())),
        )
    return context


@contextmanager
def _piped(content: bytes) -> Iterator[str]:
    """Yield a path from which *content* (less than a pipe holds) can be read once."""
    outlet, inlet = os.pipe()
    try:
        with os.fdopen(inlet, "wb") as file:
            file.write(content)
        yield f"/dev/fd/{outlet}"
    finally:
        os.close(outlet)
