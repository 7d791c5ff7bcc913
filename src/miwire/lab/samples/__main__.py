"""
Run a sample: `python -m miwire.lab.samples core|integration [--fd NUMBER]`.

It listens on 127.0.0.1, port `PORT` (8000), in plain HTTP, as programs behind App Service do; in
the lab on a bound socket that it inherits (`--fd`), which no other user can reach or replace. It
ends when its standard input does: the lab holds the other end, so that it outlives no lab.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
from importlib import import_module

import uvicorn

SAMPLES = ("core", "integration")


async def serve(name: str, listening: list[socket.socket] | None) -> None:
    """Serve a sample on bound sockets, or on `PORT`, until a signal comes or stdin ends."""
    app = import_module(f"miwire.lab.samples.{name}").app
    port = int(os.environ.get("PORT", "8000"))
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)
    )
    watcher = threading.Thread(target=_watch, args=(server,), daemon=True)
    watcher.start()
    await server.serve(listening)


def _watch(server: uvicorn.Server) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    server.should_exit = True


def main() -> None:
    """Start the sample that the command line names."""
    match sys.argv[1:]:
        case [name] if name in SAMPLES:
            asyncio.run(serve(name, None))
        case [name, "--fd", number] if name in SAMPLES and number.isdecimal():
            asyncio.run(serve(name, [socket.socket(fileno=int(number))]))
        case _:
            sys.exit(f"usage: python -m miwire.lab.samples {'|'.join(SAMPLES)}")


if __name__ == "__main__":
    main()
