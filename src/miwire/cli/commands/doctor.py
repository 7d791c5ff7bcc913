"""miwire doctor."""

from __future__ import annotations

import time
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import Annotated

import typer

from miwire.azure.session import Azure
from miwire.cli import completion
from miwire.cli.confirm import agree_to_apply, chosen
from miwire.cli.every_command import PANEL, DryRun, ReportFormat, Yes
from miwire.cli.options import TracksChanges, Where
from miwire.cli.parsing import duration, runs_folder
from miwire.cli.printer import Printer
from miwire.cli.results import DoctorResult
from miwire.cli.streams import configure_logging
from miwire.errors import BadRequest, ExitCode
from miwire.finding import Verdict
from miwire.operations import doctor as operation
from miwire.operations.doctor import Diagnosis, DoctorRequest
from miwire.plan import record as run_record
from miwire.plan.apply import untouched
from miwire.plan.plan import Outcome
from miwire.shell_words import sh

_PAUSE = 5.0
_FIX_SECONDS = 180.0
"""As long as commands that change something wait for Azure."""


@dataclass(frozen=True, kw_only=True)
class Diagnosing(TracksChanges):
    """How to print a diagnosis, and how to apply its fixes."""

    output: Annotated[
        ReportFormat,
        typer.Option(
            "--output",
            "-o",
            help="Output format: text, one JSON document, or JUnit XML for CI.",
            rich_help_panel=PANEL,
        ),
    ] = ReportFormat.TEXT  # type: ignore[assignment]
    yes: Yes = False
    dry_run: DryRun = False

    def begin(self) -> Printer:
        """Set up logging to stderr, and return what prints the result."""
        configure_logging(verbose=self.verbose, debug=self.debug, no_color=self.no_color)
        return Printer(self.output, quiet=self.quiet)


def doctor(
    apps: Annotated[
        list[str],
        typer.Argument(
            metavar="[SOURCE] TARGET",
            help="The app that is called; before it, the app that calls.",
            autocompletion=completion.apps,
        ),
    ],
    only: Annotated[
        list[str] | None,
        typer.Option(help="Run only this check (repeatable).", metavar="ID"),
    ] = None,
    skip: Annotated[
        list[str] | None,
        typer.Option(help="Leave out this check (repeatable).", metavar="ID"),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail on warnings and unknowns, too.")
    ] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Apply the fixes that miwire can make, as one plan.")
    ] = False,
    wait: Annotated[
        str | None,
        typer.Option(help="Check again until nothing fails, up to this long.", metavar="TIME"),
    ] = None,
    *,
    where: Where,
    how: Diagnosing,
) -> int:
    """
    Find out why SOURCE can't call TARGET, or who else can, and how to fix it.

    Reads both apps and the directory once, judges them with all checks, and calls TARGET without a
    token and as the signed-in account. It continues after a failure and changes nothing, except
    with --fix. -v lists what holds as well.
    """
    show = how.begin()
    if how.dry_run and not fix:
        raise BadRequest("--dry-run requires --fix.", hint="Add --fix: without it nothing changes.")
    request = _request(apps, only or [], skip or [], where)
    seconds = duration(wait) if wait else 0.0
    began = time.monotonic()
    # Only what changes something waits for other runs on this machine, and they for it.
    changes = fix and not how.dry_run
    with how.changed_azure_within(_FIX_SECONDS, show) if changes else how.azure() as azure:
        with show.step(f"Checking {_named(request)}"):
            found = operation.run(azure, request)
        outcome = _fixed(azure, request, found, show, how) if fix else None
        if outcome is not None and outcome.done:
            with show.step(f"Checking {_named(request)} again"):
                found = operation.run(azure, request)
        found = _until_it_holds(azure, request, found, seconds, show, strict=strict)
    code = _exit_code(found, strict=strict)
    show.result(
        DoctorResult(
            found,
            code,
            time.monotonic() - began,
            whole=how.verbose,
            strict=strict,
            outcome=outcome,
            dry_run=how.dry_run,
            again="" if fix else _command_that_fixes(found),
        )
    )
    if found.refusal is not None:
        show.error(found.refusal)
    return code


def _request(apps: list[str], only: list[str], skip: list[str], where: Where) -> DoctorRequest:
    match apps:
        case [target]:
            source = None
        case [source, target]:
            pass
        case _:
            raise BadRequest(
                f"doctor takes one or two apps, not {len(apps)}.",
                hint="Name the app that is called; before it, the app that calls.",
            )
    request = DoctorRequest(
        where.app(target),
        where.app_beside(source) if source is not None else None,
        _known(only),
        _known(skip),
    )
    if not any(request.wants(check.id) for check in operation.CHECKS):
        raise BadRequest("--only and --skip leave no check.", hint="miwire explain lists them.")
    return request


def _known(typed: list[str]) -> frozenset[str]:
    """Return ids of checks, several of them with commas; raises BadRequest for another word."""
    known = {check.id for check in operation.CHECKS}
    words = [word.strip().upper() for each in typed for word in each.split(",") if word.strip()]
    for word in words:
        if word not in known:
            near = get_close_matches(word, sorted(known), n=1, cutoff=0.6)
            meant = f"Did you mean {near[0]}? " if near else ""
            raise BadRequest(
                f"{word} isn't a check of doctor.", hint=f"{meant}miwire explain lists all checks."
            )
    return frozenset(words)


def _fixed(
    azure: Azure, request: DoctorRequest, found: Diagnosis, show: Printer, how: Diagnosing
) -> Outcome | None:
    """Show, ask and make what connect or protect would change; None: it is nothing."""
    if not found.fixable:
        return None
    with show.step("Planning the fixes"):
        planned = operation.fixes(azure, request, found, chosen)
    if how.dry_run or not planned:
        return untouched(planned)
    show.preview(planned)
    agree_to_apply(planned, yes=how.yes)
    begin = partial(run_record.begin, runs_folder(), "doctor")
    return how.progress.apply(azure, planned, show.changed, begin)


def _until_it_holds(
    azure: Azure,
    request: DoctorRequest,
    found: Diagnosis,
    seconds: float,
    show: Printer,
    *,
    strict: bool,
) -> Diagnosis:
    """Return the first diagnosis that holds, or the last one; tell each verdict that changed."""
    until = time.monotonic() + seconds
    while not found.holds(strict=strict) and (left := until - time.monotonic()) > 0:
        show.waiting(f"every check of {_named(request)} to hold", seconds - left, seconds)
        azure.waiter.pause(min(_PAUSE, left))
        again = operation.run(azure, request)
        for told in _changed(found, again):
            show.remark(told)
        found = again
    return found


def _changed(before: Diagnosis, after: Diagnosis) -> list[str]:
    was = _by_id(before)
    return [
        f"{id_}: {was[id_].value} -> {verdict.value}"
        for id_, verdict in _by_id(after).items()
        if id_ in was and was[id_] is not verdict
    ]


def _by_id(found: Diagnosis) -> dict[str, Verdict]:
    order = (Verdict.PASS, Verdict.SKIP, Verdict.UNKNOWN, Verdict.WARN, Verdict.FAIL)
    worst: dict[str, Verdict] = {}
    for each in found.findings:
        known = worst.get(each.id, Verdict.PASS)
        worst[each.id] = max(known, each.verdict, key=order.index)
    return worst


def _exit_code(found: Diagnosis, *, strict: bool) -> ExitCode:
    if found.refusal is not None:
        return ExitCode.NOT_PERMITTED
    return ExitCode.OK if found.holds(strict=strict) else ExitCode.DOES_NOT_HOLD


def _command_that_fixes(found: Diagnosis) -> str:
    if not found.fixable or found.needs_a_choice or found.target is None:
        return ""
    named = [sh(str(each.ref)) for each in (found.source, found.target) if each is not None]
    return " ".join(["miwire", "doctor", *named, "--fix"])


def _named(request: DoctorRequest) -> str:
    if request.source is None:
        return str(request.target)
    return f"{request.source} and {request.target}"
