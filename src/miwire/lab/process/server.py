"""
The process: one event loop, TLS for ARM, Graph, Entra ID and the gates, plain HTTP for identities.

One uvicorn server has all TLS sockets and a request's port says whom it is for: one server per
port would not stop on SIGTERM. The keys of the CA and of the tokens stay in memory.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import trustme
import uvicorn

from miwire.lab.arm import app as arm
from miwire.lab.documents import LOCALHOST
from miwire.lab.easyauth import app as easyauth
from miwire.lab.easyauth.front_end import PageResponse
from miwire.lab.entra import app as entra
from miwire.lab.entra import identity_endpoint
from miwire.lab.faults.answers import BY_STATE
from miwire.lab.faults.config import FaultConfig
from miwire.lab.graph import app as graph
from miwire.lab.process import control, public_files
from miwire.lab.process.app import application
from miwire.lab.process.lab import SERVICES
from miwire.lab.process.protocol import Protocol, server_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from miwire.lab.process.lab import Lab

_APP_PORTS = 12
"""Gates that listen; a scene needs fewer, and no port is opened later."""


def listening(first_port: int | None) -> list[socket.socket]:
    """
    Return the sockets of a lab on 127.0.0.1: four services, then the gates.

    They have consecutive ports from *first_port* on, or ports that the kernel chooses. Raises
    OSError with a sentence for a port that is taken.
    """
    sockets = []
    for number in range(SERVICES + _APP_PORTS):
        port = first_port + number if first_port else 0
        # asyncio sets TCP_NODELAY only on sockets that name TCP; without it an answer takes 40 ms.
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(("127.0.0.1", port))
            bound.listen(128)
        except (OSError, OverflowError) as error:
            raise OSError(f"Port {port} cannot be used: {error}.") from error
        sockets.append(bound)
    return sockets


@dataclass(slots=True)
class Server:
    """The server of a lab on *sockets* (see `listening`)."""

    lab: Lab
    sockets: list[socket.socket]
    detached: bool = False
    """Whether nobody reads standard error once the lab answers."""
    tied: bool = False
    """Whether the lab ends when its standard input does."""
    _apps: dict[int, ASGIApp] = field(init=False)
    """By port."""

    def __post_init__(self) -> None:
        lab = self.lab
        services = {
            "arm": (arm, control.routes(lab)),
            "graph": (graph, []),
            "entra": (entra, []),
            "identity": (identity_endpoint, []),
        }
        apps = [
            self._watched(
                name,
                lab.url(port),
                application(
                    [*more, *service.routes(lab.tenant)], partial(service.fallback, lab.tenant)
                ),
            )
            for port, (name, (service, more)) in zip(lab.ports, services.items(), strict=False)
        ]
        apps += [
            self._watched("gate", lab.url(port), self._gate(port)) for port in lab.ports[SERVICES:]
        ]
        self._apps = dict(zip(lab.ports, apps, strict=True))

    async def serve(self) -> None:
        """Answer until SIGTERM or SIGINT; the folder's lab.json is there while it answers."""
        authority = trustme.CA(organization_name="miwire lab")
        public_files.write_public(self.lab.folder, self.lab.tenant, authority.cert_pem.bytes())
        context = server_context(authority.issue_cert(self.lab.host, LOCALHOST, "127.0.0.1", "::1"))
        secure = _Server(_config(self._dispatch, ssl_context_factory=lambda *_: context))
        plain = _Server(_config(self._dispatch))
        told_to_end = asyncio.Event()
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(each, told_to_end.set)
        if self.tied:
            # Nobody writes there: whatever can be read is the end.
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), told_to_end.set)
        identities = self.sockets[3]
        others = [each for each in self.sockets if each is not identities]
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(secure.serve(others))
                group.create_task(plain.serve([identities]))
                await secure.answers.wait()
                await plain.answers.wait()
                if self.detached:
                    public_files.log_errors(self.lab.folder)
                public_files.write_info(self.lab.folder, self.lab.tenant, self.lab.builder.operator)
                await told_to_end.wait()
                self.lab.set_faults(FaultConfig())
                secure.should_exit = plain.should_exit = True
                await self.lab.programs.end()
        finally:
            await self.lab.programs.end()

    def _watched(self, service: str, url: str, app: ASGIApp) -> ASGIApp:
        """Return *app* with faults injected and its requests logged."""
        return self.lab.log.watching(service, url, self.lab.injector.over(service, url, app))

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lead a request to the service or the gate whose port it came to."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [each for each in message["headers"] if each[0].lower() != b"date"]
                date = format_datetime(self.lab.tenant.clock.utc(), usegmt=True)
                message = {**message, "headers": [(b"date", date.encode()), *headers]}
            await send(message)

        await self._apps[scope["server"][1]](scope, receive, dated)

    def _gate(self, port: int) -> ASGIApp:
        """Return the gate of whichever app has *port* at the time of a request."""

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            sites = self.lab.tenant.sites.values()
            site = next((each for each in sites if each.gate_port == port), None)
            if site is not None:
                inside = easyauth.gate(self.lab.tenant, site, self.lab.programs.address)
            else:
                inside = PageResponse(BY_STATE["not-found"].page, {})
            await inside(scope, receive, send)

        return app


class _Server(uvicorn.Server):
    """A server that tells when it answers, and leaves the signals to the lab."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answers.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(app: ASGIApp, **more: Any) -> uvicorn.Config:  # noqa: ANN401 - uvicorn's own options
    return uvicorn.Config(
        app,
        http=Protocol,
        interface="asgi3",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
        **more,
    )
