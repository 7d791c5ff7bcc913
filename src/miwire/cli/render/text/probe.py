"""probe for people: one line a case, and beneath it what explains it, at full width."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.cli.render.terminal import mark, show_command, show_paragraph, shown, stdout
from miwire.cli.render.text.messages import error
from miwire.finding import Verdict
from miwire.probe.model import OPERATOR, WITH_TOKEN, WITHOUT_TOKEN
from miwire.probe.signatures import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from miwire.easyauth.model import GateVerdict
    from miwire.errors import ExitCode
    from miwire.probe.model import ProbeCase, ProbeReport, TokenOwner

_TOLD = {"MIW404"}
"""Findings that no case tells."""
_LABELS = {WITHOUT_TOKEN: "without a token", WITH_TOKEN: "with a token", OPERATOR: "you"}
_WHO = {Origin.APP: "the app", Origin.UNKNOWN: "unknown"}
_INDENT = 4
_COLUMNS = 80
"""What a terminal has at least; a pipe takes lines of any length."""


def probed(report: ProbeReport, exit_code: ExitCode) -> None:
    """Print what came back."""
    del exit_code
    target = report.target
    address = f"[name]{shown(target.url)}{shown(target.path)}[/name]"
    name = f"{shown(target.name)} · " if target.site is not None else ""
    stdout().print(f"{name}{address}", soft_wrap=True)
    show_cases(report.cases)
    if report.unnamed is not None:
        error(report.unnamed, "probe")
    else:
        for case in report.cases:
            if case.advice:
                show_paragraph(case.advice, style="doubt")
    if _is_as_it_should_be(report):
        show_paragraph(
            "As it should be: anonymous requests are rejected, and you aren't an allowed caller."
        )
    if report.owner is not None:
        show_paragraph(_whose(report.owner))
    for finding in report.findings:
        if finding.id in _TOLD and finding.verdict is Verdict.WARN:
            show_paragraph(f"{finding.title}: {finding.seen}", sign=finding.verdict.value)
    fixes = dict.fromkeys(finding.fix for finding in report.findings if finding.fix)
    for fix in fixes:
        show_command("fix", fix)


def show_cases(cases: Iterable[ProbeCase], names: dict[str, str] | None = None) -> None:
    """Print each case: mark, name, status and who answered; beneath it what explains it."""
    kept = list(cases)
    labels = [{**_LABELS, **(names or {})}.get(case.name, case.name) for case in kept]
    width = max(map(len, labels), default=0)
    console = stdout()
    room = min(console.width, _COLUMNS) - width - len("  ok   ???  ")
    for case, label in zip(kept, labels, strict=True):
        status = "–" if case.status is None else str(case.status)  # noqa: RUF001  style card
        told = list(_explanations(case))
        short = _is_short(case, told, room)
        who, told = (told[0], told[1:]) if short else (_who(case), told)
        line = f"  {mark(_verdict(case))} {shown(label.ljust(width))}  {status:<3}  {shown(who)}"
        console.print(line.rstrip(), soft_wrap=True)
        for each in told:
            show_paragraph(each, by=_INDENT)


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


def _is_short(case: ProbeCase, told: list[str], room: int) -> bool:
    """Return whether a case that nobody answered is explained on its own line."""
    return case.status is None and len(told) > 0 and len(told[0]) <= room


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
