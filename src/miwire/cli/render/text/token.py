"""A decoded token for people: the verdict first, then what the token says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.cli.render.page import Page, Styled, bad, doubt, good, mark, name, quiet
from miwire.cli.render.text.probe import prediction
from miwire.finding import Verdict
from miwire.text import printable
from miwire.tokens import claims
from miwire.tokens.notes import notes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from miwire.cli.render.page import Part, Screen
    from miwire.cli.results import TokenResult
    from miwire.finding import Finding
    from miwire.operations.decode_token import TokenReport
    from miwire.tokens.access_token import AccessToken
    from miwire.tokens.claims import ExplainedClaim


def token(result: TokenResult, screen: Screen) -> str:
    """Return the verdict, and what the token says."""
    page, report = Page(screen), result.report
    page.line(*_verdict(report.verified))
    for finding in report.findings:
        _write_finding(page, finding)
    page.blank()
    page.rows((quiet(title), value) for title, value in _summary(report))
    if not screen.quiet:
        for note in _notes(report):
            page.line(doubt(f"Note: {note}"))
    _write_members(page, "header", claims.header(report.token))
    _write_members(page, "claims", claims.claims(report.token, report.at))
    return str(page)


def _notes(report: TokenReport) -> Iterator[str]:
    if report.pasted is not None:
        yield from report.pasted.sentences
    for note in notes(report.token):
        yield note.sentence


def _verdict(verified: bool | None) -> tuple[Part, ...]:
    match verified:
        case None:
            told = ": anyone could have written this. Use --verify to check it."
            return doubt("NOT VERIFIED"), told
        case True:
            return good("VERIFIED"), ": issued by the expected issuer for the expected audience."
        case False:
            return bad("NOT VALID"), ": don't trust this token."


def _write_finding(page: Page, finding: Finding) -> None:
    page.line(mark(finding.verdict.value), f" {finding.id}  {finding.title}")
    style = "quiet" if finding.verdict is Verdict.PASS else ""
    page.line(Styled(finding.seen, style), indent=4)
    if finding.fix:
        page.line(f"fix: {finding.fix}", indent=4)


def _summary(report: TokenReport) -> list[tuple[str, str]]:
    read = report.token
    rows = [
        ("whose", claims.whose(read)),
        ("for", printable(read.claims.get("aud"))),
        ("roles", claims.rights(read)),
        ("valid", claims.validity(read, report.at)),
        ("version", claims.version(read)),
        ("known as", _known_as(read)),
    ]
    if report.gate is not None:
        verdict = report.gate.verdict
        said = f"{report.gate.target}: {prediction(verdict)}; {verdict.sentence}"
        rows.insert(0, ("predicted", said))
    return rows


def _known_as(read: AccessToken) -> str:
    uti = f", uti {printable(read.claims['uti'])}" if "uti" in read.claims else ""
    return f"sha256 {read.fingerprint}…{uti}"


def _write_members(page: Page, title: str, members: Iterable[ExplainedClaim]) -> None:
    """Write claims with the values last: the long ones among them push nothing away."""
    page.blank()
    page.line(quiet(title))
    page.rows((name(each.name), quiet(each.meaning), each.value) for each in members)
