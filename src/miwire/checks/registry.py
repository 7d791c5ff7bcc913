"""A check: one claim that should hold, and the function that judges whether it does."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from miwire.errors import BadRequest
from miwire.finding import Category, Finding, InPlan, Severity, Verdict
from miwire.remedy import Fix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from miwire.errors import MiwireError
    from miwire.model.wiring import Part
    from miwire.remedy import Remedy

Subject = TypeVar("Subject")

_CATEGORIES = {
    "0": Category.SOURCE,
    "1": Category.TARGET,
    "2": Category.DIRECTORY,
    "3": Category.TOKEN,
    "4": Category.CALLS,
    "5": Category.CHANGE,
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a check says of its subject, and what it saw."""

    verdict: Verdict
    seen: str
    fix: Fix | str = ""
    """What helps in this case; empty: what the check says for every case."""
    opens: bool | None = None
    """Whether somebody who wasn't named may call in this case; None: as the check says."""


@dataclass(frozen=True, slots=True)
class Check(Generic[Subject]):
    """
    One claim with an id that is never used again for another.

    The docstring of *judge* explains the claim. It returns None where the claim doesn't apply, and
    several judgements where it can fail in several ways at once.
    """

    id: str
    title: str
    """The claim that should hold."""
    judge: Callable[[Subject], Judgement | Iterable[Judgement] | None]
    fix: Remedy | str = ""
    """What to do where it doesn't hold."""
    no_fix: str = ""
    """Why nothing can be done, where *fix* is empty."""
    severity: Severity = Severity.MEDIUM
    in_plan: InPlan = InPlan.NOTE
    about: str = ""
    """The action of the change that a question is about: it isn't asked without that change."""
    needs: tuple[Part, ...] = ()
    """What has to be readable for it; `unread` of the subject says what wasn't."""
    after: tuple[str, ...] = ()
    """Ids of the claims without which this one can't hold: its own failure follows from theirs."""
    opens: bool = False
    """Whether somebody who wasn't named may call where it doesn't hold."""
    blocks: bool = False
    """Whether the caller is rejected, or gets no token, where it doesn't hold."""

    @property
    def category(self) -> Category:
        """What it is about: the hundreds of its id say so."""
        return _CATEGORIES[self.id[3]]

    @property
    def docs(self) -> str:
        """Where the claim is explained."""
        return f"docs/reference/checks.md#{self.id.lower()}"

    @property
    def explanation(self) -> str:
        """What the page about it says."""
        return inspect.getdoc(self.judge) or ""

    def findings(self, subject: Subject) -> Iterator[Finding]:
        """Judge a subject; nothing where the claim doesn't apply to it."""
        unread = getattr(subject, "unread", {})
        for part in self.needs:
            if part in unread:
                why = f"Couldn't read {part}, so it isn't known whether {self.title}."
                yield self.finding(unknown(why))
                return
        said = self.judge(subject)
        if said is None:
            return
        for each in (said,) if isinstance(said, Judgement) else said:
            yield self.finding(each)

    def finding(self, said: Judgement) -> Finding:
        """Return what a judgement says, as a finding of this check."""
        cures = said.verdict in {Verdict.WARN, Verdict.FAIL}
        return Finding(
            self.id,
            self.title,
            said.verdict,
            said.seen,
            said.fix or (_fix(self.fix) if cures else ""),
            self.docs,
            self.category,
            self.severity,
            self.in_plan,
            self.about,
            opens=self.opens if said.opens is None else said.opens,
        )


def _fix(fix: Remedy | str) -> Fix | str:
    # A remedy is text as well: what is one is told by its class.
    return fix if type(fix) is str else Fix(fix)  # type: ignore[arg-type]


def run(checks: Iterable[Check[Subject]], subject: Subject) -> Iterator[Finding]:
    """Judge a subject with every check that applies, in order; none stops the others."""
    for check in checks:
        yield from check.findings(subject)


def troubles(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings of claims that don't hold, or that nobody knows to hold."""
    return tuple(each for each in findings if each.verdict is not Verdict.PASS)


def refuse(
    checks: Iterable[Check[Subject]], subject: Subject, error: type[MiwireError] = BadRequest
) -> None:
    """Raise *error* for the first claim that a subject fails; it carries what cures it."""
    for finding in run(checks, subject):
        if finding.verdict is Verdict.FAIL:
            raise refusal(finding, error)


def refusal(finding: Finding, error: type[MiwireError] = BadRequest) -> MiwireError:
    """Return the error that a finding makes where no plan can be made in spite of it."""
    raised = error(finding.seen, hint=finding.fix if isinstance(finding.fix, str) else None)
    raised.fix = finding.fix if isinstance(finding.fix, Fix) else None
    raised.check = finding.id
    return raised


def flaws(check: Check[Any]) -> Iterator[str]:
    """Yield what a check lacks before it can stand in the registry."""
    if not check.explanation:
        yield f"{check.id} has no page: its judging function has no docstring."
    if not (check.fix or check.no_fix):
        yield f"{check.id} has neither a fix nor a reason for none (no_fix)."
    if check.fix and check.no_fix:
        yield f"{check.id} has a fix and a reason for none."


def holds(seen: str) -> Judgement:
    """Say that the claim holds."""
    return Judgement(Verdict.PASS, seen)


def fails(seen: str, fix: Fix | str = "") -> Judgement:
    """Say that the claim does not hold, and what helps if that depends on the case."""
    return Judgement(Verdict.FAIL, seen, fix)


def doubtful(seen: str, fix: Fix | str = "") -> Judgement:
    """Say that the claim does not hold, and need not be wrong for that."""
    return Judgement(Verdict.WARN, seen, fix)


def unknown(seen: str, fix: Fix | str = "") -> Judgement:
    """Say that nobody knows whether the claim holds, and what helps all the same."""
    return Judgement(Verdict.UNKNOWN, seen, fix)


def skipped(seen: str) -> Judgement:
    """Say that the claim could not be looked at from here, and what is expected of it."""
    return Judgement(Verdict.SKIP, seen)
