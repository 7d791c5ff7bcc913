"""Reads the JSON of a fault configuration: other types and unknown names are refused."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

    from miwire.lab.documents import Document

LONGEST_PATTERN = 256
"""Characters of a regular expression; one that backtracks is its author's own doing."""
LONGEST_TEXT = 1024
"""Characters of any other text."""
MOST = 100
"""Members of a list or of an object that is open to any name."""
_LONGEST_TIME = 366 * 86_400
"""Seconds."""
_GREATEST = 2**63 - 1
SERVICES = ("arm", "graph", "entra", "identity", "gate")


class FaultsRefused(Exception):
    """A fault configuration is invalid; the message is one sentence that says why."""


def members(value: Any, name: str, known: Collection[str]) -> Document:  # noqa: ANN401
    """Return *value* if it is an object that has no other members than those *known*."""
    if not isinstance(value, dict):
        raise FaultsRefused(f"{name} must be an object.")
    for each in value:
        if each not in known:
            told = repr(each[:50])
            raise FaultsRefused(f"{name} has no member {told}; there are {', '.join(known)}.")
    return value


def seconds(value: Any, name: str) -> float:  # noqa: ANN401
    """Return a finite number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FaultsRefused(f"{name} must be a number of seconds.")
    if not 0 <= value < math.inf:
        raise FaultsRefused(f"{name} must be a number of seconds, 0 or more.")
    if value > _LONGEST_TIME:
        raise FaultsRefused(f"{name} must be at most {_LONGEST_TIME} seconds, which is a year.")
    return float(value)


def whole(value: Any, name: str, least: int) -> int:  # noqa: ANN401
    """Return an integer that is not below *least*."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise FaultsRefused(f"{name} must be a whole number, {least} or more.")
    if value > _GREATEST:
        raise FaultsRefused(f"{name} must be at most {_GREATEST}.")
    return value


def flag(value: Any, name: str) -> bool:  # noqa: ANN401
    """Return true or false."""
    if not isinstance(value, bool):
        raise FaultsRefused(f"{name} must be true or false.")
    return value


def one_of(value: Any, name: str, choices: Collection[str]) -> str:  # noqa: ANN401
    """Return one of the texts that may be chosen."""
    if not isinstance(value, str) or value not in choices:
        raise FaultsRefused(f"{name} must be one of {', '.join(choices)}.")
    return value


def strings(value: Any, name: str) -> tuple[str, ...]:  # noqa: ANN401
    """Return a list of texts."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise FaultsRefused(f"{name} must be an array of strings.")
    bounded(value, name)
    return tuple(text(each, name) for each in value)


def text(value: Any, name: str, longest: int = LONGEST_TEXT) -> str:  # noqa: ANN401
    """Return a text of limited length."""
    if not isinstance(value, str):
        raise FaultsRefused(f"{name} must be a string.")
    if len(value) > longest:
        raise FaultsRefused(f"{name} must have at most {longest} characters.")
    return value


def bounded(value: Collection[Any], name: str) -> None:
    """Raise FaultsRefused for a list or an object with too many members."""
    if len(value) > MOST:
        raise FaultsRefused(f"{name} must have at most {MOST} members.")


def pattern(value: Any, name: str) -> re.Pattern[str]:  # noqa: ANN401
    """Return a regular expression, for paths that mean the same in any case, as ARM's do."""
    if isinstance(value, str):
        text(value, name, LONGEST_PATTERN)
    try:
        return re.compile(value, re.IGNORECASE)
    except (re.error, TypeError, RecursionError, OverflowError):
        raise FaultsRefused(f"{name} must be a regular expression.") from None
