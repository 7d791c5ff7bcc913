"""What a command has changed so far, to be told with whatever ends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.errors import Interrupted, MiwireError, bug

if TYPE_CHECKING:
    from collections.abc import Callable

    from miwire.azure.session import Azure
    from miwire.plan.plan import Change, Outcome, Plan, Record


@dataclass(slots=True)
class Ledger:
    """What became of the plan of one command."""

    begun: bool = False
    outcome: Outcome | None = None

    def apply(
        self,
        plan: Plan,
        azure: Azure,
        tell: Callable[[Change], None],
        record: Callable[[Plan], Record] | None = None,
    ) -> Outcome:
        """Apply a plan as `Plan.apply` does, and keep what became of it."""
        self.begun = bool(plan)
        self.outcome = plan.apply(azure, tell, record)
        return self.outcome

    def told_with(self, error: BaseException) -> BaseException:
        """
        Return the error to end with instead of *error*: what was changed is in it.

        A Ctrl-C becomes Interrupted, and what nobody foresaw a MiwireError if something was
        changed before it.
        """
        if isinstance(error, KeyboardInterrupt):
            return self._with_changes(self._interrupted())
        if isinstance(error, MiwireError):
            return self._with_changes(error)
        changed = self.outcome is not None and self.outcome.done
        if changed and isinstance(error, Exception):
            return self._with_changes(bug(error))
        return error

    def _interrupted(self) -> Interrupted:
        if self.outcome is not None and self.outcome.done:
            return Interrupted.after(self.outcome.done)
        if self.begun and self.outcome is None:
            return Interrupted.while_changing("Interrupted; something may have been changed.")
        return Interrupted.while_changing("Interrupted; nothing was changed.")

    def _with_changes(self, error: MiwireError) -> MiwireError:
        if self.outcome is not None and not error.changes:
            error.changes, error.run = self.outcome.planned, self.outcome.run
        return error
