"""Applying a plan: the one place that tells what was done, whatever ended it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from miwire.checks.change import UNREAD, ReliedOn
from miwire.checks.registry import run
from miwire.errors import Interrupted, MiwireError, bug
from miwire.plan import preflight
from miwire.plan.plan import Outcome, Planned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from miwire.azure.session import Azure
    from miwire.plan.plan import Change, Plan, Record


def _nobody(_: Change) -> None:
    """Tell nobody that a change was made."""


def apply(
    azure: Azure,
    plan: Plan,
    on_change: Callable[[Change], None] = _nobody,
    begin: Callable[[Plan], Record] | None = None,
) -> Outcome:
    """Apply a plan as `Progress.apply` does; what was done is in any MiwireError that is raised."""
    with Progress() as progress:
        return progress.apply(azure, plan, on_change, begin)


def untouched(plan: Plan) -> Outcome:
    """Return the outcome of only looking; a plan made without a part says so first."""
    guessed = run((UNREAD,), ReliedOn(dict(preflight.unread_by(plan))))
    return Outcome(replace(plan, findings=(*guessed, *plan.findings)), plan.start, 0)


@dataclass(slots=True)
class Progress:
    """
    What a command has changed so far.

    As a context it puts that into whatever error ends the command: a Ctrl-C becomes Interrupted,
    and an unexpected exception after the first change a MiwireError.
    """

    plan: Plan | None = None
    done: int = 0
    """How many changes of the plan were made."""
    under_way: bool = False
    """Whether the next one was begun: Azure may have made it or not."""
    run: str | None = None
    """The name of the run's record."""
    left: tuple[Change, ...] = ()
    """Changes that somebody else has to make."""

    def apply(
        self,
        azure: Azure,
        plan: Plan,
        on_change: Callable[[Change], None] = _nobody,
        begin: Callable[[Plan], Record] | None = None,
    ) -> Outcome:
        """
        Make the changes of a plan in order; *on_change* is told of each once it is made.

        Before the first one, both tokens are acquired, missing permissions are named, and *begin*
        writes down what there is.
        """
        self.plan = plan
        if not plan:
            return untouched(plan)
        azure = azure.for_tenant(plan.start.tenant_id) if plan.start.tenant_id else azure
        azure.ready_to_write()
        preflight.demand(azure, plan)
        record = begin(plan) if begin else None
        self.run = record.name if record else None
        wiring = plan.start
        for change in plan.changes:
            self.under_way = True
            wiring = change.apply(azure, wiring)
            self.done, self.under_way = self.done + 1, False
            on_change(change)
            if record:
                record.made(self.done, plan.preview(self.done, wiring))
        if record:
            record.ended()
        return Outcome(plan, wiring, self.done, self.run)

    def leave(self, changes: Iterable[Change]) -> None:
        """Note changes that somebody else has to make."""
        self.left = tuple(changes)

    @property
    def changes(self) -> tuple[Planned, ...]:
        """Every change of the plan, and whether it was made."""
        made = self.plan.planned(self.done, stopped=self.under_way) if self.plan else ()
        return (*made, *(Planned(each, done=False) for each in self.left))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is None:
            return
        told = self._told(error)
        if told is not error:
            raise told from error

    def _told(self, error: BaseException) -> BaseException:
        if isinstance(error, KeyboardInterrupt):
            told: MiwireError = self._interrupted()
        elif isinstance(error, MiwireError):
            told = error
        elif isinstance(error, Exception) and (self.done or self.under_way):
            told = bug(error)
        else:
            return error
        if not told.changes:
            told.changes, told.run = self.changes, self.run
        return told

    def _interrupted(self) -> Interrupted:
        if self.plan is None or not (self.done or self.under_way):
            return Interrupted.while_changing("Interrupted. Nothing was changed.")
        if self.under_way:
            return Interrupted.while_changing(
                "Interrupted during this change, which may or may not have taken "
                f"effect: {self.plan.changes[self.done].summary}. Changes made before "
                f"it: {self.done} of {len(self.plan.changes)}."
            )
        return Interrupted.after(self.done)
