"""Text that may hold a token by mistake, made fit for a message."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*)*", re.ASCII)
"""A JSON object in base64url begins so, and with it every token, whole or cut off."""


_SECRET = re.compile(
    r"(?P<name>[?&](?:code|sig|(?:[\w-]*[_-])?key|apikey|secret|token|access_token|client_secret"
    r"|password)=)[^&\s]+",
    re.IGNORECASE,
)
"""A member of a query that opens something by itself, such as a function key."""

_PASSWORD = re.compile(r"(?P<scheme>\w://)[^/?#\s@]+@")
"""Somebody's name and password before the host of an address."""


def redacted(text: str) -> str:
    """Return the text with what looks like a token or a key taken out."""
    bare = _PASSWORD.sub(r"\g<scheme>…@", _TOKEN.sub("(a token)", text))
    return _SECRET.sub(r"\g<name>…", bare)
