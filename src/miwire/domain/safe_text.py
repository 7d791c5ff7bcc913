"""What others wrote, made fit for people: it steers no terminal and tells no secret."""

from __future__ import annotations

from miwire.text import printable
from miwire.domain.redaction import redacted


def safe_line(text: str) -> str:
    """Return text of unknown origin as one line whose every character shows, without secrets."""
    return printable(redacted(text))
