"""What a check said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a claim fared; *unknown* is never *pass*."""

    PASS = "pass"  # noqa: S105  a verdict, no password
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim, its verdict, and what was seen."""

    id: str
    title: str
    """The claim that should hold."""
    verdict: Verdict
    seen: str = ""
    fix: str = ""
    docs: str = ""
