"""From the gate to the program behind it: one plain HTTP request, passed on as it came."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import httpx
from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

_PLATFORM_TIMEOUT = 230.0
"""Seconds after which App Service's front end gives up on a program."""
_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"expect",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_BODILESS = frozenset({204, 304})

Headers = list[tuple[bytes, bytes]]


SOCKET = "unix:"
"""Begins the address of a program that listens on a path instead of a port."""


@lru_cache(maxsize=64)
def _client(path: str | None) -> httpx.AsyncClient:
    """
    Return the client for URLs, or for the socket at *path*; no connection of it is kept.

    Programs are on loopback only, so a certificate of one's own making says no less than another.
    """
    transport = httpx.AsyncHTTPTransport(
        verify=False,
        trust_env=False,
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=0),
        uds=path,
    )
    return httpx.AsyncClient(transport=transport, follow_redirects=False)


def end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return *headers* without those that were meant for this connection only."""
    kept = [(name.lower(), value) for name, value in headers]
    named = {
        option.strip().lower()
        for name, value in kept
        if name == b"connection"
        for option in value.split(b",")
    }
    return [(name, value) for name, value in kept if name not in _HOP_BY_HOP | named]


async def forward(request: Request, headers: Headers, address: str) -> Response:
    """
    Send *request* with *headers* to the program at *address* and return what it answers.

    *address* is a base URL, or the path of a socket after `unix:`.

    The path is passed on byte by byte, because the gate judged exactly those bytes. A program
    that does not answer makes App Service's 503, one that breaks off its 502.
    """
    raw_path: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    path = address.removeprefix(SOCKET) if address.startswith(SOCKET) else None
    outgoing = httpx.Request(
        request.method,
        address if path is None else "http://localhost",
        headers=[each for each in headers if each[0] != b"content-length"],
        content=await request.body(),
        extensions={
            "target": raw_path + (b"?" + query if query else b""),
            "timeout": httpx.Timeout(_PLATFORM_TIMEOUT).as_dict(),
        },
    )
    try:
        incoming = await _client(path).send(outgoing, stream=True)
    except httpx.ConnectError:
        return PlainTextResponse("Service Unavailable", 503)
    except httpx.TransportError:
        return PlainTextResponse("Bad Gateway", 502)
    try:
        body = b"".join([chunk async for chunk in incoming.aiter_raw()])
    except httpx.TransportError:
        return PlainTextResponse("Bad Gateway", 502)
    finally:
        await incoming.aclose()
    return _response(request.method, incoming, body)


def _response(method: str, incoming: httpx.Response, body: bytes) -> Response:
    response = Response(body, incoming.status_code)
    kept = [each for each in end_to_end(incoming.headers.raw) if each[0] != b"date"]
    if method != "HEAD" and incoming.status_code not in _BODILESS:
        kept = [each for each in kept if each[0] != b"content-length"]
        kept.append((b"content-length", str(len(body)).encode()))
    response.raw_headers = kept
    return response
