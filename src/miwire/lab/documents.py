"""TODO."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]


GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"


ARM_APP_ID = "797f4846-ba00-4fd7-ba43-dac1f8f63013"


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
