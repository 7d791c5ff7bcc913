"""What a probe saw, for people: one line a case, and beneath it what explains it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.cli.remedies import spelled
from miwire.cli.render.page import Page, doubt, mark, name
from miwire.finding import Verdict
from miwire.probe.model import OPERATOR, WITH_TOKEN, WITHOUT_TOKEN
from miwire.probe.signatures import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from miwire.cli.render.page import Screen
    from miwire.cli.results import ProbeResult
    from miwire.easyauth.model import GateVerdict
    from miwire.probe.model import ProbeCase, ProbeReport, TokenOwner

_TOLD = {"MIW404"}
"""Findings that no case tells."""
_LABELS = {WITHOUT_TOKEN: "without a token", WITH_TOKEN: "with a token", OPERATOR: "you"}
_WHO = {Origin.APP: "the app", Origin.UNKNOWN: "unknown"}
_INDENT = 4
_COLUMNS = 80
"""What a terminal has at least; a pipe takes lines of any length."""


def probe(result: ProbeResult, screen: Screen) -> str:
    """Return what came back."""
    page, report = Page(screen), result.report
    target = report.target
    page.line(
        f"{target.name} · " if target.site is not None else "",
        name(f"{target.url}{target.path}"),
    )
    write_cases(page, report.cases)
    if report.unnamed is None:
        for case in report.cases:
            if case.advice:
                page.line(doubt(case.advice))
    if _is_as_it_should_be(report):
        page.line(
            "As it should be: anonymous requests are rejected, and you aren't an allowed caller."
        )
    if report.owner is not None and not screen.quiet:
        page.line(_whose(report.owner))
    for finding in report.findings:
        if finding.id in _TOLD and finding.verdict is Verdict.WARN:
            told = f" {finding.title}: {finding.seen}"
            page.line(mark(finding.verdict.value), told, hanging=2)
    for fix in dict.fromkeys(spelled(each.fix) for each in report.findings if each.fix):
        page.verbatim(f"fix  {fix}")
    return str(page)


def write_cases(
    page: Page, cases: Iterable[ProbeCase], names: dict[str, str] | None = None
) -> None:
    """Write each case: mark, name, status and who answered; beneath it what explains it."""
    kept = list(cases)
    labels = [{**_LABELS, **(names or {})}.get(case.name, case.name) for case in kept]
    width = max(map(len, labels), default=0)
    room = min(page.screen.width or _COLUMNS, _COLUMNS) - width - len("  ok   ???  ")
    for case, label in zip(kept, labels, strict=True):
        status = "–" if case.status is None else str(case.status)  # noqa: RUF001  style card
        told = list(_explanations(case))
        short = case.status is None and len(told) > 0 and len(told[0]) <= room
        who, told = (told[0], told[1:]) if short else (_who(case), told)
        cells = (f" {label.ljust(width)}", f"  {status:<3}", f"  {who}")
        page.line(mark(_verdict(case)), *cells, indent=2)
        for each in told:
            page.line(each, indent=_INDENT)


def _verdict(case: ProbeCase) -> str:
    past_authentication_only = case.name == WITH_TOKEN and case.why
    return {
        True: "warn" if past_authentication_only else "pass",
        False: "fail",
        None: "unknown",
    }[case.ok]


def _who(case: ProbeCase) -> str:
    if case.speaker:
        return case.speaker
    return _WHO.get(case.origin, "") if case.origin else ""


def _explanations(case: ProbeCase) -> Iterator[str]:
    if case.why:
        # Of a speaker without a name the explanation quotes the evidence already.
        quotes = case.speaker and case.evidence and case.evidence not in case.why
        shows = quotes and case.ok is not True
        yield _sentence(f"{case.why} ({case.evidence})" if shows else case.why)
    verdict = case.predicted
    if verdict is not None and (case.ok is not True or verdict.unknown):
        told = f"predicted: {prediction(verdict)}"
        explained = verdict.sentence in case.why or (verdict.lets_through and not case.why)
        yield told if explained else f"{told}: {verdict.sentence}"


def _sentence(text: str) -> str:
    end = "" if text.endswith((".", "…", ":", "!")) else "."
    return f"{text[0].upper()}{text[1:]}{end}"


def _is_as_it_should_be(report: ProbeReport) -> bool:
    """Return whether nobody got in: neither an anonymous request nor the one who asks."""
    found = {case.name: case for case in report.cases}
    bare, you = found.get(WITHOUT_TOKEN), found.get(OPERATOR)
    return bool(bare and you and bare.ok and you.ok and you.expected == "refused")


def _whose(owner: TokenOwner) -> str:
    ids = (("oid", owner.principal_id), ("client id", owner.client_id), ("for", owner.audience))
    told = [f"{label} {value}" for label, value in ids if value]
    return f"Token used: {', '.join([owner.name, *told] if owner.name else told)}."


def prediction(verdict: GateVerdict) -> str:
    """Return the answer and the rule behind it, in a few words."""
    if verdict.lets_through:
        return f"allowed ({verdict.rule})"
    if not verdict.unknown:
        return f"{verdict.status} ({verdict.rule})"
    return f"unknown, likely {verdict.likely} ({verdict.rule})" if verdict.likely else "unknown"
