"""Words of the command line, taken out of messages that repeat them: any may be a secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from miwire.domain.redaction import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_HARMLESS = re.compile(r"[a-z]+(?:-[a-z]+)*|[0-9]{1,6}", re.ASCII)
_LONGEST = 16


def without_words(message: str, arguments: Sequence[str]) -> str:
    """Return a message in which no typed word stands but options, short plain words and numbers."""
    for word in sorted(_words(arguments), key=len, reverse=True):
        for told in {word, repr(word)[1:-1]}:
            message = re.sub(rf"(?<!\w){re.escape(told)}(?!\w)", HIDDEN, message)
    return message


def header_name(typed: str) -> str | None:
    """Return the name of a header typed with a value; None where nothing tells the two apart."""
    found = re.match(r"\s*([A-Za-z][A-Za-z-]{0,39})\s*(?::|\s|=)", typed)
    name = found[1] if found else ""
    return name if "-" in name or name.lower() in {"accept", "cookie", "origin"} else None


def _words(arguments: Iterable[str]) -> Iterator[str]:
    for each in arguments:
        word = each
        if each.startswith("--"):
            word = each.partition("=")[2]
        elif each.startswith("-"):
            word = each[2:].removeprefix("=")  # a value may follow a short option at once
        plain = _HARMLESS.fullmatch(word) is not None and len(word) <= _LONGEST
        if word and not plain:
            yield word
