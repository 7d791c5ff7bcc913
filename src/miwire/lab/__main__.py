"""Run a lab in the foreground until Ctrl-C or SIGTERM: `python -m miwire.lab --state-dir DIR`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from miwire.lab.documents import LOCALHOST, checked
from miwire.lab.process import public_files
from miwire.lab.process.lab import Lab
from miwire.lab.process.server import Server, listening
from miwire.lab.process.state_dir import FolderRefused, StateFolder
from miwire.lab.scenes import names


def main() -> int:
    """Run the lab that the command line describes; what stops it is one line on stderr."""
    parser = argparse.ArgumentParser(prog="python -m miwire.lab", description=__doc__)
    parser.add_argument("--state-dir", type=Path, required=True, help="the folder of its files")
    parser.add_argument("--port", type=int, help="ARM's port; the others follow it")
    parser.add_argument("--scene", choices=names.NAMES, default=names.DEFAULT, help="first scene")
    parser.add_argument("--seed", type=int, help="seed for random fault injection")
    parser.add_argument(
        "--host",
        default=LOCALHOST,
        type=checked,
        help="the name in its URLs",
    )
    parser.add_argument("--detached", action="store_true", help="log to lab.log once it answers")
    parser.add_argument("--tied", action="store_true", help="end when standard input does")
    asked = parser.parse_args()
    folder = StateFolder(asked.state_dir.absolute())
    try:
        folder.prepare()
        # The sockets of programs have paths relative to it: there is no room for more in them.
        os.chdir(folder.path)
        with folder.locked():
            public_files.claim(folder)
            try:
                sockets = listening(asked.port)
                ports = [each.getsockname()[1] for each in sockets]
                lab = Lab(ports, folder, asked.scene, seed=asked.seed, host=asked.host)
                server = Server(lab, sockets, detached=asked.detached, tied=asked.tied)
                asyncio.run(server.serve())
            finally:
                folder.remove()
    except (FolderRefused, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
