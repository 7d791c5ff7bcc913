"""undo as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miwire.cli.output.json.envelope import changes, document
from miwire.cli.output.json.identity import site_members
from miwire.cli.output.json.protection import difference_members
from miwire.errors import ExitCode
from miwire.operations import gate_change

if TYPE_CHECKING:
    from collections.abc import Collection

    from miwire.domain.run import Run
    from miwire.operations.change import Outcome
    from miwire.operations.run_record import Runs


def runs(found: Runs) -> None:
    """Print every recorded run, the newest first."""
    document(
        "undo",
        ExitCode.OK,
        {
            "runs": [_run(each, found.undone) for each in found.readable],
            "leftAside": list(found.unreadable),
        },
    )


def undoing(run: Run, outcome: Outcome, exit_code: ExitCode, *, dry_run: bool) -> None:
    """Print what undo did, or would do."""
    document(
        "undo",
        exit_code,
        {
            "undoes": run.name,
            "site": site_members(outcome.wiring.the_target),
            "authSettings": {
                "differences": [difference_members(each) for each in gate_change.written(outcome)]
            },
            "notes": [*outcome.plan.notes, *gate_change.aftermath(outcome)],
            "questions": list(outcome.plan.questions),
            "changes": changes(outcome.planned),
            "run": outcome.run,
            **({"dryRun": True} if dry_run else {}),
        },
    )


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
