"""Which paths are Easy Auth's own, and which need no token."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

_ENCODED_SEPARATOR = re.compile(rb"%2[ef]", re.IGNORECASE)
_SEGMENT = re.compile(rb"(?! )[A-Za-z0-9 _.~!$&'()*+,=:@-]+(?<![ .])")


def is_below(path: str, prefix: str) -> bool:
    """Return whether a decoded path is *prefix* or lies below it, letter case ignored."""
    return f"{path}/".lower().startswith(f"{prefix}/".lower())


def is_excluded(raw_path: bytes, excluded: Iterable[str]) -> bool:
    """
    Return whether a path needs no token: a plain one that an entry names, or covers with `/*`.

    *raw_path* is compared as it was sent. How App Service compares is not known; the lab opens no
    path that a program could read as another.
    """
    if not _is_plain(raw_path):
        return False
    path = raw_path.decode()
    return any(
        path.startswith(each[:-1]) if each.endswith("/*") else path == each for each in excluded
    )


def is_warmup(raw_path: bytes, warmup_path: str) -> bool:
    """
    Return whether a path is the one in WEBSITE_WARMUP_PATH, a relative path that begins with `/`.

    App Service's authentication rejects no request to it, whatever the rules for unauthenticated
    clients (App Service team blog); Terraform's azurerm says that excluded_paths takes priority.
    """
    return _is_plain(raw_path) and raw_path.decode() == warmup_path


def _is_plain(raw_path: bytes) -> bool:
    """
    Return whether every server reads *raw_path* in the same way.

    Servers disagree about empty segments and dots, blanks and dots at the end of a segment, encoded
    dots and separators, matrix parameters, fragments, control characters, and bytes beyond ASCII
    (overlong UTF-8, letters that become dots or slashes in another encoding).
    """
    if not raw_path.startswith(b"/") or _ENCODED_SEPARATOR.search(raw_path):
        return False
    *inner, last = unquote_to_bytes(raw_path)[1:].split(b"/")
    segments = inner if last == b"" else [*inner, last]
    return all(_SEGMENT.fullmatch(segment) for segment in segments)
