"""Graph's `$batch`: up to twenty requests in one, each answered for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from miwire.lab.graph import errors
from miwire.lab.graph.request import GraphRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from miwire.lab.documents import Document
    from miwire.lab.graph.request import GraphResponse

MAX_REQUESTS = 20
_WITH_BODY = frozenset({"PATCH", "POST", "PUT"})


@dataclass(frozen=True, slots=True)
class BatchPart:
    """One request of a batch, as the caller wrote it."""

    id: str
    method: str
    url: str
    headers: dict[str, str]
    body: Any
    depends_on: tuple[str, ...]

    def as_request(self, roles: frozenset[str]) -> GraphRequest:
        """Return it as a request of the caller of the whole batch."""
        path, _, query = self.url.partition("?")
        options = dict(parse_qsl(query, keep_blank_values=True))
        return GraphRequest(self.method, path, options, self.headers, self.body, roles)


def parts(body: object) -> list[BatchPart]:
    """Return the requests of a batch; raises GraphError where the batch itself is wrong."""
    if not isinstance(body, dict) or not isinstance(body.get("requests"), list):
        raise errors.malformed("Invalid batch payload format.")
    if len(body["requests"]) > MAX_REQUESTS:
        raise errors.malformed(
            f"Number of batch request steps exceeds the maximum value of {MAX_REQUESTS}."
        )
    found = [_part(each) for each in body["requests"]]
    ids = [each.id for each in found]
    if len(set(ids)) < len(ids):
        raise errors.malformed("Request Id has to be unique in a batch.")
    if any(other not in ids for each in found for other in each.depends_on):
        raise errors.malformed("Invalid batch dependency.")
    return found


def answers(
    found: list[BatchPart],
    roles: frozenset[str],
    respond: Callable[[GraphRequest], GraphResponse],
    faulted: Mapping[str, Document],
) -> list[Document]:
    """
    Answer each request after those it depends on; one whose dependency failed gets 424.

    *respond* turns every request into an answer and raises nothing; those in *faulted*, by id, have
    theirs already. Raises GraphError where
    requests depend on each other in a circle.
    """
    done: dict[str, Document] = {}
    waiting = list(found)
    while waiting:
        ready = [part for part in waiting if set(part.depends_on) <= done.keys()]
        if not ready:
            raise errors.malformed("Invalid batch dependency.")
        for part in ready:
            failed = any(done[other]["status"] >= 400 for other in part.depends_on)  # noqa: PLR2004
            if failed:
                done[part.id] = _failed(part)
            elif part.id in faulted:
                done[part.id] = {"id": part.id, **faulted[part.id]}
            else:
                done[part.id] = _answer(part, respond(part.as_request(roles)))
        waiting = [part for part in waiting if part.id not in done]
    return list(done.values())


def _part(entry: object) -> BatchPart:
    match entry:
        case {"id": str(id_), "method": str(method), "url": str(url), **rest}:
            headers, depends_on = rest.get("headers") or {}, rest.get("dependsOn") or []
        case _:
            raise errors.malformed("Invalid batch payload format.")
    if not isinstance(headers, dict) or not isinstance(depends_on, list):
        raise errors.malformed("Invalid batch payload format.")
    names = {str(name).lower(): str(value) for name, value in headers.items()}
    body, has_body = rest.get("body"), rest.get("body") is not None
    if method.upper() in _WITH_BODY and not (has_body and "content-type" in names):
        raise errors.malformed(
            f"Write request id : {id_} does not contain Content-Type header or body."
        )
    return BatchPart(id_, method.upper(), url, names, body, tuple(map(str, depends_on)))


def _answer(part: BatchPart, response: GraphResponse) -> Document:
    content_type = {"Content-Type": "application/json"} if response.body is not None else {}
    return {
        "id": part.id,
        "status": response.status,
        "headers": {"Cache-Control": "no-cache", **content_type, **response.headers},
        "body": response.body,
    }


def _failed(part: BatchPart) -> Document:
    error = {"code": "FailedDependency", "message": "Failed Dependency"}
    return {"id": part.id, "status": 424, "headers": {}, "body": {"error": error}}
