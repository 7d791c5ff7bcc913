"""
The last resort before a terminal: a stream that writes nothing but characters that can be seen.

Renderers escape what others wrote, each at its place. Should one forget it, or a library write by
itself, this is what still stands between a name in Azure and the terminal.
"""

from __future__ import annotations

import io
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from miwire.text import printable_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

_this_thread = threading.local()


class PlainText(io.TextIOWrapper):
    """A stream of which only line breaks and what `rendered` allows steer the terminal."""

    def write(self, text: str, /) -> int:
        """Write a text, every other control character escaped."""
        own = getattr(_this_thread, "rendered", False)
        super().write(text if own else printable_lines(text))
        return len(text)


@contextmanager
def rendered() -> Iterator[None]:
    """Write as it is what this thread writes meanwhile: colors that miwire itself made."""
    before = getattr(_this_thread, "rendered", False)
    _this_thread.rendered = True
    try:
        yield
    finally:
        _this_thread.rendered = before
