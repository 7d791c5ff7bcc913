"""Every code that miwire explains: all by group, one by its name, or those nearest to it."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cache
from typing import TYPE_CHECKING

from miwire.explain import (
    answers,
    arm,
    checks,
    entra,
    graph,
    http_status,
    identity_endpoint,
    own_errors,
    token_validation,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from miwire.explain.entry import Entry

_SEPARATORS = re.compile(r"[^a-z0-9]+")
_NUMBERED = re.compile(r"([a-z]+)0*(\d+)")
_CLOSE = 0.6
_MOST = 3
WITHOUT_CHECKS: tuple[Entry, ...] = (
    *entra.ENTRIES,
    *identity_endpoint.ENTRIES,
    *token_validation.ENTRIES,
    *arm.ENTRIES,
    *graph.ENTRIES,
    *http_status.ENTRIES,
    *answers.ENTRIES,
    *answers.SPEAKERS,
    *own_errors.ENTRIES,
)
"""All but the checks, whose modules take longer to import than all others here."""


def every() -> tuple[Entry, ...]:
    """Return all entries, by group."""
    return (*checks.every(), *WITHOUT_CHECKS)


def named(code: str) -> tuple[Entry, ...]:
    """Return the entries of a code in any case: several where two services use one word."""
    word = plain(code)
    if re.fullmatch(r"miw\d{3}", word):
        check = checks.explained(word.upper())
        return (check,) if check else ()
    return _index().get(word, ())


@cache
def _index() -> dict[str, tuple[Entry, ...]]:
    found: dict[str, tuple[Entry, ...]] = {}
    for each in WITHOUT_CHECKS:
        for word in dict.fromkeys((plain(each.code), *map(plain, each.phrases))):
            found[word] = (*found.get(word, ()), each)
    return found


def plain(code: str) -> str:
    """Return a code as it is compared: small letters and digits; a status keeps its dot."""
    text = code.strip().lower()
    return text if re.fullmatch(r"[\d.]+", text) else _SEPARATORS.sub("", text)


def nearest(code: str) -> tuple[Entry, ...]:
    """
    Return the entries whose codes are most like one that isn't known; none where none is.

    Numbered codes are compared within their family: the more digits agree from the left, the
    nearer, then the smaller difference.
    """
    word = plain(code)
    numbered = _NUMBERED.fullmatch(word)
    if numbered:
        family = [each for each in _of_family(numbered[1]) if plain(each.code) != word]
        return tuple(sorted(family, key=lambda each: _distance(numbered[2], each.code))[:_MOST])
    if re.fullmatch(r"\d{3}(\.\d+)?", word):
        return tuple(
            sorted(http_status.STATUSES, key=lambda each: _distance(word[:3], each.code))[:_MOST]
        )
    rated = ((_likeness(word, each), each) for each in WITHOUT_CHECKS)
    close = sorted((each for each in rated if each[0] >= _CLOSE), key=lambda each: -each[0])
    by_code = {entry.code: entry for _, entry in close}
    return tuple(by_code.values())[:_MOST]


def _of_family(prefix: str) -> Iterable[Entry]:
    if prefix == checks.PREFIX.lower():
        return checks.every()
    return (each for each in WITHOUT_CHECKS if re.fullmatch(rf"{prefix}\d+", plain(each.code)))


def _distance(digits: str, code: str) -> tuple[int, int]:
    other = re.sub(r"\D", "", code)
    agreeing = 0
    for mine, theirs in zip(digits, other, strict=False):
        if mine != theirs:
            break
        agreeing += 1
    return -agreeing, abs(int(digits) - int(other))


def _likeness(word: str, entry: Entry) -> float:
    """Return how alike two codes are, from 0 to 1; a part of one is like the whole."""
    code = plain(entry.code)
    if len(word) > _MOST and (word in code or code in word):
        return 1 - abs(len(word) - len(code)) / 1000
    return SequenceMatcher(None, word, code, autojunk=False).ratio()
