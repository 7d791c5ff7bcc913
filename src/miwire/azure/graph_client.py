"""
msgraph-sdk, made synchronous and kept fast.

The SDK's request builders, authentication and retries are used, its typed responses are not: the
first of them imports 1 200 modules and takes two seconds. The native response handler hands over
the HTTP response instead. Kiota is async only, and a client does not survive its event loop, so
one Runner holds the loop for as long as the session lives.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import httpx
from kiota_abstractions.api_error import APIError
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.method import Method
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_abstractions.request_information import RequestInformation
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from kiota_http.kiota_client_factory import KiotaClientFactory
from kiota_http.middleware import RedirectHandler, RetryHandler
from kiota_http.middleware.options import ResponseHandlerOption, RetryHandlerOption
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory

from miwire.azure.bounded import MIB
from miwire.azure.error_mapping import fault
from miwire.azure.graph_json import request_body
from miwire.azure.http import RoutedAsync, hint_for, way_to
from miwire.azure.shapes import UNREADABLE, entries, members, readable, unreadable
from miwire.errors import Unreachable
from miwire.timestamps import retry_after

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from azure.core.credentials import TokenCredential

    from miwire.azure.context import Context
    from miwire.azure.waiter import Waiter

_log = logging.getLogger(__name__)
_LARGEST = 16 * MIB
_GRAPH = "Microsoft Graph"
_PASSING = {429, 500, 502, 503, 504}
_PAUSES = (1.0, 4.0, 16.0)
"""Seconds before a part of a batch is asked for again, where it says nothing else."""
_ATTEMPT = "Retry-Attempt"
_TRIES = 3
_LARGEST_BATCH = 20
"""Requests that Graph takes in one `$batch`."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What Graph answered, to a request of its own or inside a batch."""

    status: int
    body: Any
    retry_after: float = 0.0
    """Seconds after which it may be asked again, where it says so."""

    @property
    def ok(self) -> bool:
        """Whether it did what was asked."""
        return self.status < httpx.codes.BAD_REQUEST


class GraphSession:
    """One connection to Microsoft Graph; close it."""

    def __init__(self, context: Context) -> None:
        self._cloud = context.cloud
        self._runner = asyncio.Runner()
        # Made here so that it can be closed: kiota's client forgets the transport under its own.
        self._transport = RoutedAsync(_LARGEST)
        base_url = f"{context.cloud.graph}/v1.0"
        http = httpx.AsyncClient(
            transport=self._transport, base_url=base_url, timeout=100, trust_env=False
        )
        middleware = [
            PacedRetries(context.waiter) if isinstance(each, RetryHandler) else each
            for each in KiotaClientFactory.get_default_middleware(None)
            if not isinstance(each, RedirectHandler)
        ]
        self._waiter = context.waiter
        self._http = GraphClientFactory.create_with_custom_middleware(middleware, client=http)
        provider = AzureIdentityAuthenticationProvider(
            cast("TokenCredential", context.credential),
            scopes=[context.cloud.graph_scope],
            allowed_hosts=[urlsplit(context.cloud.graph).hostname or ""],
        )
        self._adapter = GraphRequestAdapter(provider, self._http)
        self._adapter.base_url = base_url
        self.client = GraphServiceClient(request_adapter=self._adapter)

    @property
    def sent(self) -> int:
        """How many requests were sent; a batch is one."""
        return self._transport.sent

    def send(self, call: Awaitable[Any], doing: str) -> Reply:
        """Wait for one call of a request builder; *doing* completes "could not …"."""
        response = self._run(call, doing)
        return Reply(response.status_code, _json(response, doing))

    def get_all(self, paths: list[str], doing: str) -> list[Reply]:
        """
        Read several paths below /v1.0 by `$batch`, twenty at a time, in their order.

        A part that fails does not fail the others: each reply has a status of its own. Parts that
        were throttled are asked for again by themselves (FACTS 2.6).
        """
        replies = self._batch(paths, doing)
        for pause in _PAUSES:
            throttled = [n for n, reply in enumerate(replies) if reply.status in _PASSING]
            if not throttled:
                break
            asked = max(replies[n].retry_after for n in throttled)
            self._waiter.between_tries(asked or pause)
            again = self._batch([paths[n] for n in throttled], doing)
            for n, reply in zip(throttled, again, strict=True):
                replies[n] = reply
        return replies

    def _batch(self, paths: list[str], doing: str) -> list[Reply]:
        starts = range(0, len(paths), _LARGEST_BATCH)
        return [
            reply
            for start in starts
            for reply in self._one_batch(paths[start : start + _LARGEST_BATCH], doing)
        ]

    def _one_batch(self, paths: list[str], doing: str) -> list[Reply]:
        request = RequestInformation(Method.POST, "{+baseurl}/$batch", {})
        request.path_parameters = {"baseurl": self._adapter.base_url}
        request.headers.try_add("Accept", "application/json")
        parts = [{"id": str(n), "method": "GET", "url": path} for n, path in enumerate(paths)]
        request.set_content_from_parsable(
            self._adapter, "application/json", request_body({"requests": parts})
        )
        request.add_request_options(native().options or [])
        response = self._run(self._adapter.send_primitive_async(request, "bytes", {}), doing)
        body = _json(response, doing)
        if response.status_code != httpx.codes.OK or not isinstance(body, dict):
            # That says nothing of the objects: a 404 here must not look like an absent one.
            raise fault(response.status_code, body, doing)
        with readable(doing, _GRAPH):
            answers = {each["id"]: each for each in entries(body.get("responses"))}
            return [_part(answers[str(n)]) for n in range(len(paths))]

    def close(self) -> None:
        """Close the connections and the event loop."""
        self._runner.run(self._http.aclose())
        self._runner.run(self._transport.aclose())
        self._runner.close()

    def _run(self, call: Awaitable[Any], doing: str) -> httpx.Response:
        async def answered() -> httpx.Response:
            return cast("httpx.Response", await call)

        _log.info("Graph: %s", doing)
        try:
            return self._runner.run(answered())
        except (httpx.HTTPError, APIError) as error:
            url, said = self._cloud.graph, str(error) or type(error).__name__
            raise Unreachable(
                f"Could not {doing}: no answer from Microsoft Graph{way_to(url)} ({said}).",
                hint=hint_for(
                    url, said, "Check the network connection and the endpoints of the cloud."
                ),
            ) from error
        except UNREADABLE as error:
            raise unreadable(doing, _GRAPH) from error


def _part(answer: Mapping[str, Any]) -> Reply:
    headers = {name.lower(): value for name, value in members(answer.get("headers")).items()}
    seconds = retry_after(str(headers.get("retry-after", "")), time.time())
    return Reply(int(answer["status"]), answer.get("body"), seconds or 0.0)


def native(headers: Mapping[str, str] | None = None) -> RequestConfiguration[Any]:
    """Return the configuration that asks a request builder for the HTTP response as it is."""
    configuration: RequestConfiguration[Any] = RequestConfiguration(
        options=[ResponseHandlerOption(NativeResponseHandler())]
    )
    for name, value in (headers or {}).items():
        configuration.headers.add(name, value)
    return configuration


def _json(response: httpx.Response, doing: str) -> Any:  # noqa: ANN401
    """Return the JSON of an answer; None for an empty one, and for a failure in other words."""
    try:
        return json.loads(response.content) if response.content else None
    except (ValueError, RecursionError) as error:
        if response.is_success:
            raise unreadable(doing, _GRAPH) from error
        return None


class PacedRetries(RetryHandler):
    """
    Kiota's own handler, whose pauses are miwire's, and which takes a lost connection for a retry.

    All that miwire sends may be sent twice: upserts, members that shall be so, an assignment that
    may exist already, a deletion of what may be gone.
    """

    def __init__(self, waiter: Waiter) -> None:
        super().__init__()
        self.retry_on_status_codes = {429, 500, 502, 503, 504}
        self._waiter = waiter

    async def send(
        self, request: httpx.Request, transport: httpx.AsyncBaseTransport
    ) -> httpx.Response:
        """Send a request, and again where the connection was lost."""
        for attempt in range(_TRIES):
            try:
                response = await super().send(request, transport)
                await response.aread()
            except httpx.TransportError:
                self._waiter.between_tries(self._get_delay_time_exp_backoff(attempt, 0))
            else:
                return response
        return await super().send(request, transport)

    def should_retry(
        self, request: httpx.Request, options: RetryHandlerOption, response: httpx.Response
    ) -> bool:
        """Say whether to send it again, once the time until then has passed."""
        attempts = int(response.request.headers.get(_ATTEMPT, "0"))
        if not super().should_retry(request, options, response) or attempts >= options.max_retry:
            return False
        self._waiter.between_tries(super().get_delay_time(attempts, response, options.max_delay))
        return True

    def get_delay_time(
        self,
        retry_count: int,
        response: httpx.Response | None = None,
        delay: float = RetryHandlerOption.DEFAULT_DELAY,
    ) -> float:
        """Return nothing to wait for: the time has passed by then."""
        del retry_count, response, delay
        return 0.0
