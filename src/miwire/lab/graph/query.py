"""Lists as Graph gives them: `$filter`, `$select`, `$orderby`, `$count`, and pages."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from miwire.lab.graph import errors
from miwire.lab.graph.filter import Filter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from miwire.lab.documents import Document
    from miwire.lab.graph.request import GraphRequest

_OPTIONS = frozenset({"$filter", "$select", "$top", "$count", "$orderby", "$skiptoken"})
_MAX_PAGE = 999
_OFFSET = re.compile(r"[0-9]{1,9}")


def listed(
    request: GraphRequest, documents: Iterable[Document], context: str, filterable: frozenset[str]
) -> Document:
    """
    Return the list that *request* asks for out of *documents*.

    *context* is the metadata URL up to the collection; *filterable* are the properties that
    `$filter` may name. Raises GraphError for a query that Graph does not serve, such as an
    advanced one without ConsistencyLevel: eventual and $count=true.
    """
    _check_options(request)
    found = list(documents)
    counts = request.query.get("$count", "").lower() == "true"
    is_advanced, text = counts, request.query.get("$filter")
    if text is not None:
        condition = Filter(text, filterable)
        is_advanced |= condition.is_advanced or "$orderby" in request.query
        found = [each for each in found if condition.matches(each)]
    if is_advanced and not (counts and request.is_eventual):
        raise errors.unsupported_query()
    found = _ordered(request, found, filterable)
    names = _selected(request)
    answer: Document = {"@odata.context": context + (f"({','.join(names)})" if names else "")}
    if counts:
        answer["@odata.count"] = len(found)
    start = _start(request)
    end = start + _top(request)
    if end < len(found):
        answer["@odata.nextLink"] = _next_link(request, context, end)
    answer["value"] = [_part(each, names) for each in found[start:end]]
    return answer


def entity(request: GraphRequest, document: Document, context: str) -> Document:
    """Return one object as *request* asks for it; raises GraphError for an unknown option."""
    _check_options(request)
    names = _selected(request)
    selected = f"({','.join(names)})" if names else ""
    return {"@odata.context": f"{context}{selected}/$entity", **_part(document, names)}


def _check_options(request: GraphRequest) -> None:
    for name in request.query:
        if name.startswith("$") and name not in _OPTIONS:
            raise errors.unsupported_query()


def _selected(request: GraphRequest) -> list[str]:
    text = request.query.get("$select", "")
    return [name.strip() for name in text.split(",") if name.strip()]


def _part(document: Document, names: list[str]) -> Document:
    """Return the selected properties; one that the object never had reads as null."""
    return {name: document.get(name) for name in names} if names else document


def _top(request: GraphRequest) -> int:
    text = request.query.get("$top", "100")
    size = int(text) if text.isdecimal() and text.isascii() else 0
    if not 1 <= size <= _MAX_PAGE:
        raise errors.malformed(
            f"Invalid page size specified: '{text}'. Must be between 1 and {_MAX_PAGE} inclusive."
        )
    return size


def _start(request: GraphRequest) -> int:
    """Return how many objects the earlier pages held."""
    token = request.query.get("$skiptoken")
    if token is None:
        return 0
    try:
        start = base64.urlsafe_b64decode(token.encode("ascii")).decode("ascii")
    except ValueError:
        start = ""
    if _OFFSET.fullmatch(start) is None:
        raise errors.malformed("The skip token is invalid.")
    return int(start)


def _next_link(request: GraphRequest, context: str, start: int) -> str:
    token = base64.urlsafe_b64encode(str(start).encode()).decode()
    query = urlencode({**request.query, "$skiptoken": token}, safe="$")
    return f"{context.partition('$metadata')[0]}{request.path.lstrip('/')}?{query}"


def _ordered(
    request: GraphRequest, documents: list[Document], sortable: frozenset[str]
) -> list[Document]:
    name, _, direction = request.query.get("$orderby", "").partition(" ")
    if not name:
        return documents
    if name not in sortable or direction.lower() not in {"", "asc", "desc"}:
        raise errors.unsupported_query()
    return sorted(
        documents,
        key=lambda document: str(document.get(name) or "").lower(),
        reverse=direction.lower() == "desc",
    )
