"""What an operation asks and tells while it works; without it, questions are refused."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from miwire.model.wiring import Wiring
    from miwire.operations.protect import Protection
    from miwire.plan.plan import Change, Plan


def _quiet(_: object) -> None:
    """Tell nobody."""


def _silent_step(_: str) -> AbstractContextManager[None]:
    return nullcontext()


def _as_asked(_: Wiring, asked: Protection) -> Protection:
    return asked


def refuse_questions(plan: Plan) -> None:
    """Raise BadRequest for the first question of a plan: nobody is there to answer it."""
    for question in plan.questions:
        raise BadRequest(
            f"{question} Confirmation required. Nothing was changed.",
            hint="Pass agree=accept if that is what you want.",
        )


def accept(_: Plan) -> None:
    """Answer every question of a plan with yes."""


@dataclass(frozen=True, slots=True)
class Dialog:
    """The other side of an operation."""

    step: Callable[[str], AbstractContextManager[None]] = _silent_step
    """Shows that something takes its time."""
    choose: Callable[[Wiring, Protection], Protection] = _as_asked
    """Makes the choice that a target with user sign-in needs, where the command made none."""
    preview: Callable[[Plan], None] = _quiet
    """Is shown what is about to change."""
    agree: Callable[[Plan], None] = refuse_questions
    """Answers the questions of a plan; raises where the answer is no."""
    on_change: Callable[[Change], None] = _quiet
    """Is told of each change once it is made."""
