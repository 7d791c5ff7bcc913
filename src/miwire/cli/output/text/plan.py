"""A plan before it is applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from miwire.cli.output.terminal import stdout

if TYPE_CHECKING:
    from miwire.operations.change import Outcome


def plan(outcome: Outcome) -> None:
    """Print a plan that was not applied."""
    console = stdout()
    for note in outcome.plan.notes:
        console.print(escape(note))
    if not outcome.plan:
        console.print("Nothing to do.")
        return
    for question in outcome.plan.questions:
        console.print(f"[doubt]asks:[/doubt] {escape(question)}")
    for number, each in enumerate(outcome.planned, start=1):
        console.print(f"{number:3}  {escape(each.change.summary)}")
    console.print("[quiet]Nothing was changed (--dry-run).[/quiet]")
