"""The programs behind the gates: started at the first request, restarted when settings change."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from miwire.lab.easyauth.proxy import SOCKET
from miwire.lab.process import environment, state_dir

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from pathlib import Path

    from miwire.lab.process.state_dir import StateFolder
    from miwire.lab.state.site import Site
    from miwire.lab.state.tenant import Tenant

_SECONDS_TO_START = 30.0
"""Seconds for a program to listen; App Service gives a container 230."""
_NOWHERE = f"{SOCKET}{state_dir.SOCKETS}/none"
"""Where nobody listens."""
_GRACE = 2.0
"""Seconds for a program to end by itself."""


@dataclass(frozen=True, slots=True)
class _Running:
    process: Process
    address: str
    environment: dict[str, str]
    restarts: int
    """How often somebody had asked to restart the app when this program was started."""


@dataclass(slots=True)
class Programs:
    """One child process per app that has a program; none outlives the lab, or its folder."""

    tenant: Tenant
    folder: StateFolder
    _running: dict[str, _Running] = field(default_factory=dict)
    _sockets: int = 0
    """How many were bound: a path is never used twice, so that none is mistaken for another."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while programs start or stop, so that two first requests start one program."""

    async def address(self, site: Site) -> str | None:
        """
        Return where the program behind *site* is (see `forward`), None where it has none.

        The program runs inside the app's environment of this moment: on App Service, too, changed
        settings and identities restart the app. One that does not start is returned all the same:
        a client gets no connection.
        """
        if site.upstream is not None or site.program is None:
            return site.upstream
        wanted = environment.without_logins(os.environ) | environment.of_site(
            self.tenant, site, self.folder
        )
        async with self._turn:
            # App settings can be more than a process may be given: then none is there to answer.
            with suppress(OSError):
                return (await self._current(site, wanted)).address
        return _NOWHERE

    async def _current(self, site: Site, wanted: dict[str, str]) -> _Running:
        running = self._running.get(site.id)
        if running is None or not await _listens(running.address):
            running = await self._started(site, wanted)
        elif (running.environment, running.restarts) != (wanted, site.restarts):
            await _ended(running.process)
            running = await self._started(site, wanted)
        return running

    async def end(self) -> None:
        """End every program and remove what they kept."""
        async with self._turn:
            running, self._running = self._running, {}
            await asyncio.gather(*(_ended(each.process) for each in running.values()))
            for name in (state_dir.PROGRAMS, state_dir.SOCKETS):
                shutil.rmtree(self.folder.file(name), ignore_errors=True)

    async def _started(self, site: Site, wanted: dict[str, str]) -> _Running:
        home = self._home(site)
        with self._bound() as bound:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", "-m", "miwire.lab.samples", str(site.program)),
                *("--fd", str(bound.fileno())),
                env={**wanted, "HOME": str(home)},
                cwd=home,
                pass_fds=[bound.fileno()],
                # The end of this pipe tells the program that the lab is gone, however it went.
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                # Ctrl-C in a terminal is for the lab, which then ends its programs.
                start_new_session=True,
            )
            address = f"{SOCKET}{bound.getsockname()}"
        running = _Running(process, address, wanted, site.restarts)
        self._running[site.id] = running
        await _until_listening(process, address)
        return running

    def _bound(self) -> socket.socket:
        """
        Return a socket that is bound to a path in the lab's folder, for a program to inherit.

        No other user can go to that folder: neither to the program, past the authentication in
        front of it, nor to the path, to be handed tokens once the program is gone. The path is
        relative to the folder, which is where the lab runs: a socket's may have 100 characters.
        """
        folder = self.folder.file(state_dir.SOCKETS)
        folder.mkdir(mode=0o700, exist_ok=True)
        self._sockets += 1
        bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            bound.bind(f"{state_dir.SOCKETS}/{self._sockets}")
        except OSError:
            bound.close()
            raise
        return bound

    def _home(self, site: Site) -> Path:
        """Make the folder that is a program's HOME and current folder, across its restarts."""
        group = site.document["properties"]["resourceGroup"]
        home = self.folder.file(state_dir.PROGRAMS) / str(group) / site.name.replace("/", "~")
        home.mkdir(parents=True, exist_ok=True)
        return home


async def _listens(address: str) -> bool:
    """Say whether a program takes connections; the loop learns late that a child has died."""
    try:
        _, writer = await asyncio.open_unix_connection(address.removeprefix(SOCKET))
    except OSError:
        return False
    writer.close()
    return True


async def _until_listening(process: Process, address: str) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_SECONDS_TO_START):
            while process.returncode is None:
                if await _listens(address):
                    return
                await asyncio.sleep(0.03)


async def _ended(process: Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), _GRACE)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
