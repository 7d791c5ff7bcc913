"""Confirmation before a change: the choice about user sign-in, and each question of the plan."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import typer

from miwire.cli.parsing import runs_folder
from miwire.cli.remedies import SIGN_IN_HINT, spelled
from miwire.errors import BadRequest, Cancelled
from miwire.operations import protect
from miwire.operations.dialog import Dialog
from miwire.plan import record as run_record
from miwire.plan.apply import untouched
from miwire.plan.plan import Question
from miwire.redaction import safe_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from miwire.azure.session import Azure
    from miwire.cli.options import Changing
    from miwire.cli.printer import Printer
    from miwire.model.wiring import Wiring
    from miwire.operations.protect import Protection
    from miwire.plan.plan import Outcome, Plan, Record


def chosen(wiring: Wiring, asked: Protection) -> Protection:
    """Ask on a terminal whether to replace user sign-in, unless an option says so."""
    reason = protect.needs_a_choice(wiring)
    if not reason or asked.close or asked.keep_sign_in or not _on_a_terminal():
        return asked
    answer = typer.prompt(
        f"{safe_line(reason.seen)} Replace the sign-in, or keep it? [replace/keep]", err=True
    )
    match str(answer).strip().lower():
        case "replace" | "close":
            return replace(asked, close=True)
        case "keep":
            return replace(asked, keep_sign_in=True)
    raise BadRequest(
        "The answer was neither replace nor keep. Nothing was changed.",
        hint=SIGN_IN_HINT,
    )


def agree(plan: Plan, *, yes: bool) -> None:
    """
    Ask every question of a plan on stderr; raise Cancelled at the first no.

    Raises BadRequest with all of them where nobody can be asked: --yes would answer them all.
    """
    _ask(() if yes else plan.questions)


def agree_to_apply(plan: Plan, *, yes: bool) -> None:
    """Ask every question of a plan, and where it has none whether to make its changes."""
    count = len(plan.changes)
    told = "1 change will be made." if count == 1 else f"{count} changes will be made."
    _ask(() if yes else plan.questions or (Question(told, ""),))


def _ask(questions: tuple[Question, ...]) -> None:
    if questions and not _on_a_terminal():
        raise BadRequest(
            f"{' '.join(questions)} Confirmation required, but stdin is not a terminal. "
            "Nothing was changed.",
            hint=_way_on(questions),
        )
    for each in questions:
        if not typer.confirm(f"{safe_line(each)} Continue?", err=True):
            raise Cancelled("Cancelled. Nothing was changed.")


def _on_a_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _way_on(questions: tuple[Question, ...]) -> str:
    """Return what to type where nobody can be asked: --yes, and the ways without the losses."""
    instead = dict.fromkeys(spelled(each.fix) for each in questions if each.fix is not None)
    again = "Run the same command again with --yes."
    return f"{again} {' Or: '.join(instead)}" if instead else again


def dialog_of(show: Printer, how: Changing) -> Dialog:
    """Return the other side of an operation: this terminal."""
    return Dialog(
        step=show.step,
        choose=chosen,
        preview=show.preview,
        agree=partial(agree, yes=how.yes),
        on_change=show.changed,
    )


def carried_out(
    azure: Azure,
    plan: Plan,
    show: Printer,
    command: str,
    how: Changing,
    begin: Callable[..., Record] = run_record.begin,
) -> Outcome:
    """Return what became of a plan; *begin* begins the record of the run."""
    if how.dry_run:
        return untouched(plan)
    show.preview(plan)
    agree(plan, yes=how.yes)
    return how.progress.apply(azure, plan, show.changed, partial(begin, runs_folder(), command))
