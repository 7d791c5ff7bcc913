"""A plan before it is applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.cli.render.terminal import show_rows, shown, stdout
from miwire.cli.render.text.differences import print_differences

if TYPE_CHECKING:
    from miwire.plan.plan import Outcome


def plan(outcome: Outcome) -> None:
    """Print a plan that was not applied, and setting by setting what it would change."""
    console = stdout()
    for note in outcome.plan.notes:
        console.print(shown(note))
    if not outcome.plan:
        console.print("Nothing to do.")
        return
    for question in outcome.plan.questions:
        console.print(f"[doubt]asks:[/doubt] {shown(question)}")
    numbered = enumerate(outcome.plan.changes, start=1)
    show_rows([(f"{n:3}", shown(each.summary)) for n, each in numbered])
    print_differences(outcome)
    console.print("[quiet]Nothing was changed (--dry-run).[/quiet]")
