"""An older api-version of Microsoft.Web, for clouds that lack the one the SDK asks for."""

from __future__ import annotations

import json
import logging
import re
from typing import TYPE_CHECKING, Any

from azure.core.pipeline.policies import HTTPPolicy

if TYPE_CHECKING:
    from azure.core.pipeline import PipelineRequest, PipelineResponse

OLDER = "2023-12-01"
"""Has everything that miwire reads and writes; azure-cli#31916: clouds may lack later ones."""
_VERSION = re.compile(r"(?<=[?&]api-version=)\d{4}-\d{2}-\d{2}(?:-preview)?(?=&|$)")
_OF_WEB = re.compile(r"/providers/microsoft\.web(?:/[^?]*)?(?=\?|$)", re.IGNORECASE)
_OTHER_PROVIDER = re.compile(r"/providers/(?!microsoft\.web\b)[^/?]+", re.IGNORECASE)
_UNKNOWN_VERSION = frozenset(
    {"InvalidApiVersionParameter", "InvalidResourceType", "NoRegisteredProviderFound"}
)
_REFUSED = (400, 404)
_log = logging.getLogger(__name__)


class Versions:
    """Which hosts are known to lack the SDK's api-version of Microsoft.Web."""

    def __init__(self) -> None:
        self.lagging: set[str] = set()


class OlderApiVersion(HTTPPolicy[Any, Any]):
    """
    Sends a request again with an older api-version where ARM doesn't know the newer one.

    ARM refuses it before anything is done (NoRegisteredProviderFound, InvalidResourceType), so that
    a write is safe to send again. What was learned of a cloud is kept in *versions*.
    """

    def __init__(self, versions: Versions) -> None:
        super().__init__()
        self._versions = versions

    def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send a request of the SDK, with the older version where that is needed."""
        http = request.http_request
        older = _with_older(http.url)
        if older is None:
            return self.next.send(request)
        host = http.url.partition("/subscriptions/")[0]
        if host not in self._versions.lagging:
            response = self.next.send(request)
            if not _lacks_version(response.http_response):
                return response
            _log.info("ARM doesn't know that api-version of Microsoft.Web: asking with %s", OLDER)
        http.url = older
        response = self.next.send(request)
        if not _lacks_version(response.http_response):
            self._versions.lagging.add(host)
        return response


def _with_older(url: str) -> str | None:
    """Return the URL with the older version; None where it isn't one of a newer Microsoft.Web."""
    found = _VERSION.search(url)
    path = url.partition("?")[0]
    if (
        found is None
        or found[0] <= OLDER
        or not _OF_WEB.search(url)
        or _OTHER_PROVIDER.search(path)
    ):
        return None
    return _VERSION.sub(OLDER, url)


def _lacks_version(response: Any) -> bool:  # noqa: ANN401  of either of azure-core's two kinds
    if response.status_code not in _REFUSED:
        return False
    try:
        # Read whole by the transport, whichever of the two kinds of response it is.
        body = json.loads(response.internal_response.content)
        return body["error"]["code"] in _UNKNOWN_VERSION
    except (ValueError, RecursionError, KeyError, TypeError):
        return False
