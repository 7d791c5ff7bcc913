"""enable-identity as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miwire.cli.render.json.envelope import changes, document
from miwire.operations import enable_identity

if TYPE_CHECKING:
    from miwire.model.directory import ServicePrincipal
    from miwire.domain.site import Site
    from miwire.errors import ExitCode
    from miwire.plan.plan import Outcome


def identity(outcome: Outcome, exit_code: ExitCode, *, dry_run: bool) -> None:
    """Print what enable-identity did."""
    wiring = outcome.wiring
    site = wiring.the_source
    document(
        "enable-identity",
        exit_code,
        {
            "site": site_members(site),
            "identity": identity_members(site, wiring.source_principal),
            "notes": list(enable_identity.unknown(wiring)),
            "changes": changes(outcome.planned),
            **({"dryRun": True} if dry_run else {}),
        },
    )


def site_members(site: Site) -> dict[str, Any]:
    """Return what a document says of an app."""
    return {
        "id": site.ref.id,
        "name": site.display_name,
        "resourceGroup": site.ref.group,
        "kind": site.kind,
        "url": site.url,
    }


def identity_members(site: Site, principal: ServicePrincipal | None) -> dict[str, Any]:
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
