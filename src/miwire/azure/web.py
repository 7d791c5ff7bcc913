"""Requests to the apps themselves, as their callers make them."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

import miwire
from miwire.azure.concurrency import with_deadline
from miwire.azure.http import hint_for, new_client, way_to
from miwire.errors import BadRequest, Unreachable
from miwire.probe.response import Answer
from miwire.remedy import Fix, Remedy

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_READ = 1 << 16
_HEADERS = "miwire_headers"
_ASKED = {
    # Some firewalls refuse the name of a library.
    "user-agent": f"miwire/{miwire.__version__}",
    # Unpacked, a small answer could become a large one.
    "accept-encoding": "identity",
}


@dataclass(slots=True)
class _Exchange:
    """What has come of an answer so far."""

    response: httpx.Response | None = None
    body: bytearray = field(default_factory=bytearray)
    ended: bool = False


class Web:
    """One client, so that one connection serves every case; redirects are never followed."""

    def __init__(self) -> None:
        self._client = new_client()
        # What one case is given must not decide another.
        self._client.cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        self._client.event_hooks = {"response": [_keep_headers]}

    def send(self, method: str, url: str, headers: Mapping[str, str], timeout: float) -> Answer:
        """
        Return the answer to one request; *timeout* is in seconds.

        The status counts once the headers are here. Of the body at most 64 KiB are read, as they
        come, while there is time: one that never ends or is cut off takes nothing away. Raises
        Unreachable where nobody answered, BadRequest where the request cannot be written.
        """
        started = time.monotonic()
        exchange = _Exchange()
        try:
            with_deadline(timeout, lambda: self._exchange(exchange, method, url, headers, timeout))
        except (
            httpx.InvalidURL,
            httpx.UnsupportedProtocol,
            httpx.LocalProtocolError,
            UnicodeError,  # a host that DNS cannot hold, or a character that no request can
        ) as error:
            raise BadRequest(
                f"Couldn't send a request to {url}: {_without_value(error)}.",
                fix=Fix(Remedy.CHECK_REQUEST),
            ) from error
        except (TimeoutError, httpx.HTTPError) as error:
            if exchange.response is None:
                raise _unanswered(url, timeout, error) from error
        response = exchange.response
        if response is None:  # the client neither answered nor said why
            raise Unreachable(f"{url} sent no response.")
        coded = response.headers.get("content-encoding", "identity") != "identity"
        body = bytes(exchange.body)
        return Answer(
            status=response.status_code,
            headers=response.extensions[_HEADERS],
            body="" if coded else body.decode("utf-8", "replace").lstrip("\ufeff"),
            elapsed_ms=round((time.monotonic() - started) * 1000),
            reason=response.extensions.get("reason_phrase", b"").decode("latin-1"),
            ended=exchange.ended and not coded,
        )

    def _exchange(
        self, exchange: _Exchange, method: str, url: str, headers: Mapping[str, str], timeout: float
    ) -> None:
        with self._client.stream(
            method, url, headers={**_ASKED, **headers}, timeout=timeout
        ) as response:
            exchange.response = response
            for chunk in response.iter_raw():
                exchange.body += chunk[: _MOST_READ - len(exchange.body)]
                if len(exchange.body) >= _MOST_READ:
                    return
            exchange.ended = True

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def _keep_headers(response: httpx.Response) -> None:
    """Keep the headers aside and hide Location from httpx, which fails at one that is no URL."""
    response.extensions[_HEADERS] = {n.lower(): value for n, value in response.headers.items()}
    response.headers.pop("location", None)


def _unanswered(url: str, timeout: float, error: Exception) -> Unreachable:
    way = way_to(url)
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return Unreachable(
            f"{url} did not answer within {timeout:g} s{way}.",
            hint=hint_for(url, ""),
            fix=Fix(Remedy.PROBE_LONGER, target=_host_of(url), name=f"{2 * timeout:g}"),
        )
    said = str(error) or type(error).__name__
    return Unreachable(
        f"Couldn't reach {url}{way}: {said}.",
        hint=hint_for(
            url,
            said,
            ("Check the address, the app's state, its network restrictions and its certificate."),
        ),
    )


def _host_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _without_value(error: Exception) -> str:
    """Return what is wrong with a request; h11 quotes the value, which may be a secret header's."""
    return re.split(r" b?['\"]", str(error), maxsplit=1)[0]
