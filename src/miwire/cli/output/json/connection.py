"""connect, grant and revoke as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miwire.cli.render.json.envelope import document, error_members
from miwire.cli.output.json.identity import identity_members, site_members
from miwire.cli.render.json.probe import case_members
from miwire.cli.render.json.plan import protection_members

if TYPE_CHECKING:
    from miwire.domain.app_setting import AppSetting
    from miwire.errors import ExitCode
    from miwire.plan.plan import Outcome
    from miwire.operations.snippets import InsideLines
    from miwire.operations.proof import Proof


def connection(
    outcome: Outcome,
    proof: Proof,
    lines: InsideLines | None,
    exit_code: ExitCode,
    *,
    dry_run: bool,
    prepared: bool,
) -> None:
    """Print what connect did, or would do, and the proof."""
    del prepared
    document(
        "connect",
        exit_code,
        {
            **_both(outcome, dry_run=dry_run),
            "proof": [case_members(case) for case in proof.cases],
            **({"error": error_members(proof.never)} if proof.never else {}),
            "scope": lines.scope if lines else None,
            "inside": _inside(lines) if lines else None,
        },
        # To be pasted: a value that is missing from their URL would be missed.
        verbatim=("inside",),
    )


def access(command: str, outcome: Outcome, exit_code: ExitCode, *, dry_run: bool) -> None:
    """Print what grant or revoke did, or would do."""
    document(command, exit_code, _both(outcome, dry_run=dry_run))


def _both(outcome: Outcome, *, dry_run: bool) -> dict[str, Any]:
    source = outcome.wiring.the_source
    return {
        "source": site_members(source),
        "identity": identity_members(source, outcome.wiring.source_principal),
        **protection_members(outcome, dry_run=dry_run),
        "scopeSetting": _setting(outcome.wiring.scope_setting),
    }


def _setting(setting: AppSetting | None) -> dict[str, Any] | None:
    if setting is None:
        return None
    return {
        "name": setting.name,
        "value": setting.value,
        "slotSetting": setting.is_slot_setting,
    }


def _inside(lines: InsideLines) -> dict[str, Any]:
    return {"python": lines.python, "bash": lines.bash, "powershell": lines.powershell}
