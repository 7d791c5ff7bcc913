"""HTTP without an SDK: apps, an issuer's keys, and what it means that nobody answers."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from miwire.azure.bounded import ACCEPTED, Body
from miwire.azure.proxies import proxy_for
from miwire.azure.trust import trusted
from miwire.errors import Unreachable
from miwire.timestamps import retry_after

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from miwire.azure.proxies import Proxy

_SECONDS = 200.0
"""For an exchange with Microsoft Graph, from the first byte to the last."""
_WAITS = ("Retry-After", "retry-after-ms", "x-ms-retry-after-ms")
_CERTIFICATE = re.compile(
    r"certificate[ _]verify[ _]failed|self[- ]signed certificate", re.IGNORECASE
)
_SIGNED_ELSEWHERE = (
    "If a proxy or your company signs the certificates, set SSL_CERT_FILE and REQUESTS_CA_BUNDLE "
    "to a file that holds its authority."
)


class Routed(httpx.BaseTransport):
    """Sends each request through the proxy that the environment names for it, or directly."""

    def __init__(self) -> None:
        self._ways: dict[Proxy | None, httpx.HTTPTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raises what `proxy_for` and `trusted` raise."""
        proxy = proxy_for(str(request.url))
        way = self._ways.get(proxy)
        if way is None:
            way = httpx.HTTPTransport(verify=trusted(), proxy=_proxy(proxy))
            self._ways[proxy] = way
        return way.handle_request(request)

    def close(self) -> None:
        """Close all connections."""
        for way in self._ways.values():
            way.close()


class RoutedAsync(httpx.AsyncBaseTransport):
    """
    The same for msgraph-sdk, whose answers come whole, decoded and of at most *largest* bytes.

    httpx unpacks without a limit, so that an answer of a kilobyte could fill the memory.
    """

    def __init__(self, largest: int, seconds: float = _SECONDS) -> None:
        self._largest = largest
        self._seconds = seconds
        self._ways: dict[Proxy | None, httpx.AsyncHTTPTransport] = {}
        self.sent = 0
        """How many requests were sent, each try counted."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raises Unreachable for a redirect, and for an answer without bounds."""
        proxy = proxy_for(str(request.url))
        way = self._ways.get(proxy)
        if way is None:
            way = httpx.AsyncHTTPTransport(http2=True, verify=trusted(), proxy=_proxy(proxy))
            self._ways[proxy] = way
        request.headers["Accept-Encoding"] = ACCEPTED
        self.sent += 1
        try:
            async with asyncio.timeout(self._seconds):
                response = await self._whole(await way.handle_async_request(request), request)
        except TimeoutError as error:
            raise unfinished(str(request.url), self._seconds) from error
        refuse_redirect(str(request.url), response.status_code)
        drop_unreadable_waits(response.headers)
        return response

    async def _whole(self, response: httpx.Response, request: httpx.Request) -> httpx.Response:
        try:
            coding = response.headers.get("Content-Encoding", "")
            body = Body(str(request.url), coding, self._largest)
            async for chunk in response.aiter_raw():
                body.add(chunk)
            content = body.whole()
        finally:
            await response.aclose()
        for name in ("Content-Encoding", "Content-Length", "Transfer-Encoding"):
            response.headers.pop(name, None)
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            content=content,
            extensions=response.extensions,
            request=request,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        for way in self._ways.values():
            await way.aclose()


def new_client(seconds: float | None = None) -> httpx.Client:
    """Return a client that follows no redirect; *seconds* is its timeout between bytes."""
    # What is in the environment is read here, by one rule for all libraries.
    return httpx.Client(
        follow_redirects=False, transport=Routed(), timeout=seconds, trust_env=False
    )


def unfinished(url: str, seconds: float) -> Unreachable:
    """Return the error of an exchange that took longer than any that Azure is known for."""
    return Unreachable(
        f"{urlsplit(url).netloc} did not complete its response within {seconds:g} s.",
        hint="Check the network connection and try again.",
    )


def refuse_redirect(url: str, status: int) -> None:
    """
    Raise Unreachable for a redirect.

    The SDKs would send the request again, with its body, to the host that the answer names. A body
    may hold every app setting of an app.
    """
    if 300 <= status < 400:  # noqa: PLR2004
        raise Unreachable(
            f"{urlsplit(url).netloc} answered with a redirect ({status}), which miwire doesn't "
            "follow.",
            hint="Check the addresses of the cloud, and whether a proxy answers in its place.",
        )


def drop_unreadable_waits(headers: MutableMapping[str, str]) -> None:
    """Remove headers that say when to try again in a way that the SDKs fail at."""
    for name in _WAITS:
        said = headers.get(name)
        if said is not None and retry_after(said, time.time()) is None:
            del headers[name]


def _proxy(proxy: Proxy | None) -> httpx.Proxy | None:
    if proxy is None:
        return None
    return httpx.Proxy(proxy.url, ssl_context=trusted() if proxy.scheme == "https" else None)


def way_to(url: str) -> str:
    """Return the proxy on the way to *url* as a part of a sentence; nothing for a direct way."""
    proxy = proxy_for(url)
    return f" through the proxy {proxy} ({proxy.variable})" if proxy else ""


def hint_for(url: str, said: str, otherwise: str | None = None) -> str | None:
    """Return what helps; *said* is the library's reason, *otherwise* the hint for the rest."""
    if _CERTIFICATE.search(said):
        return _SIGNED_ELSEWHERE
    proxy = proxy_for(url)
    if proxy is not None:
        return f"Check {proxy.variable}. Add hosts that need no proxy to NO_PROXY."
    return otherwise
