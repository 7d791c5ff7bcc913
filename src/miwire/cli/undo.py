"""miwire undo."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from miwire.cli import output as renderers
from miwire.cli.arguments import (
    Debug,
    DryRun,
    Format,
    InCloud,
    NoColor,
    NoWait,
    Output,
    PlanDecides,
    Verbose,
    Wait,
    Yes,
    only_with_dry_run,
    runs_folder,
    session,
    talk,
)
from miwire.cli.carrying_out import carried_out, code_of
from miwire.domain.run import NAME
from miwire.errors import BadRequest, ExitCode
from miwire.operations import run_record
from miwire.operations import undo as operation


def undo(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Which run; the latest by default.")
    ] = None,
    list_runs: Annotated[bool, typer.Option("--list", help="List the recorded runs.")] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Take the run back although something changed since."),
    ] = False,
    remove_identity: Annotated[
        bool, typer.Option("--remove-identity", help="Take the identity away, too, that it gave.")
    ] = False,
    dry_run: DryRun = False,
    exit_code: PlanDecides = False,
    yes: Yes = False,
    wait: Wait = "3m",
    no_wait: NoWait = False,
    cloud: InCloud = "AzureCloud",
    output: Output = Format.TEXT,
    verbose: Verbose = False,
    debug: Debug = False,
    no_color: NoColor = False,
) -> int:
    """
    Put back what was before a recorded run.

    Refuses where the live state has moved since. Identities stay on, and a registration that
    miwire made is deleted so that it can be restored.
    """
    talk(verbose=verbose, debug=debug, no_color=no_color)
    only_with_dry_run(exit_code, dry_run)
    show = renderers.of(output)
    if run is not None and NAME.fullmatch(run) is None:
        raise BadRequest(f"{run!r} is not the name of a run.", hint="miwire undo --list")
    if list_runs:
        if run is not None:
            raise BadRequest("--list lists every run.", hint="Leave RUN out.")
        show.runs(run_record.listed(runs_folder()))
        return ExitCode.OK
    runs = run_record.listed(runs_folder())
    recorded = runs.found(run)
    with session(cloud, wait, no_wait=no_wait, show=show, alone=not dry_run) as azure:
        with show.step(f"Reading what {recorded.name} changed"):
            wiring = operation.observe(azure, recorded)
        plan = operation.plan(wiring, recorded, force=force, remove_identity=remove_identity)
        begin = partial(run_record.begin, undoes=recorded.name)
        outcome = carried_out(azure, plan, show, "undo", dry_run=dry_run, yes=yes, begin=begin)
        if not plan and not dry_run and recorded.name not in runs.undone:
            # Nothing is left of it: the next undo goes on to the run before it.
            begin(runs_folder(), "undo", plan).ended()
    code = code_of(plan, dry_run=dry_run, exit_code=exit_code)
    show.undoing(recorded, outcome, code, dry_run=dry_run)
    return code
