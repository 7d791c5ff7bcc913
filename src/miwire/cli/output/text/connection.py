"""connect, grant and revoke for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from miwire.cli.render.terminal import mark, show_doubts, show_rows, show_way_back, shown, stdout
from miwire.cli.render.text.messages import error
from miwire.cli.render.text.differences import print_differences
from miwire.cli.output.text.gate import foretold
from miwire.cli.render.text.plan import plan as print_plan
from miwire.probe.response import Origin
from miwire.domain.shell_words import sh
from miwire.plan.changes import auth_settings as gate_change

if TYPE_CHECKING:
    from miwire.probe.model import ProbeCase
    from miwire.model.wiring import Wiring
    from miwire.errors import ExitCode
    from miwire.plan.plan import Outcome
    from miwire.operations.snippets import InsideLines
    from miwire.operations.proof import Proof


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
        print_plan(outcome)
        return
    done = "prepared" if prepared else "wired"
    state = done if outcome.plan else f"{done} already; nothing to do"
    verdict = "pass" if proof.holds else "fail"
    stdout().print(f"{mark(verdict)} {_pair(outcome.wiring)}: {state}")
    show_rows(_proven(case, outcome.wiring) for case in proof.cases)
    show_doubts(gate_change.aftermath(outcome))
    if proof.never is not None:
        error(proof.never, "connect")
    if lines is not None:
        _print_next(outcome, lines, prepared=prepared)


def access(command: str, outcome: Outcome, exit_code: ExitCode, *, dry_run: bool) -> None:
    """Print what grant or revoke did, or would do."""
    del exit_code
    if dry_run:
        print_plan(outcome)
        return
    now = {"grant": "let in", "revoke": "let in no more"}[command]
    state = now if outcome.plan else f"{now}: nothing to do"
    stdout().print(f"{_pair(outcome.wiring)}: {state}")
    print_differences(outcome)
    show_way_back(outcome.run)


def _proven(case: ProbeCase, wiring: Wiring) -> tuple[str, ...]:
    """Return a case of the proof as cells of markup: whether it holds, and what was seen."""
    verdict = {True: "pass", False: "fail", None: "unknown"}[case.ok]
    seen = [str(case.status)] if case.status is not None else []
    if case.origin is Origin.PLATFORM:
        seen.append("refused by the platform")
    if case.why:
        seen.append(case.why)
    if case.status is None and case.predicted is not None and not case.why:
        inside = wiring.the_source.display_name
        seen.append(f"foretold: {foretold(case.predicted)}; to see it, run a line inside {inside}")
    return mark(verdict), shown(case.name), shown(", ".join(seen))


def _print_next(outcome: Outcome, lines: InsideLines, *, prepared: bool) -> None:
    console, source = stdout(), outcome.wiring.the_source.display_name
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
