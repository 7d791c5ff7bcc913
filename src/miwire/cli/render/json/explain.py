"""explain as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.cli.remedies import spelled
from miwire.cli.render.json.envelope import document

if TYPE_CHECKING:
    from miwire.cli.results import ExplainResult
    from miwire.explain.entry import Entry
    from miwire.explain.lookup import Unknown


def explain(result: ExplainResult) -> dict[str, object]:
    """Return what codes mean, and those that aren't known."""
    return document(
        "explain",
        result.exit_code,
        {
            "entries": [_entry(each) for each in result.explained.entries],
            "unknown": [_unknown(each) for each in result.explained.unknown],
        },
        # They hold texts of miwire's own and nothing of the input.
        verbatim=("entries", "unknown"),
    )


def _entry(entry: Entry) -> dict[str, object]:
    return {
        "code": entry.code,
        "group": entry.group.key,
        "title": entry.title,
        "meaning": entry.meaning,
        "see": "\n".join(entry.see),
        "fix": "\n".join(spelled(each) for each in entry.fixes),
        "docs": entry.page,
    }


def _unknown(unknown: Unknown) -> dict[str, object]:
    return {
        "code": unknown.code or None,
        "nearest": [each.code for each in unknown.nearest],
        "why": unknown.why or None,
        "docs": unknown.docs or None,
    }
