"""How long is waited, and between which readings."""

import itertools

import pytest

from miwire.azure.waiter import Waiter
from miwire.errors import NotYetVisible, WaitTimeout


@pytest.fixture
def paused():
    """The seconds that were let pass, each pause for itself."""
    return []


@pytest.fixture
def waiter(paused):
    """Return a function that makes a waiter of so many seconds."""
    return lambda seconds: Waiter(seconds, pause=paused.append)


def never():
    """What is never there."""


def test_an_answer_that_is_there_is_not_waited_for(waiter, paused):
    assert "it" == waiter(10).until(lambda: "it", for_what="it")
    assert [] == paused


def test_an_answer_that_is_false_is_an_answer(waiter, paused):
    assert waiter(10).until(lambda: False, for_what="it") is False
    assert [] == paused


def test_pauses_double_up_to_fifteen_seconds_and_end_when_the_time_is_over(waiter, paused):
    with pytest.raises(NotYetVisible, match=r"^Timed out after 50 s waiting for it\.$"):
        waiter(50).until(never, for_what="it")

    assert [1, 2, 4, 8, 15, 15, 5] == paused


def test_a_wait_may_be_shorter_than_the_waiter(waiter, paused):
    with pytest.raises(NotYetVisible):
        waiter(50).until(never, for_what="it", at_most=5)

    assert [1, 2, 2] == paused


def test_all_waits_together_take_no_longer_than_the_waiter(waiter, paused):
    waiting, answers = waiter(10), itertools.chain([None, None, None, "it"])
    waiting.until(lambda: next(answers), for_what="it")
    with pytest.raises(NotYetVisible):
        waiting.until(never, for_what="that")

    assert 10 == sum(paused)


def test_who_does_not_wait_reads_once(waiter, paused):
    reads = []
    with pytest.raises(NotYetVisible):
        waiter(0).until(lambda: reads.append(1), for_what="it")

    assert ([1], []) == (reads, paused)


def test_every_pause_is_told_with_what_is_waited_for(paused):
    told = []
    waiting = Waiter(3, pause=paused.append, tell=lambda *each: told.append(each))
    with pytest.raises(NotYetVisible):
        waiting.until(never, for_what="it")

    assert [("it", 0, 3), ("it", 1, 3)] == told


def test_throttling_is_waited_out_for_a_minute_however_short_the_wait(waiter, paused):
    waiting = waiter(0)
    waiting.between_tries(40)
    with pytest.raises(WaitTimeout, match=r"asks to wait 21 s .* only 20 s are left"):
        waiting.between_tries(21)

    assert [40] == paused
