"""Draw docs/pictures/demo.svg from a real run of `miwire demo`, as a terminal shows it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

from rich.console import Console
from rich.text import Text

PICTURES = Path(__file__).parent / "pictures"
COLUMNS, LINES = 100, 40


def seen(command: list[str]) -> str:
    """Return what a terminal of COLUMNS shows of a command's stdout."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    process = subprocess.Popen(  # noqa: S603  our own command
        command, stdout=theirs, stderr=subprocess.DEVNULL, env={**os.environ, "TERM": "xterm"}
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:  # how Linux says that the other end is closed
        pass
    if process.wait() != 0:
        sys.exit(f"{' '.join(command)} failed")
    return shown.decode().replace("\r\n", "\n")


def main() -> None:
    """Run the demo and draw it."""
    PICTURES.mkdir(exist_ok=True)
    console = Console(record=True, width=COLUMNS, file=Path(os.devnull).open("w"))  # noqa: SIM115
    console.print(Text("$ miwire demo", style="bold"))
    console.print(Text.from_ansi(seen([sys.executable, "-m", "miwire", "demo"])))
    drawn = console.export_svg(title="miwire demo")
    # A picture loads nothing from elsewhere: the reader's own monospace font will do.
    drawn = re.sub(r"@font-face \{.*?\}\n", "", drawn, flags=re.DOTALL)
    (PICTURES / "demo.svg").write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    main()
