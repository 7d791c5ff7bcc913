"""Carrying a plan out: shown, agreed to, recorded, applied; the same for every command."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from miwire.cli.agreement import agree
from miwire.cli.arguments import runs_folder
from miwire.errors import ExitCode
from miwire.operations import run_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from miwire.azure import Azure
    from miwire.cli.output import Renderer
    from miwire.operations.change import Outcome, Plan, Record


def carried_out(
    azure: Azure,
    plan: Plan,
    show: Renderer,
    command: str,
    *,
    dry_run: bool,
    yes: bool,
    begin: Callable[..., Record] = run_record.begin,
) -> Outcome:
    """
    Return what became of a plan; with *dry_run* nothing does.

    *yes* answers its questions, *begin* begins the record of the run.
    """
    if dry_run:
        return plan.untouched()
    show.preview(plan)
    agree(plan, yes=yes)
    return plan.apply(azure, show.changed, partial(begin, runs_folder(), command))


def code_of(plan: Plan, *, dry_run: bool, exit_code: bool) -> ExitCode:
    """Return the exit code: with --dry-run --exit-code a plan that is not empty is 1."""
    return ExitCode.DOES_NOT_HOLD if dry_run and exit_code and plan else ExitCode.OK
