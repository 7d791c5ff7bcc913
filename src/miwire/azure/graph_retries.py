"""When a request to Microsoft Graph is sent again, and how the time until then passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from kiota_http.middleware import RetryHandler
from kiota_http.middleware.options import RetryHandlerOption

if TYPE_CHECKING:
    from miwire.azure.waiter import Patience

_ATTEMPT = "Retry-Attempt"
_TRIES = 3


class PatientRetries(RetryHandler):
    """
    Kiota's own handler, whose pauses are miwire's, and which takes a lost connection for a retry.

    All that miwire sends may be sent twice: upserts, members that shall be so, an assignment that
    may exist already, a deletion of what may be gone.
    """

    def __init__(self, patience: Patience) -> None:
        super().__init__()
        self.retry_on_status_codes = {429, 500, 502, 503, 504}
        self._patience = patience

    async def send(
        self, request: httpx.Request, transport: httpx.AsyncBaseTransport
    ) -> httpx.Response:
        """Send a request, and again where the connection was lost."""
        for attempt in range(_TRIES):
            try:
                response = await super().send(request, transport)
                await response.aread()
            except httpx.TransportError:
                self._patience.between_tries(self._get_delay_time_exp_backoff(attempt, 0))
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
        self._patience.between_tries(super().get_delay_time(attempts, response, options.max_delay))
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
