"""decode-token for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.text import Text

from miwire.cli.remedies import spelled
from miwire.cli.render.terminal import mark, print_columns, stdout
from miwire.cli.render.text.probe import prediction
from miwire.finding import Verdict
from miwire.text import printable
from miwire.tokens import claims
from miwire.tokens.notes import notes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console

    from miwire.errors import ExitCode
    from miwire.finding import Finding
    from miwire.operations.decode_token import TokenReport
    from miwire.tokens.access_token import AccessToken
    from miwire.tokens.claims import ExplainedClaim

_GUID = 36
_INDENT = (0, 0, 0, 4)


def token(report: TokenReport, exit_code: ExitCode) -> None:
    """Print the verdict first, then what the token says."""
    del exit_code
    console = stdout()
    _verdict(console, report.verified)
    for finding in report.findings:
        _finding(console, finding)
    console.print()
    print_columns(console, _summary(report), ("quiet", "none"))
    for each in _notes(report):
        console.print(Text(f"Note: {printable(each)}", style="doubt"))
    _members(console, "header", claims.header(report.token))
    _members(console, "claims", claims.claims(report.token, report.at))


def _notes(report: TokenReport) -> Iterator[str]:
    if report.pasted is not None:
        yield from report.pasted.sentences
    for note in notes(report.token):
        yield note.sentence


def _verdict(console: Console, verified: bool | None) -> None:
    match verified:
        case None:
            verdict = Text("NOT VERIFIED", style="doubt")
            verdict.append(
                ": anyone could have written this. Use --verify to check it.", style="none"
            )
        case True:
            verdict = Text("VERIFIED", style="good")
            verdict.append(": issued by the expected issuer for the expected audience.")
        case False:
            verdict = Text("NOT VALID", style="bad")
            verdict.append(": don't trust this token.", style="none")
    console.print(verdict)


def _finding(console: Console, finding: Finding) -> None:
    line = Text.from_markup(mark(finding.verdict.value))
    line.append(printable(f" {finding.id}  {finding.title}"))
    console.print(line)
    style = "quiet" if finding.verdict is Verdict.PASS else "none"
    _indented(console, Text(printable(finding.seen), style=style))
    if finding.fix:
        _indented(console, Text(f"fix: {printable(spelled(finding.fix))}"))


def _indented(console: Console, text: Text) -> None:
    if console.is_terminal:
        console.print(Padding(text, _INDENT, expand=False))
    else:
        console.print(Text("    ").append_text(text))


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
        said = printable(f"{report.gate.target}: {prediction(verdict)}; {verdict.sentence}")
        rows.insert(0, ("predicted", said))
    return rows


def _known_as(read: AccessToken) -> str:
    uti = f", uti {printable(read.claims['uti'])}" if "uti" in read.claims else ""
    return f"sha256 {read.fingerprint}…{uti}"


def _members(console: Console, title: str, members: Iterable[ExplainedClaim]) -> None:
    """Print claims with the values last: the long ones among them push nothing away."""
    console.print()
    console.print(Text(title, style="quiet"))
    rows = [(each.name, each.meaning, each.value) for each in members]
    print_columns(console, rows, ("name", "quiet", "none"), least=_GUID)
