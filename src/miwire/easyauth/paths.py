"""Whether an entry of excludedPaths opens a path: what is known of it, and what is likely."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from urllib.parse import unquote, unquote_to_bytes

from miwire.finding import Verdict

_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_SIGNS = frozenset(b" -._~!$&'()*+,=:@")
_WILDCARD = "/*"
_SEPARATED = re.compile(r"[,;](?:\s|/|$)")


def opened_by(entry: str, path: str) -> Verdict:
    """
    Return whether *entry* opens *path*, as it is sent and without its query.

    Equality of plain paths alone is certain. An entry that does not begin with a slash, such as one
    with the quotes of a shell, matches nothing (observed); all else is unknown (FACTS 1.5).
    """
    if not entry.startswith("/"):
        return Verdict.FAIL
    plain = is_plain(path)
    if plain and entry == path:
        return Verdict.PASS
    return Verdict.UNKNOWN if not plain or _may_mean(entry, unquote(path)) else Verdict.FAIL


def why_never(entry: str) -> str | None:
    """
    Return why *entry* opens no path that anybody requests; None where it may open one.

    Azure compares each entry of the list as it is: it splits none, and strips no quotes.
    """
    if any(quote in entry for quote in "\"'`"):
        return "has quotes in it"
    if _SEPARATED.search(entry):
        return "has several paths in one entry"
    return None if entry.startswith("/") else "doesn't begin with a slash"


def is_covered(entry: str, path: str) -> bool:
    """Return whether *entry* likely opens *path*: a plain one, equal or below a final wildcard."""
    if not is_plain(path):
        return False
    return path.startswith(entry[:-1]) if entry.endswith(_WILDCARD) else path == entry


def is_plain(path: str) -> bool:
    """
    Return whether every server reads *path* in the same way.

    Servers differ about dots and empty segments, encoded dots and slashes, blanks and dots that end
    a segment, backslashes, matrix parameters, fragments, and bytes beyond ASCII. Authentication and
    the app may be two such servers: what the first takes for an open path is another to the second.
    """
    lowered = path.lower()
    if not path.startswith("/") or "%2e" in lowered or "%2f" in lowered:
        return False
    segments = unquote_to_bytes(path).split(b"/")[1:]
    if segments[-1] == b"":
        segments.pop()
    return all(map(_is_plain_segment, segments))


def _is_plain_segment(segment: bytes) -> bool:
    known = all(byte in _LETTERS or byte in _SIGNS for byte in segment)
    return known and segment == segment.strip(b" ") and segment[-1:] not in {b"", b"."}


def _may_mean(entry: str, path: str) -> bool:
    stem = entry.removesuffix("*").rstrip("/").casefold()
    return fnmatchcase(path.casefold(), entry.casefold()) or f"{path.casefold()}/".startswith(
        f"{stem}/"
    )
