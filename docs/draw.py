"""Draw the pictures of docs/pictures/ from real runs, as a terminal shows them."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from miwire.lab import launcher

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PICTURES = Path(__file__).parent / "pictures"
COLUMNS, LINES = 100, 40
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Zac-ln-z]")
"""What steers a terminal, colours (m) excepted."""
_REWRITTEN = re.compile(r"[^\n]*(?:\n\r?\x1b\[1A\x1b\[2K|\r(?!\n))")
"""A line that was written over or erased, as spinners are."""


def seen(arguments: Sequence[str], environment: Mapping[str, str], *, errors: bool) -> str:
    """Return what a terminal of COLUMNS shows of a command of miwire; *errors*: of stderr, too."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    process = subprocess.Popen(  # noqa: S603  our own command
        [sys.executable, "-m", "miwire", *arguments],
        stdin=theirs if errors else subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs if errors else subprocess.DEVNULL,
        env={**environment, "TERM": "xterm"},
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:  # how Linux says that the other end is closed
        pass
    if process.wait() != 0:
        sys.exit(f"miwire {' '.join(arguments)} failed")
    text = _REWRITTEN.sub("", shown.decode().replace("\r\n", "\n"))
    return _CONTROL.sub("", text).strip("\n")


def draw(name: str, runs: Sequence[tuple[Sequence[str], str]]) -> None:
    """Draw commands and what each showed as one picture."""
    PICTURES.mkdir(exist_ok=True)
    console = Console(record=True, width=COLUMNS, file=Path(os.devnull).open("w"))  # noqa: SIM115
    for arguments, shown in runs:
        console.print(Text(f"$ miwire {' '.join(arguments)}", style="bold"))
        console.print(Text.from_ansi(shown))
        console.print()
    drawn = console.export_svg(title=f"miwire {name}")
    # A picture loads nothing from elsewhere: the reader's own monospace font will do.
    drawn = re.sub(r"@font-face \{.*?\}\n", "", drawn, flags=re.DOTALL)
    (PICTURES / f"{name}.svg").write_text(drawn, encoding="utf-8")


def main() -> None:
    """Run the demo, and a wiring in a lab of its own, and draw them."""
    draw("demo", [(("demo",), seen(("demo",), os.environ, errors=False))])
    wiring = ("connect", "core", "integration"), ("undo", "--list")
    with tempfile.TemporaryDirectory() as folder:
        state_dir = Path(folder) / "lab"
        info, _ = launcher.start(state_dir)
        try:
            environment = {**os.environ, **launcher.operator_environment(info)}
            draw("connect", [(each, seen(each, environment, errors=True)) for each in wiring])
        finally:
            launcher.stop(state_dir)


if __name__ == "__main__":
    main()
