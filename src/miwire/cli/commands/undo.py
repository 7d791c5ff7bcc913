"""miwire undo."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from miwire.cli.confirm import carried_out
from miwire.cli.options import Changing
from miwire.cli.parsing import runs_folder
from miwire.cli.results import RunsResult, UndoResult
from miwire.errors import BadRequest, ExitCode
from miwire.model.run_record import NAME
from miwire.operations import undo as operation
from miwire.plan import record as run_record
from miwire.plan.changes.auth_settings import aftermath


def undo(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="The run to undo (default: the latest).")
    ] = None,
    list_runs: Annotated[bool, typer.Option("--list", help="List the recorded runs.")] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Undo the run even if something changed since."),
    ] = False,
    remove_identity: Annotated[
        bool, typer.Option("--remove-identity", help="Also remove the identity that the run added.")
    ] = False,
    *,
    how: Changing,
) -> int:
    """
    Undo a previous run.

    Stops if the resources have changed since. Identities are kept, and a registration that miwire
    created is soft-deleted (it can be restored).
    """
    show = how.begin()
    if run is not None and NAME.fullmatch(run) is None:
        raise BadRequest(f"{run!r} isn't the name of a run.", hint="miwire undo --list")
    runs = run_record.listed(runs_folder())
    if list_runs:
        if run is not None:
            raise BadRequest("--list lists every run.", hint="Omit RUN.")
        for each in runs.unreadable:
            show.doubt(f"{each} isn't a record of a run; ignored.")
        show.result(RunsResult(runs))
        return ExitCode.OK
    recorded = runs.found(run)
    with how.changed_azure(show) as azure:
        with show.step(f"Reading what {recorded.name} changed"):
            wiring = operation.observe(azure, recorded)
        plan = operation.plan(wiring, recorded, force=force, remove_identity=remove_identity)
        begin = partial(run_record.begin, undoes=recorded.name)
        outcome = carried_out(azure, plan, show, "undo", how, begin)
        if not plan and not how.dry_run and recorded.name not in runs.undone:
            # Nothing is left to undo: the next undo continues with the run before it.
            begin(runs_folder(), "undo", plan).ended()
    code = how.code_of(plan)
    show.result(UndoResult(run=recorded, outcome=outcome, exit_code=code, dry_run=how.dry_run))
    if not how.dry_run:
        for each in aftermath(outcome):
            show.doubt(each)
    return code
