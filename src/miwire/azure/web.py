"""Requests to the apps themselves, as their callers make them."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from miwire.azure.deadline import within
from miwire.azure.http_client import new_client
from miwire.domain.answer import Answer
from miwire.domain.shell_words import sh
from miwire.errors import BadRequest, Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEPT = 4096
_MOST_READ = 1 << 20


class Web:
    """One client, so that one connection serves every case; redirects are never followed."""

    def __init__(self) -> None:
        self._client = new_client()

    def send(self, method: str, url: str, headers: Mapping[str, str], timeout: float) -> Answer:
        """
        Return the answer to one request; *timeout* is in seconds.

        Raises Unreachable where nobody answered, BadRequest where the request cannot be written.
        """
        started = time.monotonic()
        try:
            response, body = within(timeout, lambda: self._answered(method, url, headers, timeout))
        except (
            httpx.InvalidURL,
            httpx.UnsupportedProtocol,
            httpx.LocalProtocolError,
            UnicodeError,  # a host that DNS cannot hold, or a character that no request can
        ) as error:
            raise BadRequest(
                f"{url} cannot be asked: {_without_value(error)}.",
                hint="Check the URL, --method and --header.",
            ) from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Unreachable(
                f"{url} did not answer within {timeout:g} s.",
                hint="See whether it is starting still, and ask again with more time: "
                f"miwire probe {sh(_host_of(url))} --timeout {2 * timeout:g}",
            ) from error
        except httpx.HTTPError as error:
            raise Unreachable(
                f"{url} could not be reached: {error}.",
                hint="Check the address, the app's state, its network and its certificate.",
            ) from error
        return Answer(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            beginning=body[:_KEPT].decode("utf-8", "replace"),
            elapsed_ms=round((time.monotonic() - started) * 1000),
        )

    def _answered(
        self, method: str, url: str, headers: Mapping[str, str], timeout: float
    ) -> tuple[httpx.Response, bytes]:
        with self._client.stream(method, url, headers=headers, timeout=timeout) as response:
            return response, _read(response)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def _host_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _without_value(error: Exception) -> str:
    """Return what is wrong with a request; h11 quotes the value, which may be a secret header's."""
    return re.split(r" b?['\"]", str(error), maxsplit=1)[0]


def _read(response: httpx.Response) -> bytes:
    """Read the body, so that the connection can be used again, but not an endless one."""
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > _MOST_READ:
            break
    return body
