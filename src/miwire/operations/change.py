"""Changes as values: a plan can be shown, counted, compared and applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from miwire.errors import Interrupted, MiwireError

if TYPE_CHECKING:
    from collections.abc import Callable

    from miwire.azure import Azure
    from miwire.domain.wiring import Wiring


class Change(Protocol):
    """One call to Azure. It names what it wants and looks ids up when it is applied."""

    @property
    def action(self) -> str:
        """A word for programs, such as `assign-app-role`."""

    @property
    def summary(self) -> str:
        """The same for people, in the imperative."""

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Make the change and return the wiring as it is then."""


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
    notes: tuple[str, ...] = ()
    """What people should know before they agree, the most important first."""
    questions: tuple[str, ...] = ()
    """What has to be agreed to, because somebody loses something or something opens."""

    def __bool__(self) -> bool:
        return bool(self.changes)

    def planned(self, done: int = 0, *, stopped: bool = False) -> tuple[Planned, ...]:
        """Return the changes, of which the first *done* were made and the next was *stopped*."""
        return tuple(
            Planned(change, n < done, begun=stopped and n == done)
            for n, change in enumerate(self.changes)
        )

    def apply(
        self,
        azure: Azure,
        tell: Callable[[Change], None],
        record: Callable[[Plan], str] | None = None,
    ) -> Outcome:
        """
        Make the changes in order, telling each once it is made.

        Before the first, the tokens are had and *record* writes down what is. What was done before
        an error or a Ctrl-C is in the error that is raised.
        """
        wiring = self.start
        done = 0
        run = None
        if self:
            azure.ready_to_write()
            run = record(self) if record else None
        try:
            for change in self.changes:
                wiring = change.apply(azure, wiring)
                done += 1
                tell(change)
        except MiwireError as error:
            error.changes, error.run = self.planned(done, stopped=True), run
            raise
        except KeyboardInterrupt as interrupt:
            stopped = Interrupted(
                f"Interrupted while about to {self.changes[done].summary}: that may have happened "
                f"or not. Before it, {done} of {len(self.changes)} changes were made.",
                hint="Run the same command again: it looks first, and goes on where it stopped.",
            )
            stopped.changes, stopped.run = self.planned(done, stopped=True), run
            raise stopped from interrupt
        return Outcome(self, wiring, done, run)

    def untouched(self) -> Outcome:
        """Return the outcome of only looking."""
        return Outcome(self, self.start, 0)


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
