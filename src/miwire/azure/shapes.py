"""Answers of Azure, held to their documented types; what has others can't be read."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from miwire.errors import Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
)
"""What the SDKs and miwire's readers raise for an answer that has other types than documented."""


@contextmanager
def readable(doing: str, who: str = "Azure") -> Iterator[None]:
    """Turn what is raised for an answer of other types into Unreachable; see `unreadable`."""
    try:
        yield
    except UNREADABLE as error:
        raise unreadable(doing, who) from error


def unreadable(doing: str, who: str = "Azure") -> Unreachable:
    """Return the error of an answer that miwire can't read; *doing* completes "could not …"."""
    return Unreachable(
        f"Could not {doing}: {who} answered with something that miwire can't read.",
        hint="Check whether a proxy answers in its place, then run the same command again.",
    )


def members(value: object) -> Mapping[str, Any]:
    """Return an object; null is an empty one. Raises TypeError for anything else."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError("not an object")
    return value


def entries(value: object) -> list[Any]:
    """Return a list; null is an empty one. Raises TypeError for anything else."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def strings(value: object) -> tuple[str, ...]:
    """Return a list of strings; null is an empty one. Raises TypeError for anything else."""
    return tuple(text(each) for each in entries(value))


def text(value: object) -> str:
    """Return a string; null is an empty one. Raises TypeError for anything else."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value
