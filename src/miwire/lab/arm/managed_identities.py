"""Managed identities: what `identity` on a site says, and the service principals behind it."""

from __future__ import annotations

import base64
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from miwire.lab.arm import errors
from miwire.lab.documents import new_id
from miwire.lab.graph.objects import blank_service_principal

if TYPE_CHECKING:
    from miwire.lab.documents import Document
    from miwire.lab.state.site import Site
    from miwire.lab.state.tenant import Tenant

_SYSTEM, _USER = "SystemAssigned", "UserAssigned"
_ID = re.compile(
    r"/subscriptions/([^/]+)/resourcegroups/([^/]+)"
    r"/providers/microsoft\.managedidentity/userassignedidentities/([^/]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """An `identity` that a client sent: whether it wants a system identity, and which others."""

    system: bool
    user: bool
    sent: dict[str, Any]
    """`userAssignedIdentities` as sent: null takes one away where the request is a PATCH."""

    @classmethod
    def of(cls, identity: Document) -> Wish:
        """Read *identity*; raises ArmError (400) unless its type is one that ARM knows."""
        kind = identity.get("type")
        words = (
            {word.strip().lower() for word in kind.split(",")} if isinstance(kind, str) else set()
        )
        if words not in ({"none"}, {"systemassigned"}, {"userassigned"}, _both()):
            raise errors.content_invalid(
                f"Error converting value \"{kind}\" to type 'ManagedServiceIdentityType'."
                " Path 'identity.type'."
            )
        sent = identity.get("userAssignedIdentities") or {}
        if not isinstance(sent, dict):
            raise errors.content_invalid(
                "Unexpected type of value. Path 'identity.userAssignedIdentities'."
            )
        wish = cls("systemassigned" in words, "userassigned" in words, sent)
        if not wish.user and any(value is not None for value in sent.values()):
            raise errors.identity_ids_forbidden(str(kind))
        return wish

    def attached(self, tenant: Tenant, site: Site, *, merge: bool) -> dict[str, Document]:
        """
        Return the user-assigned identities that *site* is to have, by the id that ARM echoes.

        *merge* is for PATCH: what is not named stays, null takes away. Raises ArmError (400) for
        an id that is none or that nothing has, and for a type that demands one without any.
        """
        if not self.user:
            return {}
        before = site.document.get("identity", {}).get("userAssignedIdentities", {})
        wanted = {known.lower(): known for known in before} if merge else {}
        for sent, value in self.sent.items():
            if value is None:
                wanted.pop(sent.lower(), None)
            else:
                wanted[sent.lower()] = sent
        if not wanted and not self.sent:
            raise errors.identity_ids_missing()
        found = [_existing(tenant, site, each) for each in wanted.values()]
        return {
            each["id"]: {
                "principalId": each["properties"]["principalId"],
                "clientId": each["properties"]["clientId"],
            }
            for each in found
        }


def apply(tenant: Tenant, site: Site, identity: Document, *, merge: bool) -> None:
    """
    Give *site* the identities that *identity* asks for, and no others.

    The type decides: a type without SystemAssigned deletes the system identity, its service
    principal and every assignment of it. Asked for again, it is a new one.
    """
    wish = Wish.of(identity)
    attached = wish.attached(tenant, site, merge=merge)
    principal_id = site.principal_id
    home = _home(tenant, site)
    if wish.system and principal_id is None:
        principal_id = _new_system_assigned(tenant, site, home)
    if not wish.system and principal_id is not None:
        _delete_principal(tenant, principal_id)
    kinds = [kind for kind, has in ((_SYSTEM, wish.system), (_USER, bool(attached))) if has]
    if not kinds:
        site.document.pop("identity", None)
        return
    result: Document = {"type": ", ".join(kinds)}
    if wish.system:
        result |= {"tenantId": home, "principalId": principal_id}
    if attached:
        result["userAssignedIdentities"] = attached
    site.document["identity"] = result


def newly_attached(site: Site, identity: Document) -> list[str]:
    """Return the ids in *identity* that *site* does not have yet."""
    before = site.document.get("identity", {}).get("userAssignedIdentities", {})
    known = {each.lower() for each in before}
    sent = Wish.of(identity).sent
    return [each for each, value in sent.items() if value is not None and each.lower() not in known]


def new_user_assigned(tenant: Tenant, resource_id: str, location: str, tags: Document) -> Document:
    """Make a user-assigned identity with its service principal; raises ArmError for a bad id."""
    echoed = _echoed(resource_id)
    name = echoed.rpartition("/")[2]
    principal = new_principal(tenant, name, echoed, explicit=True)
    made: Document = {
        "id": echoed,
        "name": name,
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
        "location": location,
        "tags": tags,
        "properties": {
            "tenantId": tenant.tenant_id,
            "principalId": principal["id"],
            "clientId": principal["appId"],
        },
    }
    tenant.user_assigned_identities[echoed.lower()] = made
    return made


def delete_user_assigned(tenant: Tenant, identity: Document) -> None:
    """Delete an identity and its service principal; sites go on naming it, as on Azure."""
    _delete_principal(tenant, identity["properties"]["principalId"])
    del tenant.user_assigned_identities[identity["id"].lower()]


def new_principal(tenant: Tenant, name: str, resource_id: str, *, explicit: bool) -> Document:
    """Make the service principal of a managed identity, as Graph was recorded to show one."""
    principal = blank_service_principal(tenant, new_id())
    alias = base64.b64encode(secrets.token_bytes(32)).decode()
    principal |= {
        "displayName": name,
        "servicePrincipalType": "ManagedIdentity",
        "alternativeNames": [f"isExplicit={explicit}", _lower_groups(resource_id)],
        "appOwnerOrganizationId": None,
        "servicePrincipalNames": [principal["appId"], f"https://identity.azure.net/{alias}"],
        "info": None,
    }
    tenant.service_principals[principal["id"]] = principal
    return principal


def _new_system_assigned(tenant: Tenant, site: Site, home: str) -> str:
    """
    Make the system identity and return its object id.

    It lives in the tenant of the site's subscription; another tenant's directory is not here.
    """
    if home != tenant.tenant_id:
        return new_id()
    return str(new_principal(tenant, site.principal_name, site.id, explicit=False)["id"])


def _delete_principal(tenant: Tenant, principal_id: str) -> None:
    """Delete the service principal for good: one of a managed identity cannot be restored."""
    tenant.service_principals.pop(principal_id, None)
    for assignment in tenant.assignments_of(principal_id):
        del tenant.assignments[assignment["id"]]
    tenant.arm_rights.pop(principal_id, None)
    tenant.graph_rights.pop(principal_id, None)


def _existing(tenant: Tenant, site: Site, resource_id: str) -> Document:
    found = tenant.user_assigned_identities.get(_echoed(resource_id).lower())
    if found is None:
        raise errors.identity_not_found(site.id, resource_id)
    return found


def _echoed(resource_id: str) -> str:
    """Return the id as services echo it: `resourcegroups` in lower case, the rest in its own."""
    parts = _ID.fullmatch(resource_id)
    if parts is None:
        raise errors.identity_id_invalid(resource_id)
    subscription_id, group, name = parts.groups()
    return (
        f"/subscriptions/{subscription_id}/resourcegroups/{group}"
        f"/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
    )


def _lower_groups(resource_id: str) -> str:
    return resource_id.replace("/resourceGroups/", "/resourcegroups/")


def _home(tenant: Tenant, site: Site) -> str:
    subscription_id = site.id.split("/")[2]
    return str(tenant.subscriptions[subscription_id]["tenantId"])


def _both() -> set[str]:
    return {_SYSTEM.lower(), _USER.lower()}
