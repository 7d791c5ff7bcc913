"""A spinner on a terminal: the only place that draws with rich, and imported only there."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from miwire.cli.plain_text import rendered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO


class _Rendered:
    """Stderr for what rich has rendered, with its escapes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with rendered():
            return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever the stream has
        return getattr(self._stream, name)


@contextmanager
def spinning(doing: str) -> Iterator[None]:
    """Show a spinner beside a text, which is safe to show, as long as something takes."""
    console = Console(file=cast("TextIO", _Rendered(sys.stderr)), highlight=False, emoji=False)
    # The streams stay ours: rich's stand-ins would take escapes in what others write for style.
    with Live(
        Spinner("dots", text=Text(doing), style="green"),
        console=console,
        refresh_per_second=12.5,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ):
        yield
