"""undo for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.cli.render.terminal import show_doubts, show_rows, show_way_back, shown, stdout
from miwire.cli.render.text.differences import print_differences
from miwire.cli.render.text.plan import plan as print_plan
from miwire.model.site import SiteRef
from miwire.plan.changes import auth_settings as gate_change

if TYPE_CHECKING:
    from collections.abc import Collection

    from miwire.model.run_record import Run
    from miwire.errors import ExitCode
    from miwire.plan.plan import Outcome
    from miwire.plan.record import Runs


def runs(found: Runs) -> None:
    """Print every recorded run, the newest first."""
    show_doubts(f"{name} is no record of a run, and left aside." for name in found.unreadable)
    if not found.readable:
        stdout().print("No run is recorded.")
        return
    head = tuple(f"[quiet]{word}[/quiet]" for word in ("run", "started", "changes", "what"))
    undone = found.undone
    show_rows([head, *(_row(each, undone) for each in found.readable)])


def undoing(run: Run, outcome: Outcome, exit_code: ExitCode, *, dry_run: bool) -> None:
    """Print what undo did, or would do."""
    del exit_code
    if dry_run:
        print_plan(outcome)
        return
    state = "is taken back" if outcome.plan else "nothing to do: all is as before it"
    stdout().print(f"[name]{shown(run.name)}[/name] ({shown(run.command)}): {state}")
    print_differences(outcome)
    show_doubts(gate_change.aftermath(outcome))
    show_way_back(outcome.run)


def _row(run: Run, undone: Collection[str]) -> tuple[str, ...]:
    started = run.started_at.replace("T", " ").partition(".")[0]
    apps = " → ".join(str(SiteRef.parse(each)) for each in (run.source_id, run.target_id) if each)
    state = "" if run.ended else "[doubt]broke off[/doubt] "
    if run.name in undone:
        state = "[quiet]undone[/quiet] "
    what = f"{state}{shown(run.command)} {shown(apps)}"
    if run.undoes:
        what += f" [quiet](takes {shown(run.undoes)} back)[/quiet]"
    return shown(run.name), shown(started), f"{run.done} of {len(run.summaries)}", what
