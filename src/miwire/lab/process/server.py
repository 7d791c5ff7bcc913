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
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import trustme
import uvicorn
from starlette.responses import PlainTextResponse

from miwire.lab.arm import app as arm
from miwire.lab.documents import new_id
from miwire.lab.easyauth import app as easyauth
from miwire.lab.entra import app as entra
from miwire.lab.entra import identity_endpoint
from miwire.lab.faults.config import Weather
from miwire.lab.graph import app as graph
from miwire.lab.process import control
from miwire.lab.process import public_files as lab_files
from miwire.lab.process.app import application
from miwire.lab.process.environment import LOCALHOST
from miwire.lab.process.fault_middleware import Faults
from miwire.lab.process.programs import Programs
from miwire.lab.process.protocol import Protocol, server_context
from miwire.lab.process.request_log import RequestLog
from miwire.lab.scenes.builder import Stage
from miwire.lab.scenes.registry import SCENES
from miwire.lab.state.keys import SigningKey, rolled
from miwire.lab.state.ports import Seat, Seats
from miwire.lab.state.tenant import Addresses, Tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from miwire.lab.process.state_dir import StateFolder

_SERVICES = 4
_SEATS = 12
"""Gates that listen; a scene needs fewer, and no port is opened later."""


def listening(first_port: int | None) -> list[socket.socket]:
    """
    Return the sockets of a lab on 127.0.0.1: four services, then the gates.

    They have consecutive ports from *first_port* on, or ports that the kernel chooses. Raises
    OSError with a sentence for a port that is taken.
    """
    sockets = []
    for number in range(_SERVICES + _SEATS):
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
class Lab:
    """A small Azure on *sockets* (see `listening`), with its files in *folder*."""

    sockets: list[socket.socket]
    folder: StateFolder
    scene: str
    detached: bool = False
    """Whether nobody reads standard error once the lab answers."""
    tied: bool = False
    """Whether the lab ends when its standard input does."""
    seed: int | None = None
    """What chance is made of in a weather that names no seed itself; None: of another each time."""
    host: str = LOCALHOST
    """The name in its URLs, certificate and issuers."""
    tenant: Tenant = field(init=False)
    stage: Stage = field(init=False)
    programs: Programs = field(init=False)
    log: RequestLog = field(default_factory=RequestLog)
    faults: Faults = field(init=False)
    _doors: dict[int, ASGIApp] = field(init=False)

    def __post_init__(self) -> None:
        ports = [each.getsockname()[1] for each in self.sockets]
        urls = [f"https://{self.host}:{port}" for port in ports]
        identities = f"http://127.0.0.1:{ports[3]}"
        keys = (SigningKey.make(), SigningKey.make())
        addresses = Addresses(urls[0], urls[1], urls[2], identities, self.host)
        self.tenant = Tenant(new_id(), new_id(), addresses, keys)
        self.programs = Programs(self.tenant, self.folder)
        self.tenant.seats = Seats([Seat(port) for port in ports[_SERVICES:]])
        self.stage = Stage(self.tenant)
        self.faults = Faults(self.tenant)
        self._begin(self.scene)
        services = {
            "arm": (urls[0], arm, control.routes(self)),
            "graph": (urls[1], graph, []),
            "entra": (urls[2], entra, []),
            "identity": (identities, identity_endpoint, []),
        }
        doors = [
            self._watched(
                name,
                url,
                application(
                    [*more, *service.routes(self.tenant)], partial(service.unrouted, self.tenant)
                ),
            )
            for name, (url, service, more) in services.items()
        ]
        doors += [
            self._watched("gate", url, self._gate(port))
            for port, url in zip(ports[_SERVICES:], urls[_SERVICES:], strict=True)
        ]
        self._doors = dict(zip(ports, doors, strict=True))

    async def reset(self, scene: str) -> None:
        """Go back to the start of *scene*; raises KeyError for a name that is no scene."""
        self._begin(scene)
        self.log.clear()
        await self.programs.end()

    def _begin(self, scene: str) -> None:
        """Build the scene, and let its own weather begin: a fair one but for some scenes."""
        self.stage.begin(SCENES[scene])
        self.scene = scene
        self.tenant.history.forget()
        self.change_weather(Weather.of(self.stage.weather, self.seed))

    def change_weather(self, weather: Weather) -> None:
        """Let *weather* begin; keys that rolled stay so until a reset."""
        tenant = self.tenant
        tenant.weather = weather
        tenant.gate = replace(self.stage.gate, **weather.gate)
        tenant.keys = rolled(tenant.keys, weather.key_rollover)
        if not weather.token_cache:
            tenant.cached_tokens.clear()
        tenant.history.begin(tenant)
        self.faults.begin()

    async def serve(self) -> None:
        """Answer until SIGTERM or SIGINT; the folder's lab.json is there while it answers."""
        authority = trustme.CA(organization_name="miwire lab")
        lab_files.write_public(self.folder, self.tenant, authority.cert_pem.bytes())
        context = server_context(authority.issue_cert(self.host, LOCALHOST, "127.0.0.1", "::1"))
        secure = _Server(_config(self._door, ssl_context_factory=lambda *_: context))
        plain = _Server(_config(self._door))
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
                    lab_files.log_errors(self.folder)
                lab_files.write_info(self.folder, self.tenant, self.stage.operator)
                await told_to_end.wait()
                self.change_weather(Weather())
                secure.should_exit = plain.should_exit = True
                await self.programs.end()
        finally:
            await self.programs.end()

    def _watched(self, service: str, url: str, app: ASGIApp) -> ASGIApp:
        """Return *app* in the weather, with its requests written down."""
        return self.log.watching(service, url, self.faults.over(service, url, app))

    async def _door(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lead a request to the service or the gate whose port it came to."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [each for each in message["headers"] if each[0].lower() != b"date"]
                date = format_datetime(self.tenant.clock.utc(), usegmt=True)
                message = {**message, "headers": [(b"date", date.encode()), *headers]}
            await send(message)

        await self._doors[scope["server"][1]](scope, receive, dated)

    def _gate(self, port: int) -> ASGIApp:
        """Return the gate of whichever app has *port* at the time of a request."""

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            sites = self.tenant.sites.values()
            site = next((each for each in sites if each.gate_port == port), None)
            if site is not None:
                inside = easyauth.gate(self.tenant, site, self.programs.address)
            else:
                inside = PlainTextResponse("404 Web Site not found.", 404)
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
