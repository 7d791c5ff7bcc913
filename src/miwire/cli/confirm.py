"""What is asked before something is changed: a choice that is missing, and who loses something."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import typer

from miwire.cli.parsing import runs_folder
from miwire.errors import BadRequest, Interrupted
from miwire.operations import protect
from miwire.operations.dialog import Dialog
from miwire.operations.protect import CLOSE_OR_KEEP
from miwire.plan import record as run_record
from miwire.plan.apply import untouched
from miwire.redaction import safe_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from miwire.azure.session import Azure
    from miwire.cli.options import Changing
    from miwire.cli.render.formats import Renderer
    from miwire.model.wiring import Wiring
    from miwire.operations.protect import Protection
    from miwire.plan.plan import Outcome, Plan, Record


def chosen(wiring: Wiring, asked: Protection) -> Protection:
    """Ask on a terminal what becomes of the people who sign in, unless that was said."""
    reason = protect.needs_a_choice(wiring)
    if not reason or asked.close or asked.keep_sign_in or not _on_a_terminal():
        return asked
    answer = typer.prompt(
        f"{safe_line(reason)} Close it, or keep the sign-in? [close/keep]", err=True
    )
    match str(answer).strip().lower():
        case "close":
            return replace(asked, close=True)
        case "keep":
            return replace(asked, keep_sign_in=True)
    raise BadRequest(
        "Neither close nor keep was answered; nothing was changed.", hint=CLOSE_OR_KEEP
    )


def agree(plan: Plan, *, yes: bool) -> None:
    """Ask every question of a plan; raise Interrupted at the first no."""
    for question in plan.questions:
        if not _agreed(question, yes=yes):
            raise Interrupted("As you said no, nothing was changed.")


def _on_a_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _agreed(consequence: str, *, yes: bool) -> bool:
    """
    Ask on stderr whether to go on; raise BadRequest where nobody is there to answer.

    Returns False when somebody said no.
    """
    if yes:
        return True
    if not _on_a_terminal():
        raise BadRequest(
            f"{consequence} Nobody is at a terminal to agree, and nothing was changed.",
            hint="Give --yes if that is what you want.",
        )
    return typer.confirm(f"{safe_line(consequence)} Go on?", err=True)


def dialog_of(show: Renderer, how: Changing) -> Dialog:
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
    show: Renderer,
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
