"""
Run a sample: `python -m miwire.lab.samples core|integration`.

It listens on 127.0.0.1, port `PORT` (8000), in plain HTTP, as programs behind App Service do. It
ends when its standard input does: the lab holds the other end, so that it outlives no lab.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from importlib import import_module

import uvicorn

SAMPLES = ("core", "integration")


async def serve(name: str, port: int) -> None:
    """Serve a sample until a signal comes or standard input ends."""
    app = import_module(f"miwire.lab.samples.{name}").app
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)
    )
    watcher = threading.Thread(target=_watch, args=(server,), daemon=True)
    watcher.start()
    await server.serve()


def _watch(server: uvicorn.Server) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    server.should_exit = True


def main() -> None:
    """Start the sample that the command line names."""
    match sys.argv[1:]:
        case [name] if name in SAMPLES:
            asyncio.run(serve(name, int(os.environ.get("PORT", "8000"))))
        case _:
            sys.exit(f"usage: python -m miwire.lab.samples {'|'.join(SAMPLES)}")


if __name__ == "__main__":
    main()
