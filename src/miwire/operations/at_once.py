"""Several questions to Azure at one time, each in a thread of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def at_once(*asks: Callable[[], Any]) -> tuple[Any, ...]:
    """
    Return the answers in the order of the questions, or raise what the first of them raised.

    The SDK's synchronous clients may be used by a few threads; the directory's may not, whose own
    event loop gathers what is asked of it.
    """
    with ThreadPoolExecutor(max_workers=max(1, len(asks))) as threads:
        return tuple(threads.map(lambda ask: ask(), asks))
