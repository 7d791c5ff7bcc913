"""A check: one claim that should hold, and the function that judges whether it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from miwire.finding import Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a check says of its subject, and what it saw."""

    verdict: Verdict
    seen: str
    fix: str = ""
    """What helps in this case; empty: what the check says for every case."""


@dataclass(frozen=True, slots=True)
class Check(Generic[Subject]):
    """
    One claim with an id that is never used again for another.

    The docstring of *judge* explains the claim; it returns None where the claim does not apply.
    """

    id: str
    title: str
    """The claim that should hold."""
    judge: Callable[[Subject], Judgement | None]
    fix: str = ""
    """What to do, or to run, where it does not."""

    @property
    def docs(self) -> str:
        """Where the claim is explained."""
        return f"docs/reference/checks.md#{self.id.lower()}"

    def finding(self, subject: Subject) -> Finding | None:
        """Judge a subject; None where the claim does not apply to it."""
        said = self.judge(subject)
        if said is None:
            return None
        fix = (said.fix or self.fix) if said.verdict in {Verdict.WARN, Verdict.FAIL} else ""
        return Finding(self.id, self.title, said.verdict, said.seen, fix, self.docs)


def run(checks: Iterable[Check[Subject]], subject: Subject) -> Iterator[Finding]:
    """Judge a subject with every check that applies, in order; none stops the others."""
    for check in checks:
        finding = check.finding(subject)
        if finding is not None:
            yield finding


def holds(seen: str) -> Judgement:
    """Say that the claim holds."""
    return Judgement(Verdict.PASS, seen)


def fails(seen: str, fix: str = "") -> Judgement:
    """Say that the claim does not hold, and what helps if that depends on the case."""
    return Judgement(Verdict.FAIL, seen, fix)


def doubtful(seen: str) -> Judgement:
    """Say that the claim does not hold, and need not be wrong for that."""
    return Judgement(Verdict.WARN, seen)
