"""Builds scenes: empties the tenant, and makes the apps, subscriptions and identities in it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from miwire.lab.arm import managed_identities
from miwire.lab.arm.site_document import WEB_APP, SiteName, add_site
from miwire.lab.documents import ARM_APP_ID, GRAPH_APP_ID, Clock, new_id
from miwire.lab.faults.config import GateSwitches
from miwire.lab.graph.objects import blank_service_principal, new_application, new_service_principal

if TYPE_CHECKING:
    from collections.abc import Callable

    from miwire.lab.documents import Document
    from miwire.lab.state.keys import SigningKey
    from miwire.lab.state.site import Site
    from miwire.lab.state.tenant import Tenant

GROUP = "rg-story"
_MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
"""The tenant that owns Microsoft's own applications."""
_FIRST_PARTIES = {
    GRAPH_APP_ID: "Microsoft Graph",
    ARM_APP_ID: "Windows Azure Service Management API",
}
_PERMISSIONS = (
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "Directory.Read.All",
)


@dataclass(slots=True)
class SceneBuilder:
    """
    The tenant in which a scene is built, and what outlives one: ids and secrets.

    An app keeps its port, too, so that its URL and environment stay through every reset.
    """

    tenant: Tenant
    operator: Operator = field(
        default_factory=lambda: Operator(
            app_id=new_id(),
            # No sign that a shell, or az behind `-p`, would read as something else.
            client_secret=secrets.token_hex(20),
            identity_header=secrets.token_hex(16).upper(),
            lab_key=secrets.token_hex(32),
        )
    )
    operator_ids: tuple[str, str] = field(default_factory=lambda: (new_id(), new_id()))
    """Object ids of the operator's application and of its service principal."""
    keys: tuple[SigningKey, ...] = field(init=False)
    """The keys of the start: the first signs."""
    gate: GateSwitches = field(default_factory=GateSwitches)
    """How the scene has its gates where sources disagree."""
    faults: Document = field(default_factory=dict)
    """The faults with which the scene begins, as JSON."""
    foreign: tuple[str, str] = field(default_factory=lambda: (new_id(), new_id()))
    """Subscription id and tenant id of somebody else."""

    def __post_init__(self) -> None:
        self.keys = self.tenant.keys

    def begin(self, build: Callable[[SceneBuilder], None]) -> None:
        """Empty the tenant and *build* a scene in it."""
        tenant = self.tenant
        for table in (
            tenant.subscriptions,
            tenant.sites,
            tenant.user_assigned_identities,
            tenant.applications,
            tenant.service_principals,
            tenant.assignments,
            tenant.deleted,
            tenant.client_secrets,
            tenant.identity_headers,
            tenant.arm_rights,
            tenant.graph_rights,
            tenant.cached_tokens,
            tenant.requests,
        ):
            table.clear()
        tenant.clock, tenant.keys = Clock(), self.keys
        self.gate, self.faults = GateSwitches(), {}
        self._add_subscription(tenant.subscription_id, tenant.tenant_id, "Story")
        self._add_first_parties()
        self._add_operator()
        build(self)

    def site(self, name: str) -> Site:
        """Return the app of the story with this name."""
        where = SiteName(self.tenant.subscription_id, GROUP, name)
        return self.tenant.sites[where.id.lower()]

    def add_site(
        self, name: str, kind: str = WEB_APP, *, program: str | None = None, slot: str = ""
    ) -> Site:
        """Add an app or a slot without an identity and with nothing set about authentication."""
        where = SiteName(self.tenant.subscription_id, GROUP, name, slot)
        return add_site(self.tenant, where, kind, program=program)

    def add_foreign_subscription(self) -> None:
        """Add somebody else's subscription, which the operator sees by Azure Lighthouse."""
        self._add_subscription(*self.foreign, "Somebody else's")
        delegated = self.tenant.subscriptions[self.foreign[0]]
        delegated["managedByTenants"] = [{"tenantId": self.tenant.tenant_id}]

    def enable_identity(self, site: Site) -> None:
        """Give *site* a system-assigned identity."""
        identity: Document = {"type": "SystemAssigned"}
        managed_identities.apply(self.tenant, site, identity, merge=True)

    def _add_subscription(self, subscription_id: str, tenant_id: str, name: str) -> None:
        self.tenant.subscriptions[subscription_id] = {
            "id": f"/subscriptions/{subscription_id}",
            "authorizationSource": "RoleBased",
            "managedByTenants": [],
            "subscriptionId": subscription_id,
            "tenantId": tenant_id,
            "displayName": name,
            "state": "Enabled",
            "subscriptionPolicies": {
                "locationPlacementId": "Public_2014-09-01",
                "quotaId": "PayAsYouGo_2014-09-01",
                "spendingLimit": "Off",
            },
        }

    def _add_first_parties(self) -> None:
        for app_id, name in _FIRST_PARTIES.items():
            principal = blank_service_principal(self.tenant, app_id) | {
                "displayName": name,
                "appDisplayName": name,
                "appOwnerOrganizationId": _MICROSOFT,
                "servicePrincipalNames": [app_id],
                "signInAudience": "AzureADMultipleOrgs",
            }
            self.tenant.service_principals[principal["id"]] = principal

    def _add_operator(self) -> None:
        tenant, operator = self.tenant, self.operator
        application_id, principal_id = self.operator_ids
        application = new_application(tenant, "AzureADMyOrg") | {
            "id": application_id,
            "appId": operator.app_id,
            "displayName": "miwire-lab-operator",
        }
        tenant.applications[application_id] = application
        principal = new_service_principal(tenant, application) | {"id": principal_id}
        tenant.service_principals[principal_id] = principal
        tenant.client_secrets[operator.app_id] = operator.client_secret
        tenant.identity_headers[operator.identity_header] = principal_id
        tenant.arm_rights[principal_id] = ("*",)
        tenant.graph_rights[principal_id] = _PERMISSIONS


@dataclass(frozen=True, slots=True)
class Operator:
    """The one with all rights: a client secret, an IDENTITY_HEADER and the key of the lab."""

    app_id: str
    client_secret: str = field(repr=False)
    identity_header: str = field(repr=False)
    lab_key: str = field(repr=False)
    """What the lab's own routes ask for."""
