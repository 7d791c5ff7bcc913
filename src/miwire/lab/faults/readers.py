"""
Readers of a fault configuration's JSON, which refuse other types and unknown names.

A reader takes a value and the name to call it by. Each member of an object is declared once, as a
`Member`; `declared` reads by that, and the reference page shows it.
"""

from __future__ import annotations

import math
import re
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from miwire.lab.documents import Document

T = TypeVar("T")
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


class Member(NamedTuple):
    """One member of an object in the JSON; `a.b` is the member b of the object a."""

    name: str
    field: str
    """The field that it sets."""
    read: Callable[[Any, str], Any]
    """Returns the field's value; raises FaultsRefused."""
    doc: str

    @property
    def outer(self) -> str:
        """The name up to the first point."""
        return self.name.partition(".")[0]

    @property
    def inner(self) -> str:
        """The name after the first point, empty where there is none."""
        return self.name.partition(".")[2]


def declared(
    value: Any,  # noqa: ANN401
    name: str,
    known: Sequence[Member],
    prefix: str = "",
) -> dict[str, Any]:
    """Return the fields that an object sets, each as its member in *known* reads it."""
    found: dict[str, Any] = {}
    for outer, given in members(value, name, dict.fromkeys(each.outer for each in known)).items():
        group = [each for each in known if each.outer == outer]
        inner = [each.inner for each in group if each.inner]
        values = members(given, prefix + outer, inner) if inner else {"": given}
        for each in group:
            if each.inner in values:
                found[each.field] = each.read(values[each.inner], prefix + each.name)
    return found


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


def choice(*choices: str) -> Callable[[Any, str], str]:
    """Return a reader of one of these texts."""
    return partial(one_of, choices=choices)


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


def array(value: Any, name: str, read: Callable[[Any, str], T]) -> tuple[T, ...]:  # noqa: ANN401
    """Return the items of an array, each as *read* returns it."""
    if not isinstance(value, list):
        raise FaultsRefused(f"{name} must be an array.")
    bounded(value, name)
    return tuple(read(each, f"{name}[{number}]") for number, each in enumerate(value))


def named(value: Any, name: str, read: Callable[[Any, str], T]) -> dict[str, T]:  # noqa: ANN401
    """Return an object that is open to any name, each value as *read* returns it."""
    if not isinstance(value, dict):
        raise FaultsRefused(f"{name} must be an object.")
    bounded(value, name)
    return {each: read(content, f"{name}.{each}") for each, content in value.items()}
