import pytest

from miwire import timestamps as moment
from miwire.errors import BadRequest


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("1595684985", 1_595_684_985, id="seconds"),
        pytest.param("1595684985.5", 1_595_684_985.5, id="seconds with a fraction"),
        pytest.param("0", 0, id="the beginning"),
        pytest.param("2020-07-25T13:49:45Z", 1_595_684_985, id="UTC"),
        pytest.param("2020-07-25T15:49:45+02:00", 1_595_684_985, id="another zone"),
        pytest.param("2020-07-25 13:49:45", 1_595_684_985, id="no zone, so UTC"),
        pytest.param("2020-07-25", 1_595_635_200, id="a day"),
    ],
)
def test_a_time_is_iso_8601_or_seconds(text, seconds):
    assert seconds == moment.parse(text)


@pytest.mark.parametrize("text", ["", "soon", "-1", "1e9", "9999999999999", "2020-13-01", "eyJ"])
def test_anything_else_is_no_time_and_is_not_repeated(text):
    with pytest.raises(BadRequest) as refused:
        moment.parse(text)

    assert refused.value.message == "This isn't a time."


@pytest.mark.parametrize(
    ("seconds", "span"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3_599, "59 min"),
        (3_600, "1 h 0 min"),
        (85_260, "23 h 41 min"),
        (172_799, "47 h 59 min"),
        (176_400, "2 days 1 h"),
        (730 * 86_400, "2 years"),
    ],
)
def test_a_span_is_told_in_its_largest_units(seconds, span):
    assert span == moment.span(seconds)


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (1_595_684_985 - 85_260, "2020-07-25 13:49:45 UTC, in 23 h 41 min"),
        (1_595_684_985 + 60, "2020-07-25 13:49:45 UTC, 1 min ago"),
        (1_595_684_985, "2020-07-25 13:49:45 UTC, 0 s ago"),
    ],
)
def test_a_moment_is_told_with_its_distance(at, told):
    assert told == moment.told(1_595_684_985, at)


def test_the_document_has_iso_8601_in_utc():
    assert moment.iso(1_595_684_985.9) == "2020-07-25T13:49:45Z"
