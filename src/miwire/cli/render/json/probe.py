"""probe as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.cli.render.json.envelope import document, error_members, findings

if TYPE_CHECKING:
    from miwire.cli.results import ProbeResult
    from miwire.easyauth.model import GateVerdict
    from miwire.probe.model import ProbeCase, TokenOwner
    from miwire.probe.response import Challenge


def probe(result: ProbeResult) -> dict[str, object]:
    """Return what came back."""
    report = result.report
    return document(
        "probe",
        result.exit_code,
        {
            "target": f"{report.target.url}{report.target.path}",
            "cases": [case_members(case) for case in report.cases],
            "identity": _owner(report.owner) if report.owner else None,
            "findings": findings(report.findings),
            "notes": list(report.notes),
            **({"error": error_members(report.unnamed)} if report.unnamed else {}),
        },
    )


def case_members(case: ProbeCase) -> dict[str, object]:
    """Return what a document says of a case."""
    return {
        "name": case.name,
        "status": case.status,
        "ok": case.ok,
        "expected": int(case.expected) if case.expected.isdigit() else case.expected,
        "elapsedMs": case.elapsed_ms,
        "challenge": _challenge(case.challenge) if case.challenge else None,
        "location": case.location,
        "from": case.origin.value if case.origin else None,
        "speaker": case.speaker or None,
        "evidence": case.evidence or None,
        "predicted": prediction(case.predicted) if case.predicted else None,
        "why": ". ".join(each for each in (case.why, case.advice) if each) or None,
    }


def _challenge(challenge: Challenge) -> dict[str, object]:
    return {
        "realm": challenge.realm,
        "authorizationUri": challenge.authorization_uri,
        "resourceId": challenge.resource_id,
    }


def _owner(owner: TokenOwner) -> dict[str, object]:
    return {
        "name": owner.name,
        "principalId": owner.principal_id,
        "clientId": owner.client_id,
        "tenantId": owner.tenant_id,
        "audience": owner.audience,
        "source": owner.source,
    }


def prediction(verdict: GateVerdict) -> dict[str, object]:
    """Return `predicted` of a probe's case, and of a token; status 200: the app's own."""
    return {
        "status": verdict.status,
        "rule": verdict.rule.value,
        "sentence": verdict.sentence,
        "unknown": verdict.unknown,
        "likely": verdict.likely,
    }
