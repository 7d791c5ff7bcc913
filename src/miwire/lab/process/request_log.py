"""Every request to every service of this Azure, in order, until a reset."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from miwire.lab.documents import Document

CONTROL = "/_lab/"


@dataclass(slots=True)
class RequestLog:
    """The entries; header values and bodies are never among them, for they hold tokens."""

    _entries: list[Document] = field(default_factory=list)

    def answered(self) -> list[Document]:
        """Return the requests that have their answer, oldest first."""
        return [entry for entry in self._entries if entry["elapsedMs"] is not None]

    def clear(self) -> None:
        """Forget all; a request that is under way is not written down later."""
        self._entries = []

    def watching(self, service: str, base_url: str, app: ASGIApp) -> ASGIApp:
        """Return *app* with its requests written down as *service*'s, addressed to *base_url*."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            entry, started = _begun(service, base_url, scope), time.monotonic()
            self._entries.append(entry)

            async def sent(message: Message) -> None:
                if message["type"] == "http.response.start":
                    entry["status"] = message["status"]
                await send(message)

            try:
                await app(scope, receive, sent)
            finally:
                entry["elapsedMs"] = round((time.monotonic() - started) * 1000, 1)
                if "batch_parts" in scope:
                    entry["parts"] = scope["batch_parts"]
                if "fault" in scope:
                    entry["fault"] = scope["fault"]

        return watched


def _begun(service: str, base_url: str, scope: Scope) -> Document:
    path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    is_control = service == "arm" and scope["path"].startswith(CONTROL)
    return {
        "method": scope["method"],
        "url": base_url + path + (f"?{query}" if query else ""),
        "service": "control" if is_control else service,
        "status": None,
        "startedAt": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "elapsedMs": None,
    }
