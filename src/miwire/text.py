"""Text of unknown origin: made safe to look at, listed, or recognized as an id, host or URL."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable


_UNSEEN_CATEGORIES = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"}
_UNSEEN = {"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u3164", "\uffa0"}
"""Letters and marks by category that nevertheless show nothing."""
_VARIATIONS = (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.){{0,40}}{_LABEL}(?::[0-9]{{1,5}})?", re.ASCII | re.IGNORECASE)
_LONGEST_HOST = 253
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_IN_PATH = re.compile(rf"/({_GUID.pattern})(?:/|$)", re.IGNORECASE)


def printable(value: object) -> str:
    r"""
    Return a JSON value as one line of text in which every character can be seen.

    Control characters (they steer terminals), bidirectional marks (they turn text around), those
    without a width, and spaces other than the common one are written as \uXXXX.
    """
    match value:
        case str():
            text = value
        case list() if all(isinstance(each, str) for each in value):
            text = ", ".join(value)
        case _:
            text = json.dumps(value, ensure_ascii=False)
    return _all_seen(text)


def printable_lines(text: str) -> str:
    r"""Return text of which only the line breaks (\n) are kept; see `printable` for the rest."""
    return "\n".join(map(_all_seen, text.split("\n")))


def ascii_json(value: object, indent: int | None = None) -> str:
    """Return a value as JSON in which every character can be seen: what cannot is escaped."""
    # DEL is the one control character in ASCII that JSON needs not escape.
    return json.dumps(value, indent=indent).replace("\x7f", "\\u007f")


def _all_seen(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if _seen(each) else _escaped(each) for each in text)


def _seen(character: str) -> bool:
    if character == " ":
        return True
    if character in _UNSEEN or any(ord(character) in each for each in _VARIATIONS):
        return False
    return unicodedata.category(character) not in _UNSEEN_CATEGORIES


def _escaped(character: str) -> str:
    point = ord(character)
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"  # noqa: PLR2004  BMP


def is_host(text: str) -> bool:
    """Say whether a text is a host name and nothing else; a port may follow it."""
    return len(text.partition(":")[0]) <= _LONGEST_HOST and _HOST.fullmatch(text) is not None


def is_among(seen: str | None, allowed: Iterable[str]) -> bool:
    """Say whether an id is among others; ids have no case, and none is among no ids."""
    return seen is not None and seen.lower() in {each.lower() for each in allowed}


def is_https_or_local(url: str) -> bool:
    """
    Return whether nobody on the way to a URL can read along: https, or http to this machine.

    Raises ValueError for what isn't a URL.
    """
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def listed(words: Iterable[str]) -> str:
    """Return one or more words as a list in a sentence: `a`, `a and b`, `a, b and c`."""
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last


def is_guid(text: str) -> bool:
    """Say whether a text is an id and nothing else."""
    return _GUID.fullmatch(text) is not None


def in_path(url: str) -> str | None:
    """Return the first id that is a whole segment of a URL's path: an issuer's tenant."""
    found = _IN_PATH.search(url)
    return found[1] if found else None
