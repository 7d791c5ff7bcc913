"""miwire connect."""

from __future__ import annotations

import os
import stat
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from miwire.azure.session import Azure
from miwire.cli import parsing
from miwire.cli.confirm import carried_out, dialog_of
from miwire.cli.options import Changing, Where
from miwire.cli.parsing import Identity, ScopeSetting, Source, Target, runs_folder
from miwire.cli.protecting import Protecting
from miwire.cli.results import ConnectResult
from miwire.errors import BadRequest, ExitCode, Unreachable
from miwire.export.handoff import FIRST_LINES, script, split_by_rights
from miwire.lab.process import ownership
from miwire.lab.process.ownership import NotOwn
from miwire.model.wiring import Part, Wiring
from miwire.observe.callers import ObserveRequest
from miwire.operations import connect as operation
from miwire.operations import snippets as inside
from miwire.operations.protect import Protection
from miwire.plan import preflight as rights
from miwire.plan import record as run_record
from miwire.plan.changes.auth_settings import aftermath

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from miwire.azure.session import Azure
    from miwire.cli.options import Changing
    from miwire.cli.printer import Printer
    from miwire.errors import MiwireError
    from miwire.plan.plan import Plan


def connect(
    source: Source,
    target: Target,
    identity: Identity = None,
    scope_setting: ScopeSetting = None,
    prepare: Annotated[
        bool,
        typer.Option(
            "--prepare",
            help=(
                "Do everything except turning authentication on, so SOURCE can be updated first."
            ),
        ),
    ] = False,
    handoff: Annotated[
        Path | None,
        typer.Option(
            help="Write the steps you lack permission for to FILE as an az script.",
            metavar="FILE",
        ),
    ] = None,
    *,
    protecting: Protecting,
    where: Where,
    how: Changing,
) -> int:
    """
    Allow only SOURCE to call TARGET, and verify it.

    Runs enable-identity and protect --allow as one plan, then calls TARGET without a token and
    as the signed-in account. Running it again changes nothing. --subscription and -g apply to
    both apps, --slot to TARGET.
    """
    show = how.begin()
    request = operation.ConnectRequest(
        where.app_beside(source),
        where.app(target),
        protecting.asked(prepare=prepare),
        parsing.identity(identity),
        protecting.registration(),
        parsing.app_setting(scope_setting),
    )
    with how.changed_azure(show) as azure:

        def hand_off(asked: Protection, plan: Plan) -> None:
            if handoff is not None:
                again = command_to_run_again(plan.start, asked, request.reads, how.cloud)
                hand_off_what_is_lacked(azure, plan, handoff, again, show, how)

        made = operation.run(
            azure,
            request,
            dialog_of(show, how),
            progress=how.progress,
            begin=partial(run_record.begin, runs_folder(), "connect"),
            hand_off=hand_off,
            dry_run=how.dry_run,
        )
    outcome, proof = made.outcome, made.proof
    code = how.code_of(outcome.plan)
    if not proof.holds:
        code = proof.never.exit_code if proof.never else ExitCode.DOES_NOT_HOLD
    show.result(
        ConnectResult(
            outcome=outcome,
            proof=proof,
            lines=inside.lines(outcome.wiring),
            exit_code=code,
            dry_run=how.dry_run,
            prepared=prepare,
        )
    )
    if not how.dry_run:
        for each in aftermath(outcome):
            show.doubt(each)
    if proof.never is not None:
        show.error(proof.never)
    return code


def command_to_run_again(
    wiring: Wiring, asked: Protection, named: ObserveRequest, cloud: str
) -> list[str]:
    """Return the command line to run again once somebody else has done the rest."""
    reference, setting = asked.service_management_reference, named.scope_setting
    unread = Part.SOURCE_SETTINGS in wiring.unread
    return [
        *("miwire", "connect", wiring.the_source.ref.id, wiring.the_target.ref.id),
        *(("--identity", named.identity) if named.identity else ()),
        # If SOURCE's app settings can't be read, miwire can't see that the script wrote this one.
        *(("--scope-setting", setting) if setting and not unread else ()),
        *(("--app-id", named.app_id) if named.app_id else ()),
        *(("--service-management-reference", reference) if reference else ()),
        *(("--app-role", asked.app_role) if asked.app_role != "Caller" else ()),
        *(word for path in asked.excluded_paths for word in ("--exclude-path", path)),
        *(("--replace-sign-in",) if asked.close else ()),
        *(("--keep-sign-in",) if asked.keep_sign_in else ()),
        *(("--prepare",) if asked.prepare else ()),
        *(("--cloud", cloud) if cloud != "AzureCloud" else ()),
    ]


def hand_off_what_is_lacked(
    azure: Azure, plan: Plan, file: Path, again: Sequence[str], show: Printer, how: Changing
) -> None:
    """
    Make the permitted changes and write the script for the others; do neither if none is lacked.

    Raises NotPermitted where something was left: the wiring is not whole, nor enforced yet.
    """
    left = split_by_rights(azure, plan)
    if not left:
        return
    _refuse_foreign(file)
    outcome = carried_out(azure, left.mine, show, "connect", how)
    error: MiwireError = rights.refusal(
        left.lacked, left.mine.purpose, but=f"the remaining steps are in {file}"
    )
    error.hint = (
        f"Send {file} to someone with these permissions; they should review it, "
        "run az login and execute it."
    )
    try:
        _write(file, script(azure, outcome.wiring, left, again))
    except Unreachable as unwritten:
        error = unwritten
    how.progress.leave(left.theirs)
    raise error


def _refuse_foreign(file: Path) -> None:
    """Write over a script of an earlier run, and over nothing else; find out before any change."""
    if not file.name or not os.access(file.parent, os.W_OK):
        raise BadRequest(
            f"Can't write {str(file)!r}: its folder doesn't exist or isn't writable.",
            hint="Choose another file.",
        )
    try:
        # Another user could swap what somebody else is to run with more rights.
        ownership.check_place(file.parent)
    except NotOwn as error:
        raise BadRequest(str(error), hint="Name a file in a folder of your own.") from error
    try:
        # Not through a link, and not from a pipe, which would never answer.
        mode = file.lstat().st_mode
        if stat.S_ISDIR(mode):
            raise BadRequest(f"Can't write {file}: it is a folder.", hint="Specify a file.")
        ours = stat.S_ISREG(mode) and file.read_bytes()[: len(FIRST_LINES)] == FIRST_LINES.encode()
    except FileNotFoundError:
        return
    except OSError as error:
        raise BadRequest(
            f"Couldn't read {file}: {error.strerror}.", hint="Choose another file."
        ) from error
    if not ours:
        raise BadRequest(
            f"{file} exists and wasn't written by miwire.", hint="Choose another file."
        )


def _write(file: Path, text: str) -> None:
    """Put a new file in its place, for its owner alone, whatever stood there."""
    new = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o700)
        with os.fdopen(descriptor, "w", encoding="utf-8") as script_file:
            script_file.write(text)
        new.replace(file)
    except OSError as error:
        raise Unreachable(
            f"Couldn't write {file}: {error.strerror}.",
            hint="Run the command again with another file.",
        ) from error
