"""How the SDKs of ARM are made: their cloud, their credential, their waiter."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError
from requests.exceptions import ConnectionError as NoConnection
from urllib3 import Retry
from urllib3.exceptions import ProtocolError, ReadTimeoutError, SSLError

from miwire.azure.api_versions import Versions
from miwire.azure.bounded import ACCEPTED, MIB, Body
from miwire.azure.concurrency import with_deadline
from miwire.azure.error_mapping import fault, without_message
from miwire.azure.http import (
    drop_unreadable_waits,
    hint_for,
    refuse_redirect,
    unfinished,
    way_to,
)
from miwire.azure.proxies import proxy_for
from miwire.azure.shapes import readable, unreadable
from miwire.azure.trust import bundle
from miwire.errors import MiwireError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests import PreparedRequest, Response, Session

    from miwire.azure.waiter import Waiter

_CONNECT, _READ = 20, 100
"""Seconds. A PUT of an app was recorded to take 26 (FACTS 1.8); the SDK would wait for 300."""
_WHOLE = 200.0
"""Seconds of an exchange from the first byte to the last: a read timeout counts between bytes."""
_LARGEST = 16 * MIB
_AT_ONCE = 1 << 16
_LEAST_FAILURE = 400
_OF_RIGHTS = (401, 403)
ASKED = "miwire_asked"
"""The attribute of azure-core's errors that holds the URL that got no answer."""
IDEMPOTENT = frozenset({"HEAD", "GET", "PUT", "DELETE", "OPTIONS", "PATCH", "POST"})
"""What miwire may send twice: its PATCHes say what shall be, and its POSTs only read."""
_log = logging.getLogger(__name__)


class PacedTransport(RequestsTransport):  # type: ignore[misc]
    """
    The SDK's own transport with miwire's pauses, proxies, trust and bounds.

    An answer has at most *largest* bytes. *stopped* is the MiwireError that ended the last
    request, if one did: azure-identity makes another error of whatever is raised here.
    """

    def __init__(self, waiter: Waiter, largest: int = _LARGEST, whole: float = _WHOLE) -> None:
        # The session reads no variable: the adapter does, by one rule for all libraries.
        super().__init__(connection_timeout=_CONNECT, read_timeout=_READ, use_env_settings=False)
        self._waiter = waiter
        self._largest = largest
        self._whole = whole
        self.stopped: MiwireError | None = None
        self._count, self._counting = 0, Lock()
        self.versions = Versions()
        """What is known of the clouds' api-versions: one transport serves all clients."""

    @property
    def sent(self) -> int:
        """How many requests were sent, each try counted."""
        return self._count

    def _init_session(self, session: Session) -> None:
        super()._init_session(session)
        for scheme in self._protocols:
            session.mount(scheme, _Adapter(self._largest, self._whole))

    def send(self, request: Any, **options: Any) -> Any:  # noqa: ANN401  as azure-core has it
        """Send a request; raises Unreachable for a redirect, before the SDK could follow it."""
        with self._counting:
            self._count += 1
        try:
            response = super().send(request, **options)
            refuse_redirect(request.url, response.status_code)
        except MiwireError as error:
            self.stopped = error
            raise
        except AzureError as error:
            setattr(error, ASKED, request.url)
            raise
        return response

    def sleep(self, duration: float) -> None:
        """Let the seconds before a retry pass."""
        try:
            self._waiter.between_tries(duration)
        except MiwireError as error:
            self.stopped = error
            raise


class _Adapter(HTTPAdapter):
    """Sends a request by the environment's proxy, and reads the answer whole, within bounds."""

    def __init__(self, largest: int, seconds: float) -> None:
        super().__init__(max_retries=Retry(total=False, redirect=False, raise_on_status=False))
        self._largest = largest
        self._seconds = seconds

    def send(self, request: PreparedRequest, *_: Any, **options: Any) -> Response:  # noqa: ANN401
        """Send a request; raises Unreachable for an answer that is too large or never ends."""
        url = request.url or ""
        proxy, scheme = proxy_for(url), urlsplit(url).scheme
        options |= {
            "stream": True,
            "verify": bundle() if scheme == "https" else True,
            "proxies": {scheme: proxy.url} if proxy else {},
        }
        request.headers["Accept-Encoding"] = ACCEPTED
        try:
            return with_deadline(self._seconds, lambda: self._answered(request, options))
        except TimeoutError as error:
            raise unfinished(url, self._seconds) from error

    def _answered(self, request: PreparedRequest, options: dict[str, Any]) -> Response:
        response = super().send(request, **options)
        drop_unreadable_waits(response.headers)
        try:
            body = Body(
                request.url or "", response.headers.get("Content-Encoding", ""), self._largest
            )
            for chunk in response.raw.stream(_AT_ONCE, decode_content=False):
                body.add(chunk)
            # As requests keeps a body that it read itself.
            response._content, response._content_consumed = body.whole(), True  # noqa: SLF001
        except ProtocolError as error:
            raise ChunkedEncodingError(error) from error
        except (ReadTimeoutError, SSLError) as error:
            raise NoConnection(error) from error
        finally:
            if not response._content_consumed:  # noqa: SLF001
                response.close()
        return response


@contextmanager
def translated(doing: str, *, discreet: bool = False) -> Iterator[None]:
    """
    Turn azure-core's errors into MiwireErrors; *doing* completes "could not …".

    A *discreet* one repeats Azure's message for a missing right only: others may quote the request.
    The answer is read in it, too: what has other types than documented is told as such.
    """
    _log.info("ARM: %s", doing)
    try:
        with readable(doing):
            yield
    except HttpResponseError as error:
        if error.status_code and error.status_code < _LEAST_FAILURE:
            raise unreadable(doing) from error
        status, body = error.status_code or 0, _body(error)
        if discreet and status not in _OF_RIGHTS:
            body = without_message(body)
        raise fault(status, body, doing, of_graph=False) from error
    except AzureError as error:
        url, said = getattr(error, ASKED, ""), _first_line(error)
        raise Unreachable(
            f"Could not {doing}: no answer from Azure{way_to(url)} ({said}).",
            hint=hint_for(
                url, said, "Check the network connection and the endpoints of the cloud."
            ),
        ) from error


def _body(error: HttpResponseError) -> object:
    try:
        return json.loads(error.response.text()) if error.response is not None else None
    except (ValueError, RecursionError):
        return None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].strip().rstrip(".") if str(error) else type(error).__name__
