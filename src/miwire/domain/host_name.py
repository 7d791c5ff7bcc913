"""The form of a host name, with or without a port, as DNS and URLs have it."""

from __future__ import annotations

import re

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.){{0,40}}{_LABEL}(?::[0-9]{{1,5}})?", re.ASCII | re.IGNORECASE)
_LONGEST = 253


def is_host(text: str) -> bool:
    """Say whether a text is a host name and nothing else; a port may follow it."""
    return len(text.partition(":")[0]) <= _LONGEST and _HOST.fullmatch(text) is not None
