"""JSON as a verifier must read it: one meaning only, and bounded."""

from __future__ import annotations

import json
import math
from typing import Any

DEEPEST = 16
"""Levels of nesting; a genuine token has two or three."""
LONGEST_NUMBER = 20
"""Digits of a whole number, its sign among them."""


def json_object(raw: bytes) -> dict[str, Any]:
    """
    Return the JSON object that *raw* (UTF-8, no byte order mark) holds.

    Raises ValueError for anything that two readers could take differently: a member named twice,
    NaN, infinities and numbers too large for a float, half of a surrogate pair, nesting deeper
    than 16 levels; and for what is no object.
    """
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_members,
            parse_constant=_refused,
            parse_float=_finite,
            parse_int=_short,
        )
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except UnicodeDecodeError as error:
        raise ValueError("it isn't UTF-8") from error
    except json.JSONDecodeError as error:
        raise ValueError("it isn't JSON") from error
    if not isinstance(value, dict):
        raise ValueError("it isn't a JSON object")  # noqa: TRY004  the value is wrong, not its type
    _bounded(value, DEEPEST)
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("it contains a member twice")
    return members


def _refused(constant: str) -> float:
    raise ValueError(f"{constant} isn't a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("it contains a number that is too large")
    return number


def _short(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError("it contains a number that is too large")
    return int(digits)


def _bounded(value: Any, levels: int) -> None:  # noqa: ANN401  a JSON value is anything
    if levels == 0:
        raise ValueError("it is nested too deeply")
    match value:
        case str():
            _whole(value)
        case dict():
            for name, member in value.items():
                _whole(name)
                _bounded(member, levels - 1)
        case list():
            for member in value:
                _bounded(member, levels - 1)


def _whole(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("it contains half of a surrogate pair") from error
