"""JSON as services read it: RFC 8259 in UTF-8, and nothing that only Python takes for JSON."""

from __future__ import annotations

import json
from typing import Any


def parsed(raw: bytes) -> Any:  # noqa: ANN401 - JSON is any value
    """
    Return the value that *raw* holds; raises ValueError where it holds none.

    NaN, Infinity, halves of surrogate pairs and very deep nesting are refused here, once: they
    could be kept and then not be written into an answer.
    """
    try:
        value = json.loads(raw, parse_constant=_refused)
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("The nesting is too deep.") from None
    return value


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON.")
