"""An end to waiting, whatever the other side does."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")


def with_deadline(seconds: float, ask: Callable[[], Answer]) -> Answer:
    """
    Return what *ask* returns, or raise what it raises, or TimeoutError after *seconds*.

    A client's own timeouts count from one byte to the next, so a server that sends one now and then
    is never late for them, and name resolution knows no timeout at all. What is still being asked
    for then is left to a thread that does not outlive the process.
    """
    answer: Future[Answer] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:  # noqa: BLE001  it is raised again, in the caller's thread
            answer.set_exception(error)

    Thread(target=run, daemon=True).start()
    return answer.result(timeout=seconds)


def alongside(here: Callable[[], Answer], there: Callable[[], Any]) -> tuple[Answer, Any]:
    """Return what *here* returns, in this thread, and *there*, in another one meanwhile."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        answer = thread.submit(there)
        return here(), answer.result()


def gather(*asks: Callable[[], Any]) -> tuple[Any, ...]:
    """
    Return the answers in the order of the questions, or raise what the first of them raised.

    The SDK's synchronous clients may be used by a few threads; the directory's may not, whose own
    event loop gathers what is asked of it.
    """
    with ThreadPoolExecutor(max_workers=max(1, len(asks))) as threads:
        return tuple(threads.map(lambda ask: ask(), asks))
