"""What is asked before something is changed: a choice that is missing, and who loses something."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from miwire.cli.arguments import agreed, on_a_terminal
from miwire.errors import BadRequest, Interrupted
from miwire.operations import protect
from miwire.operations.protect import CLOSE_OR_KEEP

if TYPE_CHECKING:
    from miwire.domain.wiring import Wiring
    from miwire.operations.change import Plan
    from miwire.operations.protect import Protection


def chosen(wiring: Wiring, asked: Protection) -> Protection:
    """Ask on a terminal what becomes of the people who sign in, unless that was said."""
    reason = protect.needs_a_choice(wiring)
    if not reason or asked.close or asked.keep_sign_in or not on_a_terminal():
        return asked
    answer = typer.prompt(f"{reason} Close it, or keep the sign-in? [close/keep]", err=True)
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
        if not agreed(question, yes=yes):
            raise Interrupted("As you said no, nothing was changed.")
