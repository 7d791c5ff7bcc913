"""A diagnosis as JUnit: one test case per finding, so that CI shows it beside other tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from miwire.cli.remedies import spelled
from miwire.finding import Verdict
from miwire.redaction import redacted
from miwire.text import printable

if TYPE_CHECKING:
    from miwire.cli.results import DoctorResult
    from miwire.finding import Finding


def doctor(result: DoctorResult) -> str:
    """
    Return the findings as a JUnit document.

    What holds is a success, an expected rejection too. What is doubtful or unknown fails with
    --strict only, as the exit code does.
    """
    suite = TestSuite("miwire doctor")
    target = result.diagnosis.target
    if target is not None:
        suite.add_property("target", target.ref.id)
    for finding in result.diagnosis.findings:
        suite.add_testcase(_case(finding, strict=result.strict))
    suite.update_statistics()  # type: ignore[no-untyped-call]
    document = JUnitXml("miwire doctor")
    document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    written: bytes = document.tostring()  # type: ignore[no-untyped-call]
    return written.decode() + "\n"


def _case(finding: Finding, *, strict: bool) -> TestCase:
    case = TestCase(f"{finding.id} {finding.title}", f"miwire.{finding.category.value}")
    seen, fix = _safe(finding.seen), _safe(spelled(finding.fix))
    told = f"{seen}\nfix: {fix}" if fix else seen
    match finding.verdict:
        case Verdict.PASS:
            case.system_out = seen
        case Verdict.SKIP:
            case.result = [Skipped(seen)]
        case Verdict.FAIL:
            case.result = [_failure(seen, told, finding.verdict)]
        case _ if strict:
            case.result = [_failure(seen, told, finding.verdict)]
        case Verdict.UNKNOWN:
            case.result = [Skipped(f"unknown: {seen}")]
        case _:
            case.system_out = f"warn: {told}"
    return case


def _failure(seen: str, told: str, verdict: Verdict) -> Failure:
    failure = Failure(seen, verdict.value)
    failure.text = told
    return failure


def _safe(text: str) -> str:
    return printable(redacted(text))
