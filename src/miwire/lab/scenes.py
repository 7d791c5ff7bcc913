"""Scenes: named starting points, each a function that builds it in an empty tenant."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from miwire.lab import auth_settings_classic, managed_identities, sign_in
from miwire.lab.easyauth_settings import GateSwitches
from miwire.lab.environment import Operator
from miwire.lab.graph_objects import (
    blank_service_principal,
    new_application,
    new_service_principal,
)
from miwire.lab.site_document import (
    FUNCTION_APP,
    LOCATION,
    WEB_APP,
    WINDOWS_WEB_APP,
    SiteName,
    add_site,
)
from miwire.lab.tenant import ARM_APP_ID, GRAPH_APP_ID, Clock, new_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from miwire.lab.tenant import Document, Site, Tenant

_GROUP = "rg-story"
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
class Stage:
    """
    The tenant in which a scene is built, and what outlives one: ids and secrets.

    An app keeps its seat, too, so that its URL and environment stay through every reset.
    """

    tenant: Tenant
    operator: Operator = field(
        default_factory=lambda: Operator(
            app_id=new_id(),
            client_secret=secrets.token_urlsafe(30),
            identity_header=secrets.token_hex(16).upper(),
        )
    )
    operator_ids: tuple[str, str] = field(default_factory=lambda: (new_id(), new_id()))
    """Object ids of the operator's application and of its service principal."""
    foreign: tuple[str, str] = field(default_factory=lambda: (new_id(), new_id()))
    """Subscription id and tenant id of somebody else."""

    def begin(self, scene: str) -> None:
        """Empty the tenant and build *scene*; raises KeyError for a name not in SCENES."""
        build, tenant = SCENES[scene], self.tenant
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
        ):
            table.clear()
        tenant.clock, tenant.gate = Clock(), GateSwitches()
        self._add_subscription(tenant.subscription_id, tenant.tenant_id, "Story")
        self._add_first_parties()
        self._add_operator()
        build(self)

    def site(self, name: str) -> Site:
        """Return the app of the story with this name."""
        where = SiteName(self.tenant.subscription_id, _GROUP, name)
        return self.tenant.sites[where.id.lower()]

    def add_site(
        self, name: str, kind: str = WEB_APP, *, program: str | None = None, slot: str = ""
    ) -> Site:
        """Add an app or a slot without an identity and with nothing set about authentication."""
        where = SiteName(self.tenant.subscription_id, _GROUP, name, slot)
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


def empty(_: Stage) -> None:
    """Build a subscription without apps."""


def story(stage: Stage) -> None:
    """Build the article's: core calls integration, which is open; stranger has an identity."""
    _story(stage)


def _story(stage: Stage, kind: str = WEB_APP, target_kind: str = WEB_APP) -> None:
    core = stage.add_site("core", kind, program="core")
    integration = stage.add_site("integration", target_kind, program="integration")
    core.app_settings["INTEGRATION_URL"] = f"https://{integration.host}"
    stage.enable_identity(stage.add_site("stranger", kind))


def functions(stage: Stage) -> None:
    """Build the story with integration as a function app."""
    _story(stage, target_kind=FUNCTION_APP)


def windows(stage: Stage) -> None:
    """Build the story with apps on Windows, whose gates are modules of IIS."""
    _story(stage, WINDOWS_WEB_APP, WINDOWS_WEB_APP)
    stage.tenant.gate = GateSwitches(platform_os="windows")


def slots(stage: Stage) -> None:
    """Build the story with the slot staging below integration."""
    story(stage)
    stage.add_site("integration", program="integration", slot="staging")


def user_assigned(stage: Stage) -> None:
    """Build the story with two user-assigned identities on core and on integration."""
    story(stage)
    tenant = stage.tenant
    group_id = f"/subscriptions/{tenant.subscription_id}/resourcegroups/{_GROUP}"
    provider = f"{group_id}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
    made = [
        managed_identities.new_user_assigned(tenant, f"{provider}/{name}", LOCATION, {})
        for name in ("id-orders", "id-payments")
    ]
    identity: Document = {
        "type": "UserAssigned",
        "userAssignedIdentities": {each["id"]: {} for each in made},
    }
    for name in ("core", "integration"):
        managed_identities.apply(tenant, stage.site(name), identity, merge=True)


def reader(stage: Stage) -> None:
    """Build the story with stranger's identity as a Reader in ARM, without rights in Graph."""
    story(stage)
    stranger = stage.site("stranger").document["identity"]["principalId"]
    stage.tenant.arm_rights[stranger] = ("*/read",)


def contributor(stage: Stage) -> None:
    """Build the story with stranger's identity as a Website Contributor in ARM, without Graph."""
    story(stage)
    stranger = stage.site("stranger").document["identity"]["principalId"]
    stage.tenant.arm_rights[stranger] = ("*/read", "Microsoft.Web/sites/*")


def twins(stage: Stage) -> None:
    """Build the story with a second app called integration, in the group rg-twin."""
    story(stage)
    add_site(stage.tenant, SiteName(stage.tenant.subscription_id, "rg-twin", "integration"))


def two_tenants(stage: Stage) -> None:
    """Build the story with the app foreign in a subscription that belongs to another tenant."""
    story(stage)
    stage.add_foreign_subscription()
    foreign = add_site(stage.tenant, SiteName(stage.foreign[0], "rg-foreign", "foreign"))
    stage.enable_identity(foreign)


def classic(stage: Stage) -> None:
    """Build the story with integration behind version 1 of the authentication settings."""
    story(stage)
    tenant = stage.tenant
    settings: Document = {
        "enabled": True,
        "unauthenticatedClientAction": "RedirectToLoginPage",
        "defaultProvider": "AzureActiveDirectory",
        "clientId": new_id(),
        "clientSecretSettingName": "MICROSOFT_PROVIDER_AUTHENTICATION_SECRET",
        "issuer": f"{tenant.addresses.entra}/{tenant.tenant_id}/v2.0",
        "tokenStoreEnabled": True,
    }
    auth_settings_classic.put(stage.site("integration"), settings)


def signing_in(stage: Stage) -> None:
    """Build the story with people signing in to integration by Google, and a path left open."""
    story(stage)
    sign_in.with_google(stage.site("integration"))


def signing_in_microsoft(stage: Stage) -> None:
    """
    Build the story with people signing in to integration by Microsoft, and two apps calling it.

    The apps, stranger and reporting, are in no list, as there is none.
    """
    story(stage)
    stage.enable_identity(stage.add_site("reporting"))
    sign_in.with_microsoft(stage.tenant, stage.site("integration"))


SCENES: dict[str, Callable[[Stage], None]] = {
    "story": story,
    "empty": empty,
    "functions": functions,
    "windows": windows,
    "slots": slots,
    "user-assigned": user_assigned,
    "reader": reader,
    "contributor": contributor,
    "twins": twins,
    "two-tenants": two_tenants,
    "classic": classic,
    "signing-in": signing_in,
    "signing-in-microsoft": signing_in_microsoft,
}
