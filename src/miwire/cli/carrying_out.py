"""Carrying a plan out: shown, agreed to, recorded, applied; the same for every command."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from miwire.cli.confirm import agree
from miwire.cli.parsing import runs_folder
from miwire.plan import record as run_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from miwire.azure.session import Azure
    from miwire.cli.options import Changing
    from miwire.cli.render import Renderer
    from miwire.plan.plan import Outcome, Plan, Record


def carried_out(
    azure: Azure,
    plan: Plan,
    show: Renderer,
    command: str,
    how: Changing,
    begin: Callable[..., Record] = run_record.begin,
) -> Outcome:
    """Return what became of a plan; *begin* begins the record of the run."""
    if how.dry_run:
        return plan.untouched()
    show.preview(plan)
    agree(plan, yes=how.yes)
    return how.ledger.apply(plan, azure, show.changed, partial(begin, runs_folder(), command))
