"""The form of Entra ID's ids."""

from __future__ import annotations

import re

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_IN_PATH = re.compile(rf"/({_GUID.pattern})(?:/|$)", re.IGNORECASE)


def is_guid(text: str) -> bool:
    """Say whether a text is an id and nothing else."""
    return _GUID.fullmatch(text) is not None


def in_path(url: str) -> str | None:
    """Return the first id that is a whole segment of a URL's path: an issuer's tenant."""
    found = _IN_PATH.search(url)
    return found[1] if found else None
