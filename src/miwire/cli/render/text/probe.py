"""probe for people: a table that reads at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.cli.remedies import spelled
from miwire.cli.render.terminal import mark, show_rows, shown, stdout
from miwire.cli.render.text.messages import error
from miwire.finding import Verdict
from miwire.probe.model import WITH_TOKEN

if TYPE_CHECKING:
    from miwire.easyauth.model import GateVerdict
    from miwire.errors import ExitCode
    from miwire.probe.model import ProbeCase, ProbeReport, TokenOwner

_TOLD = {"MIW404"}
"""Findings that no row of the table tells."""


def probed(report: ProbeReport, exit_code: ExitCode) -> None:
    """Print what came back."""
    del exit_code
    console = stdout()
    console.print(f"[name]{shown(report.target.url)}{shown(report.target.path)}[/name]")
    show_rows(_row(case) for case in report.cases)
    if report.unnamed is not None:
        error(report.unnamed, "probe")
    else:
        for case in report.cases:
            if case.advice:
                console.print(f"[doubt]{shown(case.advice)}[/doubt]")
    if report.owner is not None:
        console.print(_whose(report.owner))
    for finding in report.findings:
        if finding.id in _TOLD and finding.verdict in {Verdict.WARN, Verdict.UNKNOWN}:
            console.print(
                f"{mark(finding.verdict.value)} {shown(finding.title)}: {shown(finding.seen)}"
            )
    fixes = dict.fromkeys(spelled(finding.fix) for finding in report.findings if finding.fix)
    for fix in fixes:
        console.print(f"fix  {shown(fix)}")


def _row(case: ProbeCase) -> tuple[str, ...]:
    past_the_gate_only = case.name == WITH_TOKEN and case.why
    verdict = {True: "warn" if past_the_gate_only else "pass", False: "fail", None: "unknown"}[
        case.ok
    ]
    status = "–" if case.status is None else str(case.status)  # noqa: RUF001  style card
    origin = f"[quiet]{case.origin.value}[/quiet]" if case.origin else ""
    expected = (
        f"[quiet]predicted: {shown(prediction(case.predicted))}[/quiet]" if case.predicted else ""
    )
    return mark(verdict), shown(case.name), status, origin, expected, shown(case.why)


def _whose(owner: TokenOwner) -> str:
    whose = f"{owner.name}, " if owner.name else ""
    return shown(
        f"Token used: {whose}oid {owner.principal_id}, client id "
        f"{owner.client_id}, for {owner.audience}."
    )


def prediction(verdict: GateVerdict) -> str:
    """Return the answer and the rule behind it, in a few words."""
    if verdict.lets_through:
        return f"allowed ({verdict.rule})"
    if not verdict.unknown:
        return f"{verdict.status} ({verdict.rule})"
    return f"unknown, likely {verdict.likely} ({verdict.rule})" if verdict.likely else "unknown"
