"""protect as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miwire.cli.render.json.envelope import changes, document
from miwire.cli.output.json.identity import site_members
from miwire.errors import ExitCode
from miwire.plan.changes import auth_settings as gate_change

if TYPE_CHECKING:
    from miwire.model.auth_settings import Difference
    from miwire.model.directory import AppRegistration, ServicePrincipal
    from miwire.plan.plan import Outcome


def protection(outcome: Outcome, exit_code: ExitCode, *, dry_run: bool) -> None:
    """Print what protect did, or would do."""
    document("protect", exit_code, protection_members(outcome, dry_run=dry_run))


def protection_members(outcome: Outcome, *, dry_run: bool) -> dict[str, Any]:
    """Return what a document says of a target whose protection was changed."""
    wiring = outcome.wiring
    before = outcome.plan.start
    return {
        **gate_members(outcome, dry_run=dry_run),
        "registration": _registration(wiring.registration, created=not before.registration),
        "servicePrincipal": _principal(wiring.service_principal),
        "allowed": [
            {
                "clientId": caller.client_id,
                "principalId": caller.principal_id,
                "name": caller.name,
            }
            for caller in wiring.callers
        ],
    }


def gate_members(outcome: Outcome, *, dry_run: bool) -> dict[str, Any]:
    """Return what a document says of a target whose gate was changed."""
    return {
        "site": site_members(outcome.wiring.the_target),
        "authSettings": {"differences": [_difference(each) for each in outcome.differences]},
        "notes": [*outcome.plan.notes, *gate_change.aftermath(outcome)],
        "questions": list(outcome.plan.questions),
        "changes": changes(outcome.planned),
        "run": outcome.run,
        **({"dryRun": True} if dry_run else {}),
    }


def _registration(registration: AppRegistration | None, *, created: bool) -> dict[str, Any] | None:
    if registration is None:
        return None
    return {
        "appId": registration.app_id,
        "objectId": registration.object_id,
        "displayName": registration.display_name,
        "identifierUris": list(registration.identifier_uris),
        "created": created,
    }


def _principal(principal: ServicePrincipal | None) -> dict[str, Any] | None:
    if principal is None:
        return None
    return {
        "objectId": principal.object_id,
        "appRoleAssignmentRequired": principal.assignment_required,
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "path": difference.path,
        "before": difference.before,
        "after": difference.after,
    }
