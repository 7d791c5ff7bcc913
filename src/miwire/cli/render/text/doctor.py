"""A diagnosis for people: the verdict first, then what doesn't hold, and what to type."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from miwire.cli.remedies import spelled
from miwire.cli.render.page import Page, doubt, mark, name, quiet
from miwire.cli.render.text.plan import write_heading
from miwire.finding import Category, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.cli.render.page import Part, Screen, Styled
    from miwire.cli.results import DoctorResult
    from miwire.finding import Finding
    from miwire.operations.doctor import Diagnosis

_TOLD = (Verdict.FAIL, Verdict.WARN, Verdict.UNKNOWN, Verdict.SKIP)
_COUNTED = (Verdict.PASS, *_TOLD)
_EVIDENCE = len("  x  MIW000  ")
"""Where the evidence of a finding begins."""
_WORDS = {
    Verdict.FAIL: "fail",
    Verdict.WARN: "warn",
    Verdict.UNKNOWN: "unknown",
    Verdict.SKIP: "skipped",
    Verdict.PASS: "pass",
}


def doctor(result: DoctorResult, screen: Screen) -> str:
    """Return the verdict, the checks that don't hold with evidence and fix, and the counts."""
    page, found = Page(screen), result.diagnosis
    verdict, headline = _headline(found)
    page.line(_mark(verdict), f" {headline}", hanging=2)
    if not screen.quiet and found.account is not None and screen.heading:
        write_heading(page, found.account)
    for category in Category:
        of_it = [each for each in found.findings if each.category is category]
        if of_it:
            _write_group(page, category, of_it, result)
    if not screen.quiet:
        _write_next(page, result)
        page.line(quiet(_summary(result)))
    return str(page)


def _write_group(
    page: Page, category: Category, of_it: list[Finding], result: DoctorResult
) -> None:
    found = result.diagnosis
    apps = {Category.SOURCE: found.source, Category.TARGET: found.target}
    site = apps.get(category)
    page.line(
        name(f"{category.value:<9}"),
        f" {site.display_name if site else '':<16}",
        *_counts(of_it),
    )
    told = [each for each in of_it if each.verdict in _TOLD or result.whole]
    for _, alike in groupby(told, key=lambda each: (each.verdict, each.seen or each.id)):
        _write_findings(page, list(alike))


def _counts(of_it: list[Finding]) -> Iterator[Part]:
    for verdict in _COUNTED:
        count = sum(each.verdict is verdict for each in of_it)
        if count:
            yield "  "
            yield _mark(verdict)
            yield f" {count}"


def _write_findings(page: Page, alike: list[Finding]) -> None:
    """Write findings with the same evidence, such as one part that nobody could read."""
    first = alike[0]
    passed = first.verdict is Verdict.PASS
    page.rows(
        [[_mark(first.verdict), name(first.id), first.title if passed else first.seen]],
        indent=2,
    )
    if len(alike) > 1:
        also = ", ".join(each.id for each in alike[1:])
        page.line(quiet(f"the same for {also}"), indent=_EVIDENCE)
    for fix in dict.fromkeys(spelled(each.fix) for each in alike if not passed):
        if fix:
            page.verbatim(f"{' ' * _EVIDENCE}fix  {fix}")


def _mark(verdict: Verdict) -> Styled:
    """Return the sign of a verdict: what nobody could look at isn't what was left out."""
    return doubt("?") if verdict is Verdict.UNKNOWN else mark(verdict.value)


def _headline(found: Diagnosis) -> tuple[Verdict, str]:
    """Return the verdict on the whole, and its sentence: no more than what was seen."""
    source = found.source.display_name if found.source else ""
    target = found.target.display_name if found.target else "the target"
    if found.refusal is not None:
        return Verdict.UNKNOWN, f"{target} couldn't be checked."
    causes, follow = len(found.causes), len(found.consequences)
    counts = _count(causes, "cause")
    counts += f", {_count(follow, 'consequence')}" if follow else ""
    if causes:
        return Verdict.FAIL, f"{_failure(found, source, target)}: {counts}."
    warnings, unknown = len(found.of(Verdict.WARN)), found.of(Verdict.UNKNOWN)
    pair = f"from {source} to {target}" if source else f"at {target}"
    if unknown:
        unmade = _count(len(unknown), "check")
        return (
            Verdict.UNKNOWN,
            f"Nothing is known to be wrong {pair}, but {unmade} couldn't be made.",
        )
    if warnings:
        return Verdict.WARN, f"Nothing fails {pair}: {_count(warnings, 'warning')}."
    if found.left_out:
        made = len({each.id for each in found.findings})
        return Verdict.PASS, f"{_count(made, 'check')} made, {found.left_out} left out: none fails."
    if not source:
        return Verdict.PASS, f"{target} rejects anonymous requests and accepts only listed callers."
    who = f"only {source} can" if found.only_source else "only listed callers can"
    return Verdict.PASS, f"{source} can call {target}, and {who}."


def _failure(found: Diagnosis, source: str, target: str) -> str:
    if not source:
        return f"{target} is open to others" if found.is_open else f"{target} isn't set up right"
    if found.is_blocked and found.is_open:
        return f"{source} can't call {target}, and others may"
    if found.is_blocked:
        return f"{source} can't call {target}"
    if found.is_open:
        return f"{target} is open to others than {source}"
    return f"It isn't known who can call {target}"


def _write_next(page: Page, result: DoctorResult) -> None:
    """Say what to type next: the fix that miwire makes, else where the finding is explained."""
    found = result.diagnosis
    if result.outcome is not None and result.outcome.run:
        page.line(quiet("to undo:"), f" miwire undo {result.outcome.run}")
    told = found.of(Verdict.FAIL, Verdict.WARN) or found.of(Verdict.UNKNOWN)
    if result.outcome is not None and result.dry_run:
        page.line("The plan of --fix:")
        page.rows(
            [[str(n), each.change.summary] for n, each in enumerate(result.outcome.planned, 1)],
            indent=2,
        )
    if result.again:
        page.verbatim(f"To apply miwire's own fixes: {result.again}")
    if told:
        page.line(f"To read about a finding: miwire explain {told[0].id}")


def _summary(result: DoctorResult) -> str:
    found = result.diagnosis
    counts = [
        f"{count} {_WORDS[verdict]}" for verdict in _COUNTED if (count := len(found.of(verdict)))
    ]
    asked = _count(found.requests, "request")
    return f"{', '.join(counts)} · {asked} · {result.seconds:.1f} s"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
