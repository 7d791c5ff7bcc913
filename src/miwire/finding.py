"""What a check said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from miwire.remedy import Fix


class Verdict(StrEnum):
    """How a claim fared; *unknown* is never *pass*."""

    PASS = "pass"  # noqa: S105  a verdict, no password
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIP = "skip"
    """Not looked at: it follows from another claim that fails, or only SOURCE could see it."""


class Category(StrEnum):
    """What a claim is about, in the order of a request's way."""

    SOURCE = "source"
    TARGET = "target"
    DIRECTORY = "directory"
    TOKEN = "token"  # noqa: S105  a category, no password
    CALLS = "calls"
    CHANGE = "change"
    """What a plan does to those who use the apps today."""


class Severity(StrEnum):
    """How bad it is where a claim doesn't hold."""

    HIGH = "high"
    """Somebody is allowed who shouldn't be, or the connection can't work."""
    MEDIUM = "medium"
    """It depends on something that isn't known, or that may change."""
    LOW = "low"
    """Good to know."""


class InPlan(StrEnum):
    """What a plan does with a claim that doesn't hold."""

    NOTE = "note"
    """It says so."""
    QUESTION = "question"
    """It asks for confirmation."""
    REFUSAL = "refusal"
    """There is no plan."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim, its verdict, and what was seen."""

    id: str
    title: str
    """The claim that should hold."""
    verdict: Verdict
    seen: str = ""
    fix: Fix | str = ""
    docs: str = ""
    category: Category = Category.TARGET
    severity: Severity = Severity.MEDIUM
    in_plan: InPlan = InPlan.NOTE
    about: str = ""
    """The action of the change that a question is about."""
    opens: bool = False
    """Whether somebody who wasn't named may call where the claim doesn't hold."""
    follows: str = ""
    """The id of the failure that this one follows from; empty: none."""
