"""Moments and spans of time, as tokens count them and as people read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from miwire.errors import BadRequest

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = -62_135_596_800
_LAST = 253_402_300_799
_SECONDS = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)
_WAIT = re.compile(r"\d{1,9}(\.\d{1,6})?", re.ASCII)
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_HOURS_OF_TWO_DAYS = 48
_DAYS_OF_TWO_YEARS = 730


def parse(text: str) -> float:
    """Return the epoch seconds of an ISO 8601 time, UTC unless it says otherwise, or of seconds."""
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        # The text is not repeated: a token may have slipped into the wrong place.
        raise BadRequest(
            "This isn't a time.",
            hint="Use 2026-11-24T12:00:00Z, or seconds since 1970.",
        ) from error


def http_date(text: str) -> float | None:
    """Return the epoch seconds of an HTTP date; None for anything else."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None


def retry_after(text: str, now: float) -> float | None:
    """Return the seconds that a Retry-After header asks for; None where it can't be read."""
    if _WAIT.fullmatch(text):
        return float(text)
    moment = http_date(text)
    return None if moment is None else max(0.0, moment - now)


def seconds(claim: object) -> float | None:
    """Return the epoch seconds that a claim holds; None where it is no number or no time."""
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        return None
    return float(claim) if _FIRST <= claim <= _LAST else None


def iso(moment: float) -> str:
    """Return epoch seconds as ISO 8601 in UTC, to the second."""
    return _written(moment).replace("+00:00", "Z")


def told(moment: float, now: float) -> str:
    """Return a moment for people: absolute, and how far from *now*."""
    absolute = _written(moment).replace("T", " ").replace("+00:00", " UTC")
    away = f"in {span(moment - now)}" if moment > now else f"{span(now - moment)} ago"
    return f"{absolute}, {away}"


def span(length: float) -> str:
    """Return a span of seconds in its two largest units."""
    left = int(length)
    days, hours, minutes = left // _DAY, left // _HOUR, left // _MINUTE
    if left < _MINUTE:
        return f"{left} s"
    if left < _HOUR:
        return f"{minutes} min"
    if hours < _HOURS_OF_TWO_DAYS:
        return f"{hours} h {minutes % 60} min"
    if days < _DAYS_OF_TWO_YEARS:
        return f"{days} days {hours % 24} h"
    return f"{days // 365} years"


def _written(moment: float) -> str:
    return (_EPOCH + timedelta(seconds=moment)).isoformat(timespec="seconds")
