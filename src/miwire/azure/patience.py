"""Waiting for an answer that Azure gives only after a while."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, TypeVar

from miwire.errors import GaveUpWaiting

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")

_LONGEST_PAUSE = 15.0


def _nobody(_reason: str, _seconds: float, _at_most: float) -> None:
    """Tell nobody that something is waited for."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for Azure to converge, by which clock, and whom to tell of it."""

    seconds: float = 180.0
    """azure-cli waits as long for the directory (FACTS 2.7)."""
    now: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    """How to let some seconds pass."""
    tell: Callable[[str, float, float], None] = _nobody
    """Told of every pause: for what, after how many seconds, of how many at most."""

    def until(self, read: Callable[[], Answer | None], *, for_what: str) -> Answer:
        """
        Ask again and again, with growing pauses, until the answer is not None.

        Pauses of 1, 2, 4, 8 and then 15 seconds: the directory's replicas agree within seconds as
        a rule, within minutes at worst. Raises GaveUpWaiting once the seconds are over; *for_what*
        completes "Waited …s for".
        """
        start = self.now()
        for attempt in count():
            answer = read()
            if answer is not None:
                return answer
            waited = self.now() - start
            left = self.seconds - waited
            if left <= 0:
                break
            self.tell(for_what, waited, self.seconds)
            self.pause(min(2.0**attempt, _LONGEST_PAUSE, left))
        raise GaveUpWaiting(
            f"Waited {self.seconds:.0f} s for {for_what}, and it did not come.",
            hint="Run the same command again, with a longer --wait: it goes on where it stopped.",
        )
