"""undo as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miwire.cli.render.json.envelope import document
from miwire.cli.render.json.plan import gate_members
from miwire.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Collection

    from miwire.model.run_record import Run
    from miwire.plan.plan import Outcome
    from miwire.plan.record import Runs


def runs(found: Runs) -> None:
    """Print every recorded run, the newest first."""
    undone = found.undone
    document(
        "undo",
        ExitCode.OK,
        {
            "runs": [_run(each, undone) for each in found.readable],
            "leftAside": list(found.unreadable),
        },
    )


def undoing(run: Run, outcome: Outcome, exit_code: ExitCode, *, dry_run: bool) -> None:
    """Print what undo did, or would do."""
    members = gate_members(outcome, dry_run=dry_run)
    document("undo", exit_code, {"undoes": run.name, **members})


def _run(run: Run, undone: Collection[str]) -> dict[str, Any]:
    return {
        "run": run.name,
        "startedAt": run.started_at,
        "command": run.command,
        "source": run.source_id,
        "target": run.target_id,
        "ended": run.ended,
        "undone": run.name in undone,
        "undoes": run.undoes,
        "changes": [
            {"summary": summary, "done": number < run.done}
            for number, summary in enumerate(run.summaries)
        ],
    }
