"""Values as words of a shell or of a language, for lines that people paste and scripts they run."""

from __future__ import annotations

import shlex
from itertools import groupby
from typing import TYPE_CHECKING

from miwire.text import ascii_json, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

_SINGLE_QUOTES = "'\u2018\u2019\u201a\u201b"
"""What PowerShell takes for a single quote."""


def sh(text: str) -> str:
    """
    Return a text as one word for sh and bash: no character of it has a meaning there.

    The word shows whole on a terminal: what cannot be seen is spelled out in octal.
    """
    if printable(text) == text:
        return shlex.quote(text)
    octal = "".join(f"\\{each:03o}" for each in _bytes(text))
    return f"\"$(printf '{octal}')\""


def sh_line(words: Iterable[str]) -> str:
    """Return a command line for sh and bash."""
    return " ".join(map(sh, words))


def powershell(text: str) -> str:
    """Return a text as one word for PowerShell, which shows whole on a terminal."""
    parts: list[str] = []
    for seen, run in _runs(text):
        if seen:
            quoted = "".join(each * 2 if each in _SINGLE_QUOTES else each for each in run)
            parts.append(f"'{quoted}'")
        else:
            units = run.encode("utf-16-be", "surrogatepass")
            codes = (units[n : n + 2].hex() for n in range(0, len(units), 2))
            parts.extend(f"[char]0x{code}" for code in codes)
    if all(each.startswith("'") for each in parts):
        return "".join(parts) or "''"
    # It begins with a string, so that + joins strings and adds no numbers.
    return f"('' + {' + '.join(parts)})"


def python(text: str) -> str:
    """Return a text as a literal of Python, in double quotes wherever that needs no escape."""
    plain = text.isascii() and text.isprintable() and not set(text) & {'"', "\\"}
    return f'"{text}"' if plain else ascii(text)


def jmespath(text: str) -> str:
    """Return a text as a literal of JMESPath, the query language of az."""
    return f"`{backtickless(ascii_json(text))}`"


def backtickless(document: str) -> str:
    """Return JSON without a backtick, which would end a literal of JMESPath."""
    return document.replace("`", "\\u0060")


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")  # as the system hands over odd bytes
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")  # as JSON may hold half a character


def _runs(text: str) -> Iterable[tuple[bool, str]]:
    """Yield the longest runs of characters that all can be seen, or all cannot."""
    return (
        (seen, "".join(run)) for seen, run in groupby(text, lambda each: printable(each) == each)
    )
