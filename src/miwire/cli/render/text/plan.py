"""A plan before it is applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from miwire.cli.render.terminal import (
    mark,
    show_doubts,
    show_paragraph,
    show_rows,
    show_way_back,
    shown,
    stdout,
)
from miwire.cli.render.text.differences import print_differences
from miwire.cli.render.text.messages import error
from miwire.cli.render.text.probe import show_cases
from miwire.model.site import SiteRef
from miwire.operations import enable_identity
from miwire.plan.changes import auth_settings as gate_change
from miwire.probe.model import SOURCE
from miwire.shell_words import sh

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from miwire.errors import ExitCode
    from miwire.model.directory import ServicePrincipal
    from miwire.model.run_record import Run
    from miwire.model.site import Site
    from miwire.model.wiring import Wiring
    from miwire.operations.proof import Proof
    from miwire.operations.snippets import InsideLines
    from miwire.plan.plan import Outcome
    from miwire.plan.record import Runs


def plan(outcome: Outcome) -> None:
    """Print a plan that was not applied, and setting by setting what it would change."""
    console = stdout()
    for note in outcome.plan.notes:
        console.print(shown(note))
    if not outcome.plan:
        console.print("Nothing to change.")
        return
    for question in outcome.plan.questions:
        console.print(f"[doubt]asks for confirmation:[/doubt] {shown(question)}")
    numbered = enumerate(outcome.plan.changes, start=1)
    show_rows([(f"{n:3}", shown(each.summary)) for n, each in numbered])
    print_differences(outcome)
    console.print("[quiet]Nothing was changed (--dry-run).[/quiet]")


def connection(
    outcome: Outcome,
    proof: Proof,
    lines: InsideLines | None,
    exit_code: ExitCode,
    *,
    dry_run: bool,
    prepared: bool,
) -> None:
    """Print what connect did, the proof, and what to do next."""
    del exit_code
    if dry_run:
        plan(outcome)
        return
    done = "prepared" if prepared else "connected"
    state = done if outcome.plan else f"{done} already; nothing to change"
    verdict = "pass" if proof.holds else "fail"
    stdout().print(f"{mark(verdict)} {_pair(outcome.wiring)}: {state}")
    show_cases(proof.cases, {SOURCE: outcome.wiring.the_source.name})
    if any(case.name == SOURCE and case.ok is None for case in proof.cases):
        inside = outcome.wiring.the_source.name
        show_paragraph(f"To check what is predicted, run a line below inside {inside}.")
    show_doubts(gate_change.aftermath(outcome))
    if proof.never is not None:
        error(proof.never, "connect")
    if lines is not None:
        _print_next(outcome, lines, prepared=prepared)


def access(command: str, outcome: Outcome, exit_code: ExitCode, *, dry_run: bool) -> None:
    """Print what grant or revoke did, or would do."""
    del exit_code
    if dry_run:
        plan(outcome)
        return
    now = {"grant": "now allowed", "revoke": "access revoked"}[command]
    state = now if outcome.plan else f"{now} already; nothing to change"
    stdout().print(f"{_pair(outcome.wiring)}: {state}")
    print_differences(outcome)
    show_way_back(outcome.run)


def _print_next(outcome: Outcome, lines: InsideLines, *, prepared: bool) -> None:
    console, source = stdout(), outcome.wiring.the_source.name
    if prepared:
        target = outcome.wiring.the_target.ref
        told = (
            f"once {source} sends tokens: "
            f"miwire connect {sh(str(outcome.wiring.the_source.ref))} {sh(str(target))}"
        )
        console.print(f"[quiet]next:[/quiet] {shown(told)}")
    console.print(f"[quiet]in the code of {shown(source)}:[/quiet]")
    _print_line(lines.python)
    console.print(f"[quiet]inside {shown(source)} without miwire, in bash:[/quiet]")
    _print_line(lines.bash)
    console.print("[quiet]or in PowerShell:[/quiet]")
    _print_line(lines.powershell)
    show_way_back(outcome.run)


def _print_line(line: str) -> None:
    """Print a line that is there to be copied: whole, so that the terminal wraps it, not we."""
    stdout().print(Text(line), soft_wrap=True)


def _pair(wiring: Wiring) -> str:
    source, target = wiring.the_source.ref, wiring.the_target.ref
    return f"[name]{shown(str(source))}[/name] → [name]{shown(str(target))}[/name]"


def protection(outcome: Outcome, exit_code: ExitCode, *, dry_run: bool) -> None:
    """Print what protect did, or would do."""
    del exit_code
    console = stdout()
    if dry_run:
        plan(outcome)
        return
    wiring = outcome.wiring
    target = wiring.the_target.site
    if wiring.the_target.settings.is_open:
        state = "[bad]configured, but accepts anonymous requests[/bad]"
    else:
        state = "protected" if outcome.plan else "protected already; nothing to change"
    console.print(f"[name]{shown(str(target.ref))}[/name]: {state}")
    print_differences(outcome)
    if wiring.the_target.registration is not None:
        scope = wiring.the_target.registration.scope(wiring.the_target.settings.audiences)
        console.print(f"scope   {shown(scope)}")
    for caller in wiring.callers:
        told = f"client id {caller.client_id}, oid {caller.principal_id}"
        ids = f"[quiet]{shown(told)}[/quiet]"
        console.print(f"allowed {shown(caller.name)}  {ids}")
    if outcome.plan:
        without = f"miwire probe {shown(sh(str(target.ref)))} --without-token"
        console.print(f"[quiet]next:[/quiet] {without}")
    show_doubts(gate_change.aftermath(outcome))


def identity(outcome: Outcome, exit_code: ExitCode, *, dry_run: bool) -> None:
    """Print the identities of the app."""
    del exit_code
    console = stdout()
    site = outcome.wiring.the_source.site
    if dry_run:
        plan(outcome)
        return
    state = "it has" if outcome.plan else "nothing to change: it has"
    console.print(f"[name]{shown(str(site.ref))}[/name]: {state} {shown(site.identity.type)}")
    show_rows(_rows(site, outcome.wiring.the_source.principal))
    show_doubts(enable_identity.unknown(outcome.wiring))


def _rows(site: Site, principal: ServicePrincipal | None) -> Iterator[tuple[str, ...]]:
    system = site.identity.system
    if system is not None:
        client_id = principal.app_id if principal else "not known yet (not found in the directory)"
        yield (
            "[quiet]object ID: oid in tokens",
            shown(system.principal_id),
            "[quiet]its object id: oid in tokens",
        )
        yield (
            "[quiet]app ID: appid or azp in tokens",
            shown(client_id),
            "[quiet]its app id: appid or azp in tokens",
        )
        yield "tenant", shown(system.tenant_id)
    for each in site.identity.user_assigned:
        name = shown(each.id.rpartition("/")[2])
        yield "user-assigned", name, f"[quiet]client id {shown(str(each.client_id))}"


def runs(found: Runs) -> None:
    """Print every recorded run, the newest first."""
    show_doubts(f"{name} isn't a record of a run; ignored." for name in found.unreadable)
    if not found.readable:
        stdout().print("No runs recorded.")
        return
    head = tuple(f"[quiet]{word}[/quiet]" for word in ("run", "started", "changes", "what"))
    undone = found.undone
    show_rows([head, *(_row(each, undone) for each in found.readable)])


def undoing(run: Run, outcome: Outcome, exit_code: ExitCode, *, dry_run: bool) -> None:
    """Print what undo did, or would do."""
    del exit_code
    if dry_run:
        plan(outcome)
        return
    state = "undone" if outcome.plan else "nothing to undo"
    stdout().print(f"[name]{shown(run.name)}[/name] ({shown(run.command)}): {state}")
    print_differences(outcome)
    show_doubts(gate_change.aftermath(outcome))
    show_way_back(outcome.run)


def _row(run: Run, undone: Collection[str]) -> tuple[str, ...]:
    started = run.started_at.replace("T", " ").partition(".")[0]
    apps = " → ".join(str(SiteRef.parse(each)) for each in (run.source_id, run.target_id) if each)
    state = "" if run.ended else "[doubt]incomplete[/doubt] "
    if run.name in undone:
        state = "[quiet]undone[/quiet] "
    what = f"{state}{shown(run.command)} {shown(apps)}"
    if run.undoes:
        what += f" [quiet](undoes {shown(run.undoes)})[/quiet]"
    return shown(run.name), shown(started), f"{run.done} of {len(run.summaries)}", what
