"""ARM's lists in pages: `$top`, and a nextLink that leads to the rest."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from miwire.lab.arm import errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from miwire.lab.arm.request import ArmRequest
    from miwire.lab.documents import Document

PAGE = 100
"""Resources on one page unless `$top` says less; providers differ, and none promises a number."""

_OFFSET = re.compile(r"[0-9]{1,9}")


def page(request: ArmRequest, found: Sequence[Document]) -> tuple[list[Document], str | None]:
    """
    Return the page of *found* that *request* asks for, and the URL of the next one.

    Raises ArmError (400) for a `$top` or a `$skiptoken` that is none.
    """
    size = _size(request.query.get("$top"))
    start = _start(request.query.get("$skiptoken"))
    end = start + size
    if end >= len(found):
        return list(found[start:]), None
    token = base64.urlsafe_b64encode(str(end).encode()).decode()
    query = urlencode({**request.query, "$skiptoken": token}, safe="$")
    return list(found[start:end]), f"{request.tenant.addresses.arm}{request.path}?{query}"


def _size(top: str | None) -> int:
    if top is None:
        return PAGE
    if not top.isascii() or not top.isdecimal() or not top.strip("0"):
        raise errors.query_invalid("$top", top)
    digits = top.lstrip("0")
    return min(PAGE, int(digits)) if len(digits) <= len(str(PAGE)) else PAGE


def _start(token: str | None) -> int:
    if token is None:
        return 0
    try:
        start = base64.urlsafe_b64decode(token.encode("ascii")).decode("ascii")
    except ValueError:
        start = ""
    if _OFFSET.fullmatch(start) is None:
        raise errors.query_invalid("$skiptoken", token)
    return int(start)
