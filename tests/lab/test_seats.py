"""Who gets which gate when there are fewer gates than apps that ever were."""

import pytest

from miwire.lab.state.ports import NoSeatLeft, Seat, Seats


@pytest.fixture
def seats():
    return Seats([Seat(1), Seat(2)])


def test_an_app_keeps_its_seat_whether_it_is_present_or_not(seats):
    first = seats.of("/sites/Core", ())

    assert first is seats.of("/sites/core", ())


def test_the_newest_app_that_is_gone_gives_up_its_seat(seats):
    core, staging = (seats.of(each, ()) for each in ("/sites/core", "/sites/core/slots/staging"))

    assert staging is seats.of("/sites/other", {"/sites/core"})
    assert core is seats.of("/sites/core", ())


def test_an_app_that_is_there_gives_up_nothing(seats):
    present = {"/sites/core", "/sites/integration"}
    for each in present:
        seats.of(each, ())

    with pytest.raises(NoSeatLeft):
        seats.of("/sites/other", present)
