"""
Injects faults into requests on their way to a service: a layer around each application.

The lab's own routes are exempt, so that faults can always be changed.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.responses import Response

from miwire.lab.faults.rules import Answered, Cut, Delayed, Dropped, ExclusiveLock, Hung
from miwire.lab.process import fault_bodies
from miwire.lab.process.fault_matcher import FaultMatcher, RequestInfo
from miwire.lab.process.protocol import closing, transport_of
from miwire.lab.process.request_log import CONTROL

if TYPE_CHECKING:
    from asyncio import Transport

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from miwire.lab.documents import Document
    from miwire.lab.process.fault_matcher import Fault
    from miwire.lab.state.tenant import Tenant


@dataclass(slots=True)
class FaultInjector:
    """Injects the faults of *tenant* into requests to all of its services."""

    tenant: Tenant
    matcher: FaultMatcher = field(init=False)
    _hanging: dict[int, tuple[Document, Transport]] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the faults change, for requests that are delayed."""

    def __post_init__(self) -> None:
        self.matcher = FaultMatcher(self.tenant.faults)

    def begin(self) -> None:
        """Start with the tenant's present faults: reset the counters and end every wait."""
        self.matcher = FaultMatcher(self.tenant.faults)
        self._changed.set()
        self._changed = asyncio.Event()
        for _, transport in self._hanging.values():
            transport.abort()

    def hanging(self) -> list[Document]:
        """Return the requests that wait for an answer that never comes."""
        return [entry for entry, _ in self._hanging.values()]

    async def wait(self, seconds: float) -> None:
        """Return after some seconds, or when the faults change."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)

    def over(self, service: str, base_url: str, app: ASGIApp) -> ASGIApp:
        """Return *app* with faults injected, as *service*, addressed to *base_url*."""

        async def exposed(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or _is_control(service, scope):
                await app(scope, receive, send)
                return
            passage = _FaultableRequest(self, service, base_url, app, scope, receive, send)
            await passage.make()

        return exposed

    def hang(self, entry: Document, transport: Transport) -> int:
        """Write down a request that hangs, and return what to give to `freed`."""
        number = max(self._hanging, default=0) + 1
        self._hanging[number] = entry, transport
        return number

    def freed(self, number: int) -> None:
        """Forget a request whose caller gave up."""
        del self._hanging[number]


@dataclass(slots=True)
class _FaultableRequest:
    """One request on its way through the faults."""

    injector: FaultInjector
    service: str
    base_url: str
    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send

    async def make(self) -> None:
        """Pass the request to the service, or apply the fault that matches it."""
        fault = self.injector.matcher.of(await self._asked())
        if fault is None:
            await self._served(self.send)
            return
        self.scope["fault"] = fault.name
        match fault.effect:
            case Answered() if fault.parts:
                self.scope["faulted_parts"] = dict.fromkeys(fault.parts, self._part(fault.effect))
                await self._served(self.send)
            case Answered() as answered:
                await _drain(self.receive)
                await self._answer(answered)
            case Delayed(seconds):
                await self.injector.wait(seconds)
                await self._served(self.send)
            case ExclusiveLock():
                await self._swallowed()
                await self._answer(Answered(504))
            case Cut():
                await self._cut()
            case Dropped(after) | Hung(after):
                await (self._swallowed() if after else _drain(self.receive))
                await self._silence(fault)

    async def _asked(self) -> RequestInfo:
        path, query = self.scope["raw_path"].decode("latin-1"), self.scope["query_string"]
        target = f"{path}?{query.decode('latin-1')}" if query else path
        parts: tuple[tuple[str, str, str], ...] = ()
        looks_inside = any(rule.part for rule in self.injector.tenant.faults.rules)
        if looks_inside and self.service == "graph" and path.lower().endswith("/$batch"):
            parts = _parts(await self._read_ahead())
        return RequestInfo(self.service, self.scope["method"], target, parts)

    async def _read_ahead(self) -> bytes:
        """Return the whole body, and let the service read it once more."""
        messages: list[Message] = []
        while not messages or messages[-1].get("more_body", False):
            messages.append(await self.receive())
        body, receive = b"".join(each.get("body", b"") for each in messages), self.receive

        async def again() -> Message:
            return messages.pop(0) if messages else await receive()

        self.receive = again
        return body

    async def _served(self, send: Send) -> None:
        try:
            await self.app(self.scope, self.receive, send)
        finally:
            self.injector.tenant.history.note(self.injector.tenant)

    async def _swallowed(self) -> list[Message]:
        """Let the service do its work, and return what it would have said."""
        said: list[Message] = []

        async def keep(message: Message) -> None:
            said.append(message)

        await self._served(keep)
        return said

    async def _answer(self, answered: Answered) -> None:
        body, text = self._body(answered), answered.body
        raw = text if isinstance(text, str) else "" if body is None else json.dumps(body)
        kind = "text/plain" if isinstance(text, str) else "application/json" if raw else None
        response = Response(raw, answered.status, media_type=kind)
        for name, value in answered.headers.items():
            response.headers[name] = value
        await response(self.scope, self.receive, self.send)

    def _part(self, answered: Answered) -> Document:
        headers = {"Content-Type": "application/json", **answered.headers}
        return {"status": answered.status, "headers": headers, "body": self._body(answered)}

    def _body(self, answered: Answered) -> object:
        if answered.body is not None:
            return answered.body
        return fault_bodies.refusal(self.injector.tenant, self.service, answered.status)

    async def _cut(self) -> None:
        start, *rest = await self._swallowed()
        body = b"".join(each.get("body", b"") for each in rest)
        if body:
            await self.send(start)
            half = {"type": "http.response.body", "body": body[: len(body) // 2]}
            await self.send({**half, "more_body": True})
        await closing(self.scope, self.receive)

    async def _silence(self, fault: Fault) -> None:
        if isinstance(fault.effect, Dropped):
            await closing(self.scope, self.receive)
            return
        path, query = self.scope["raw_path"].decode("latin-1"), self.scope["query_string"]
        url = self.base_url + path + (f"?{query.decode('latin-1')}" if query else "")
        entry = {"service": self.service, "method": self.scope["method"], "url": url}
        number = self.injector.hang(entry, transport_of(self.scope))
        try:
            await _until_gone(self.receive)
        finally:
            self.injector.freed(number)


def _is_control(service: str, scope: Scope) -> bool:
    return service == "arm" and str(scope["path"]).startswith(CONTROL)


def _parts(body: bytes) -> tuple[tuple[str, str, str], ...]:
    """Return id, method and URL of each request in a batch, none where it is no batch."""
    with suppress(ValueError, RecursionError, TypeError, KeyError, AttributeError):
        requests = json.loads(body)["requests"]
        return tuple((str(each["id"]), str(each["method"]), str(each["url"])) for each in requests)
    return ()


async def _drain(receive: Receive) -> None:
    while (await receive()).get("more_body", False):
        pass


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
