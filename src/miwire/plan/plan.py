"""Changes as values: a plan can be shown, counted, compared and applied."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

from miwire.finding import InPlan
from miwire.remedy import Fix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from miwire.azure.session import Azure
    from miwire.finding import Finding
    from miwire.model.auth_settings import Difference
    from miwire.model.cloud import Cloud
    from miwire.model.wiring import Wiring
    from miwire.permissions.graph import Right


class Change(Protocol):
    """One call to Azure. It names what it wants and looks ids up when it is applied."""

    @property
    def action(self) -> str:
        """A word for programs, such as `assign-app-role`."""

    @property
    def summary(self) -> str:
        """The same for people, in the imperative."""

    def requires(self, wiring: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes, in so far as they can be told before."""

    def preview(self, wiring: Wiring) -> Wiring:
        """Return the wiring as it will be, but for the ids that Azure makes."""

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Make the change and return the wiring as it is then."""


@runtime_checkable
class HasAzForm(Protocol):
    """A change that can be written as az commands; one that can't says why in `no_az`."""

    def az(self, cloud: Cloud, wiring: Wiring) -> Iterator[str]:
        """Yield the az commands that do the same; ids that nobody knows yet are variables."""


class Record(Protocol):
    """Where a run writes down what was and what it did."""

    name: str

    def made(self, done: int, wiring: Wiring) -> None:
        """Write down that so many changes were made, and what is once the next one is, too."""

    def ended(self) -> None:
        """Write down that the run came to its end."""


class Question(str):
    """What has to be agreed to before the change of that *action* is made."""

    __slots__ = ("action", "fix")
    action: str
    fix: Fix | None
    """What to do instead, where there is a way without the loss."""

    def __new__(cls, text: str, action: str, fix: Fix | None = None) -> Self:
        """Return the text, and what it is about."""
        question = super().__new__(cls, text)
        question.action = action
        question.fix = fix
        return question


@dataclass(frozen=True, slots=True)
class Planned:
    """A change of a plan, and whether it was made."""

    change: Change
    done: bool
    begun: bool = False
    """Whether it was under way when something stopped it: Azure may have taken it or not."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What separates the wiring that is from the one asked for. Empty: nothing to do."""

    start: Wiring
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...] = ()
    """What checks said of it, the most important first."""
    purpose: str = "make these changes"
    """What it is for, after "could not"."""

    def __bool__(self) -> bool:
        return bool(self.changes)

    @property
    def notes(self) -> tuple[str, ...]:
        """What people should know before they agree."""
        return tuple(each.seen for each in self.findings if each.in_plan is InPlan.NOTE)

    @property
    def questions(self) -> tuple[Question, ...]:
        """What has to be agreed to, because somebody loses something or something opens."""
        asked = (each for each in self.findings if each.in_plan is InPlan.QUESTION)
        return tuple(
            Question(each.seen, each.about, each.fix if isinstance(each.fix, Fix) else None)
            for each in asked
        )

    def asking_only(self, questions: Iterable[str]) -> Self:
        """Return the plan with these of its questions."""
        kept = set(questions)
        findings = (
            each
            for each in self.findings
            if each.in_plan is not InPlan.QUESTION or each.seen in kept
        )
        return replace(self, findings=tuple(findings))

    def planned(self, done: int = 0, *, stopped: bool = False) -> tuple[Planned, ...]:
        """Return the changes, of which the first *done* were made and the next was *stopped*."""
        return tuple(
            Planned(change, n < done, begun=stopped and n == done)
            for n, change in enumerate(self.changes)
        )

    @property
    def requires(self) -> tuple[Right, ...]:
        """The rights that its changes take, each once."""
        every = (right for change in self.changes for right in change.requires(self.start))
        return tuple(dict.fromkeys(every))

    def differences(self, known: Wiring | None = None) -> tuple[Difference, ...]:
        """
        Return what the plan changes in the authentication settings, setting by setting.

        Ids that are yet to be made are words, unless *known* is the wiring that has them.
        """
        if self.start.target is None:
            return ()
        before = self.start.target.settings
        wishes = (each.edit(known or self.start) for each in self.changes if hasattr(each, "edit"))
        return tuple(
            difference
            for edit in wishes
            for difference in before.differences(edit.applied_to(before))
        )

    def preview(self, done: int, wiring: Wiring) -> Wiring:
        """
        Return what will be once the change after the first *done* is made.

        A process killed in the middle of a change has no time to record what it did.
        """
        return self.changes[done].preview(wiring) if done < len(self.changes) else wiring


@dataclass(frozen=True, slots=True)
class Outcome:
    """A plan, and how much of it came about."""

    plan: Plan
    wiring: Wiring
    done: int
    run: str | None = None
    """The name of the record of what was before, where there was something to change."""

    @property
    def planned(self) -> tuple[Planned, ...]:
        """The changes, and which of them were made."""
        return self.plan.planned(self.done)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What it changes in the authentication settings: as planned, its ids as made."""
        return self.plan.differences(self.wiring)
