"""What calls to ARM have in common: the errors of its SDKs, translated."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from azure.core.exceptions import AzureError, HttpResponseError

from miwire.azure.arm import ASKED
from miwire.azure.error_mapping import fault
from miwire.azure.no_answer import hint_for, way_to
from miwire.errors import Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = logging.getLogger(__name__)


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn azure-core's errors into MiwireErrors; *doing* completes "could not …"."""
    _log.info("ARM: %s", doing)
    try:
        yield
    except HttpResponseError as error:
        raise fault(error.status_code or 0, _body(error), doing) from error
    except AzureError as error:
        url, said = getattr(error, ASKED, ""), _first_line(error)
        raise Unreachable(
            f"Could not {doing}: no answer from Azure{way_to(url)} ({said}).",
            hint=hint_for(url, said, "Check the network and the addresses of the cloud."),
        ) from error


def _body(error: HttpResponseError) -> object:
    try:
        return json.loads(error.response.text()) if error.response is not None else None
    except ValueError:
        return None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].strip().rstrip(".") if str(error) else type(error).__name__
