"""What a probe saw, for people: a table that reads at a glance, and beneath it why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.cli.remedies import spelled
from miwire.cli.render.page import Page, doubt, mark, name, quiet
from miwire.finding import Verdict
from miwire.probe.model import WITH_TOKEN

if TYPE_CHECKING:
    from miwire.cli.render.page import Line, Screen
    from miwire.cli.results import ProbeResult
    from miwire.easyauth.model import GateVerdict
    from miwire.probe.model import ProbeCase, TokenOwner

_TOLD = {"MIW404"}
"""Findings that no row of the table tells."""


def probe(result: ProbeResult, screen: Screen) -> str:
    """Return what came back."""
    page, report = Page(screen), result.report
    page.line(name(f"{report.target.url}{report.target.path}"))
    page.rows(_row(case) for case in report.cases)
    if report.unnamed is None:
        for case in report.cases:
            if case.advice:
                page.line(doubt(case.advice))
    if report.owner is not None and not screen.quiet:
        page.line(_whose(report.owner))
    for finding in report.findings:
        if finding.id in _TOLD and finding.verdict in {Verdict.WARN, Verdict.UNKNOWN}:
            page.line(mark(finding.verdict.value), f" {finding.title}: {finding.seen}")
    for fix in dict.fromkeys(spelled(each.fix) for each in report.findings if each.fix):
        page.line(f"fix  {fix}")
    return str(page)


def _row(case: ProbeCase) -> tuple[Line, ...]:
    past_authentication_only = case.name == WITH_TOKEN and case.why
    held = "warn" if past_authentication_only else "pass"
    verdict = {True: held, False: "fail", None: "unknown"}[case.ok]
    status = "–" if case.status is None else str(case.status)  # noqa: RUF001  style card
    origin = quiet(case.origin.value if case.origin else "")
    predicted = quiet(f"predicted: {prediction(case.predicted)}" if case.predicted else "")
    return (mark(verdict), f" {case.name}"), status, origin, predicted, case.why


def _whose(owner: TokenOwner) -> str:
    whose = f"{owner.name}, " if owner.name else ""
    return (
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
