"""What no handler of a service answers: the service still refuses in its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    Handler = Callable[[Request, Exception], Awaitable[Response]]
    Refusal = Callable[[Request, int], Response]

_MAX_BODY = 4 * 1024 * 1024
"""Bytes: ARM's limit (RequestContentTooLarge), and Graph's for a request."""


def application(routes: Sequence[BaseRoute], refusal: Refusal) -> ASGIApp:
    """
    Return *routes* as an application, in which *refusal* answers what none of them does.

    It is given the request and 404 for a path, 405 for a method, or 413 for a body that is too
    large.
    """

    async def refuse(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        return refusal(request, error.status_code)

    statuses: dict[Any, Handler] = dict.fromkeys((404, 405, 413), refuse)
    app = Starlette(routes=routes, exception_handlers={**statuses, ClientDisconnect: _unheard})
    # A redirect to the path with a slash more or less would be the framework's, too.
    app.router.redirect_slashes = False
    return _limited(app)


async def _unheard(request: Request, error: Exception) -> Response:
    """Answer a caller that hung up before the end of its request: no failure of the service."""
    del request, error
    return Response(status_code=400)


def _limited(app: ASGIApp) -> ASGIApp:
    """Return *app* with 413 for a large body, all of which is read but not kept."""

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size <= _MAX_BODY:
                return message
            while message.get("more_body", False):
                message = await receive()
            raise HTTPException(413)

        await app(scope, counted, send)

    return limited
