"""Waiting for an answer that Azure gives only after a while."""

from __future__ import annotations

import time
from itertools import count
from typing import TYPE_CHECKING, TypeVar

from miwire.errors import GaveUpWaiting

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")

_LONGEST_PAUSE = 15.0


def until(
    read: Callable[[], Answer | None],
    *,
    for_what: str,
    seconds: float,
    now: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> Answer:
    """
    Ask again and again, with growing pauses, until the answer is not None.

    Pauses of 1, 2, 4, 8 and then 15 seconds: the directory's replicas agree within seconds as a
    rule, within minutes at worst (azure-cli waits up to three). Raises GaveUpWaiting after
    *seconds*; *for_what* completes "Waited …s for".
    """
    start = now()
    for attempt in count():
        answer = read()
        if answer is not None:
            return answer
        left = seconds - (now() - start)
        if left <= 0:
            break
        pause(min(2.0**attempt, _LONGEST_PAUSE, left))
    raise GaveUpWaiting(
        f"Waited {seconds:.0f} s for {for_what}, and it did not come.",
        hint="Run the same command again, with a longer --wait: it goes on where it stopped.",
    )
