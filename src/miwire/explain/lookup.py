"""One code that somebody typed, in any spelling."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.explain import catalog, checks, entra, token_validation

if TYPE_CHECKING:
    from miwire.explain.entry import Entry

NUMBERED = re.compile(
    rf"(?<![A-Za-z0-9])({entra.PREFIX}|{token_validation.PREFIX}|{checks.PREFIX})[ :#-]{{0,2}}"
    r"(\d{3,7})(?!\d)",
    re.IGNORECASE,
)
_ONE_NUMBERED = re.compile(rf"{NUMBERED.pattern}:?", re.IGNORECASE)
_NUMBER = re.compile(r"\d{4,7}")
_ONE_STATUS = re.compile(
    r"(?:http\s*(?:error|status)?\s*)?([1-5]\d\d)(?:\.(\d{1,3}))?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A code that miwire doesn't explain, and those nearest to it."""

    code: str
    """As it is told; empty where what was typed could be anything, also a secret."""
    nearest: tuple[Entry, ...] = ()
    why: str = ""
    """What is known of it all the same."""
    docs: str = ""
    """Where its author explains it."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What was found in a text: each code once, in the order of the text."""

    entries: tuple[Entry, ...] = ()
    unknown: tuple[Unknown, ...] = ()


def alone(text: str) -> Explained | None:
    """Return what a code means that stands alone; None where the text is anything else."""
    code = text.strip().strip("\"'")
    numbered = _ONE_NUMBERED.fullmatch(code)
    if numbered:
        return _one(f"{numbered[1].upper()}{numbered[2]}")
    if _NUMBER.fullmatch(code):
        known = (
            catalog.named(f"{prefix}{code}") for prefix in (entra.PREFIX, token_validation.PREFIX)
        )
        entries = next((each for each in known if each), None)
        return Explained(entries) if entries else _one(f"{entra.PREFIX}{code}")
    status = _ONE_STATUS.fullmatch(code)
    if status:
        return _status(status[1], status[2])
    entries = catalog.named(code)
    return Explained(entries) if entries else None


def _one(code: str) -> Explained:
    entries = catalog.named(code)
    return Explained(entries) if entries else Explained(unknown=(unknown(code),))


def unknown(code: str) -> Unknown:
    """Return what is known of a code that isn't explained."""
    docs = ""
    if code.startswith(entra.PREFIX):
        docs = entra.page_of(code.removeprefix(entra.PREFIX))
    return Unknown(code, catalog.nearest(code), docs=docs)


def _status(number: str, sub: str | None) -> Explained:
    """Return a status with its sub-status; one without a published meaning gets its status."""
    code = f"{number}.{sub}" if sub else number
    if entries := catalog.named(code):
        return Explained(entries)
    whole = catalog.named(number)
    if not whole:
        return Explained(unknown=(Unknown(code, catalog.nearest(code)),))
    why = f"Microsoft publishes no meaning of this sub-status for App Service; {number} is:"
    return Explained(whole, (Unknown(code, why=why),))
