"""Text that may hold a token by mistake, made fit for a message."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*)*", re.ASCII)
"""A JSON object in base64url begins so, and with it every token, whole or cut off."""


def redacted(text: str) -> str:
    """Return the text with what looks like a token taken out."""
    return _TOKEN.sub("(a token)", text)
