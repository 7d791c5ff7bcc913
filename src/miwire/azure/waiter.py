"""Waiting for Azure: for an answer that comes after a while, or because it is asked too often."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, TypeVar

from miwire.errors import NotYetVisible, WaitTimeout
from miwire.remedy import Fix, Remedy

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")

_LONGEST_PAUSE = 15.0
_LEAST_FOR_THROTTLING = 60.0
_AGAIN = Fix(Remedy.WAIT_LONGER)


def _nobody(_reason: str, _seconds: float, _at_most: float) -> None:
    """Tell nobody that something is waited for."""


@dataclass(slots=True)
class Waiter:
    """How long to wait in all, how to let time pass, and whom to tell of it."""

    seconds: float = 180.0
    """azure-cli waits as long for the directory (FACTS 2.7)."""
    pause: Callable[[float], None] = time.sleep
    """How to let some seconds pass."""
    tell: Callable[[str, float, float], None] = _nobody
    """Told of every pause: for what, after how many seconds, of how many at most."""
    _spent: float = field(default=0.0, init=False)
    """Seconds that were waited so far."""

    def until(
        self, read: Callable[[], Answer | None], *, for_what: str, at_most: float | None = None
    ) -> Answer:
        """
        Ask again and again, with growing pauses, until the answer is not None.

        Pauses of 1, 2, 4, 8 and then 15 seconds: the directory's replicas agree within seconds as
        a rule, within minutes at worst. Raises NotYetVisible once the seconds of all waits, or
        those of this one (*at_most*), are over; *for_what* completes "Waited …s for".
        """
        waited = 0.0
        for attempt in count():
            answer = read()
            if answer is not None:
                return answer
            left = self.seconds - self._spent
            if at_most is not None:
                left = min(left, at_most - waited)
            if left <= 0:
                break
            self.tell(for_what, waited, waited + left)
            pause = min(2.0**attempt, _LONGEST_PAUSE, left)
            self._pass(pause)
            waited += pause
        raise NotYetVisible(f"Timed out after {waited:.0f} s waiting for {for_what}.", fix=_AGAIN)

    def between_tries(self, seconds: float) -> None:
        """
        Let the seconds pass that an SDK waits before it sends a request again.

        That is a minute at least, however short the wait for Azure to converge. Raises
        WaitTimeout where Azure asks for more than is left.
        """
        left = max(self.seconds, _LEAST_FOR_THROTTLING) - self._spent
        if seconds > left:
            raise WaitTimeout(
                f"Azure asks to wait {seconds:.0f} s (throttling or server errors), but "
                f"only {max(left, 0):.0f} s are left to wait.",
                fix=_AGAIN,
            )
        if seconds >= 1:
            self.tell("Azure to accept requests again", 0.0, seconds)
        self._pass(seconds)

    def _pass(self, seconds: float) -> None:
        self._spent += seconds
        self.pause(seconds)
