"""JSON documents, ids, names and the clock: what every service of the lab uses."""

from __future__ import annotations

import json
import re
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]


GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"


ARM_APP_ID = "797f4846-ba00-4fd7-ba43-dac1f8f63013"
LOCALHOST = "localhost"
_NAME = re.compile(
    r"(?=.{1,200}$)(?:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
)
"""A name in DNS whose last label is not a number, so that no address looks like it."""


def new_id() -> str:
    """Return a random GUID, as Azure writes it."""
    return str(uuid.uuid4())


@dataclass(slots=True)
class Clock:
    """The time in this Azure: the machine's own, moved by *offset* seconds."""

    offset: float = 0.0

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.time() + self.offset

    def utc(self) -> datetime:
        """Return the same moment as a datetime in UTC."""
        return datetime.fromtimestamp(self.now(), UTC)


class HostRefused(ValueError):
    """A lab can't have this name; the message is one sentence."""


def checked(text: str) -> str:
    """Return the name of a host in lower case; raises HostRefused for anything else."""
    name = text.lower()
    if _NAME.fullmatch(name) is None:
        raise HostRefused(f"{text!r} isn't a host name.")
    return name


def parsed(raw: bytes) -> Any:  # noqa: ANN401 - JSON is any value
    """
    Return the value that *raw* holds; raises ValueError where it holds none.

    NaN, Infinity, halves of surrogate pairs and very deep nesting are refused here, once: they
    could be kept and then not be written into an answer.
    """
    try:
        value = json.loads(raw, parse_constant=_refused)
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("The nesting is too deep.") from None
    return value


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON.")
