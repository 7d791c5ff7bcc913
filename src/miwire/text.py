"""Text of unknown origin, made safe to look at."""

from __future__ import annotations

import json
import unicodedata

_UNSEEN_CATEGORIES = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"}
_UNSEEN = {"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u3164", "\uffa0"}
"""Letters and marks by category that nevertheless show nothing."""
_VARIATIONS = (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


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
