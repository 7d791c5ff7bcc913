"""doctor as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.cli.render.json.envelope import changes, context, document, error_members, findings
from miwire.cli.render.json.plan import site_members
from miwire.finding import Verdict

if TYPE_CHECKING:
    from miwire.cli.results import DoctorResult


def doctor(result: DoctorResult) -> dict[str, object]:
    """Return every finding, how many there are of each verdict, and what was changed."""
    found, outcome = result.diagnosis, result.outcome
    return document(
        "doctor",
        result.exit_code,
        {
            "context": context(found.account),
            "source": site_members(found.source) if found.source else None,
            "target": site_members(found.target) if found.target else None,
            "findings": findings(found.findings),
            "summary": {each.value: len(found.of(each)) for each in Verdict},
            "requests": found.requests,
            **({"error": error_members(found.refusal)} if found.refusal else {}),
            **({"changes": changes(outcome.planned), "run": outcome.run} if outcome else {}),
            **({"dryRun": True} if result.dry_run else {}),
        },
    )
