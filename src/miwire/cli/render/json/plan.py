"""Plans and results of the commands that change something, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.cli.render.json.envelope import changes, context, document, error_members, findings
from miwire.cli.render.json.probe import case_members
from miwire.errors import ExitCode
from miwire.operations import enable_identity as operation
from miwire.plan.changes import auth_settings as gate_change

if TYPE_CHECKING:
    from collections.abc import Collection

    from miwire.cli.results import (
        AccessResult,
        ConnectResult,
        EnableIdentityResult,
        ProtectResult,
        RunsResult,
        UndoResult,
    )
    from miwire.model.app_setting import AppSetting
    from miwire.model.auth_settings import Difference
    from miwire.model.directory import AppRegistration, ServicePrincipal
    from miwire.model.run_record import Run
    from miwire.model.site import Site
    from miwire.operations.snippets import InsideLines
    from miwire.plan.plan import Outcome


def protect(result: ProtectResult) -> dict[str, object]:
    """Return what protect did, or would do."""
    members = protection_members(result.outcome, dry_run=result.dry_run)
    return document("protect", result.exit_code, members)


def protection_members(outcome: Outcome, *, dry_run: bool) -> dict[str, object]:
    """Return what a document says of a target whose protection was changed."""
    wiring = outcome.wiring
    before = outcome.plan.start
    return {
        **gate_members(outcome, dry_run=dry_run),
        "registration": _registration(
            wiring.the_target.registration, created=not before.the_target.registration
        ),
        "servicePrincipal": _principal(wiring.the_target.service_principal),
        "allowed": [
            {
                "clientId": caller.client_id,
                "principalId": caller.principal_id,
                "name": caller.name,
            }
            for caller in wiring.callers
        ],
    }


def gate_members(outcome: Outcome, *, dry_run: bool) -> dict[str, object]:
    """Return what a document says of a target whose gate was changed."""
    return {
        "context": context(outcome.plan.start.account),
        "site": site_members(outcome.wiring.the_target.site),
        "authSettings": {"differences": [_difference(each) for each in outcome.differences]},
        "notes": [*outcome.plan.notes, *gate_change.aftermath(outcome)],
        "questions": list(outcome.plan.questions),
        "findings": findings(outcome.plan.findings),
        "changes": changes(outcome.planned),
        "run": outcome.run,
        **({"dryRun": True} if dry_run else {}),
    }


def _registration(
    registration: AppRegistration | None, *, created: bool
) -> dict[str, object] | None:
    if registration is None:
        return None
    return {
        "appId": registration.app_id,
        "objectId": registration.object_id,
        "displayName": registration.display_name,
        "identifierUris": list(registration.identifier_uris),
        "created": created,
    }


def _principal(principal: ServicePrincipal | None) -> dict[str, object] | None:
    if principal is None:
        return None
    return {
        "objectId": principal.object_id,
        "appRoleAssignmentRequired": principal.assignment_required,
    }


def _difference(difference: Difference) -> dict[str, object]:
    return {
        "path": difference.path,
        "before": difference.before,
        "after": difference.after,
    }


def enable_identity(result: EnableIdentityResult) -> dict[str, object]:
    """Return what enable-identity did, or would do."""
    wiring = result.outcome.wiring
    site = wiring.the_source.site
    return document(
        "enable-identity",
        result.exit_code,
        {
            "context": context(wiring.account),
            "site": site_members(site),
            "identity": identity_members(site, wiring.the_source.principal),
            "notes": list(operation.unknown(wiring)),
            "changes": changes(result.outcome.planned),
            **({"dryRun": True} if result.dry_run else {}),
        },
    )


def site_members(site: Site) -> dict[str, object]:
    """Return what a document says of an app."""
    return {
        "id": site.ref.id,
        "name": site.display_name,
        "resourceGroup": site.ref.group,
        "kind": site.kind,
        "url": site.url,
    }


def identity_members(site: Site, principal: ServicePrincipal | None) -> dict[str, object]:
    """Return what a document says of an app's identities."""
    system = site.identity.system
    return {
        "type": site.identity.type,
        "principalId": system.principal_id if system else None,
        "tenantId": system.tenant_id if system else None,
        "clientId": principal.app_id if principal else None,
        "userAssigned": [
            {"id": each.id, "principalId": each.principal_id, "clientId": each.client_id}
            for each in site.identity.user_assigned
        ],
    }


def connect(result: ConnectResult) -> dict[str, object]:
    """Return what connect did, or would do, and the proof."""
    proof, lines = result.proof, result.lines
    return document(
        "connect",
        result.exit_code,
        {
            **_both(result.outcome, dry_run=result.dry_run),
            "proof": [case_members(case) for case in proof.cases],
            **({"error": error_members(proof.never)} if proof.never else {}),
            "scope": lines.scope if lines else None,
            "inside": _inside(lines) if lines else None,
        },
        # To be pasted: a value that is missing from their URL would be missed.
        verbatim=("inside",),
    )


def access(result: AccessResult) -> dict[str, object]:
    """Return what grant or revoke did, or would do."""
    members = _both(result.outcome, dry_run=result.dry_run)
    return document(result.command, result.exit_code, members)


def _both(outcome: Outcome, *, dry_run: bool) -> dict[str, object]:
    source = outcome.wiring.the_source.site
    return {
        "source": site_members(source),
        "identity": identity_members(source, outcome.wiring.the_source.principal),
        **protection_members(outcome, dry_run=dry_run),
        "scopeSetting": _setting(outcome.wiring.scope_setting),
    }


def _setting(setting: AppSetting | None) -> dict[str, object] | None:
    if setting is None:
        return None
    return {
        "name": setting.name,
        "value": setting.value,
        "slotSetting": setting.is_slot_setting,
    }


def _inside(lines: InsideLines) -> dict[str, object]:
    return {"python": lines.python, "bash": lines.bash, "powershell": lines.powershell}


def runs(result: RunsResult) -> dict[str, object]:
    """Return every recorded run, the newest first."""
    found = result.runs
    return document(
        "undo",
        ExitCode.OK,
        {
            "runs": [_run(each, found.undone) for each in found.readable],
            "leftAside": list(found.unreadable),
        },
    )


def undo(result: UndoResult) -> dict[str, object]:
    """Return what undo did, or would do."""
    members = gate_members(result.outcome, dry_run=result.dry_run)
    return document("undo", result.exit_code, {"undoes": result.run.name, **members})


def _run(run: Run, undone: Collection[str]) -> dict[str, object]:
    return {
        "run": run.name,
        "startedAt": run.started_at,
        "command": run.command,
        "source": run.source_id,
        "target": run.target_id,
        "ended": run.ended,
        "undone": run.name in undone,
        "undoes": run.undoes,
        "changes": [
            {"summary": summary, "done": number < run.done}
            for number, summary in enumerate(run.summaries)
        ],
    }
