"""Scenes in which the caller of a wire is broken, or the directory between it and its target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.lab.arm import managed_identities
from miwire.lab.entra import tokens
from miwire.lab.graph.deleted_items import delete_principal
from miwire.lab.scenes.story import new_user_assigned
from miwire.lab.scenes.wired import wire

if TYPE_CHECKING:
    from miwire.lab.scenes.builder import SceneBuilder
    from miwire.lab.scenes.wired import Wire

_DAY = 86_400
"""Seconds for which the platform hands out a token it has."""


def trailing_slash(builder: SceneBuilder) -> None:
    made = wire(builder)
    made.application["api"]["requestedAccessTokenVersion"] = None
    made.core.app_settings["INTEGRATION_SCOPE"] = f"api://{made.app_id}//.default"


def no_identifier_uri(builder: SceneBuilder) -> None:
    wire(builder).define(identifierUris=[])


def no_service_principal(builder: SceneBuilder) -> None:
    made = wire(builder)
    delete_principal(made.tenant, made.api)


def no_assignment(builder: SceneBuilder) -> None:
    wire(builder).unassign()


def target_principal_disabled(builder: SceneBuilder) -> None:
    wire(builder).api["accountEnabled"] = False


def caller_principal_disabled(builder: SceneBuilder) -> None:
    wire(builder).caller["accountEnabled"] = False


def only_user_assigned(builder: SceneBuilder) -> None:
    made = wire(builder)
    identity = _only_user_assigned(made)
    principal = builder.tenant.service_principals[identity]
    made.policy["allowedApplications"] = [principal["appId"]]
    made.policy["allowedPrincipals"]["identities"] = [principal["id"]]
    made.assign(principal)


def client_id_setting(builder: SceneBuilder) -> None:
    made = wire(builder)
    made.core.app_settings["AZURE_CLIENT_ID"] = made.app_id


def msi_disabled(builder: SceneBuilder) -> None:
    wire(builder).core.app_settings["WEBSITE_DISABLE_MSI"] = "true"


def role_not_in_token(builder: SceneBuilder) -> None:
    made = wire(builder)
    made.unassign()
    _cache(builder, made)
    made.assign(made.caller)


def role_still_in_token(builder: SceneBuilder) -> None:
    made = wire(builder)
    _cache(builder, made)
    made.unassign()


def role_not_required(builder: SceneBuilder) -> None:
    made = wire(builder)
    made.unassign()
    made.api["appRoleAssignmentRequired"] = False


def identity_vanished(builder: SceneBuilder) -> None:
    _only_user_assigned(wire(builder))


def stale_ids(builder: SceneBuilder) -> None:
    made = wire(builder)
    managed_identities.apply(made.tenant, made.core, {"type": "None"}, merge=True)
    builder.enable_identity(made.core)
    made.assign(made.tenant.service_principals[str(made.core.principal_id)])


def slot_forgotten(builder: SceneBuilder) -> None:
    core = wire(builder).core
    slot = builder.add_site("core", program="core", slot="staging")
    slot.app_settings |= core.app_settings
    builder.enable_identity(slot)


def may_not_assign(builder: SceneBuilder) -> None:
    wire(builder).unassign()
    rights = builder.tenant.graph_rights
    held = rights[builder.operator_ids[1]]
    kept = tuple(each for each in held if each != "AppRoleAssignment.ReadWrite.All")
    rights[builder.operator_ids[1]] = kept


def operator_reads(builder: SceneBuilder) -> None:
    wire(builder)
    builder.tenant.arm_rights[builder.operator_ids[1]] = ("*/read",)


def _only_user_assigned(made: Wire) -> str:
    """Give core a user-assigned identity instead of its own, and return its object id."""
    identity = new_user_assigned(made.tenant, "id-core")
    wish = {"type": "UserAssigned", "userAssignedIdentities": {identity["id"]: {}}}
    managed_identities.apply(made.tenant, made.core, wish, merge=True)
    return str(identity["properties"]["principalId"])


def _cache(builder: SceneBuilder, made: Wire) -> None:
    """Let the platform have a token that core got an hour ago, whichever way it names the API."""
    builder.faults = {"tokenCacheSeconds": _DAY}
    tenant, now = made.tenant, made.tenant.clock.now()
    for resource in (made.app_id, f"api://{made.app_id}"):
        claims = tokens.app_only_claims(
            tenant, made.caller, made.api, resource, tokens.MANAGED_IDENTITY_LIFETIME
        )
        token = tokens.signed(tenant, claims)
        tenant.cached_tokens[made.caller["id"], resource] = now, token, int(claims["exp"])
