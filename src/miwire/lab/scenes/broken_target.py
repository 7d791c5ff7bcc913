"""Scenes in which the target of a wire is broken: its gate, its front end, its audiences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.lab.arm import auth_settings
from miwire.lab.documents import new_id
from miwire.lab.graph.objects import new_application, new_service_principal
from miwire.lab.scenes.wired import wire

if TYPE_CHECKING:
    from miwire.lab.scenes.builder import SceneBuilder


def client_not_allowed(builder: SceneBuilder) -> None:
    """Allow the API's own client id alone, as the portal does: core gets 403 (FACTS 6, 1)."""
    made = wire(builder)
    made.policy["allowedApplications"] = [made.app_id]


def empty_allow_list(builder: SceneBuilder) -> None:
    """Leave the list of allowed clients empty: core gets 403 (FACTS 6, 2)."""
    wire(builder).policy["allowedApplications"] = []


def identity_not_allowed(builder: SceneBuilder) -> None:
    """Allow somebody else's object id instead of core's: core gets 403 (FACTS 6, 3)."""
    made, stranger = wire(builder), builder.site("stranger")
    made.policy["allowedPrincipals"]["identities"] = [stranger.principal_id]


def groups_checked(builder: SceneBuilder) -> None:
    """Allow a group beside core's identity: app-only tokens have none, 403 (FACTS 6, 4)."""
    wire(builder).policy["allowedPrincipals"]["groups"] = [new_id()]


def ids_swapped(builder: SceneBuilder) -> None:
    """Swap core's client id and object id in the two lists: core gets 403 (FACTS 6, 5)."""
    made = wire(builder)
    made.policy["allowedApplications"] = [made.caller["id"]]
    made.policy["allowedPrincipals"]["identities"] = [made.caller["appId"]]


def audience_not_allowed(builder: SceneBuilder) -> None:
    """Issue v1 tokens for api://… and allow the bare client id alone: 401 (FACTS 6, 6)."""
    made = wire(builder)
    made.application["api"]["requestedAccessTokenVersion"] = None
    del made.provider["validation"]["allowedAudiences"]


def bare_audience_missing(builder: SceneBuilder) -> None:
    """Sign people in as another registration and allow api://… alone: 401 (FACTS 6, 7)."""
    made = wire(builder)
    other = new_application(builder.tenant, "AzureADMyOrg") | {"displayName": "sign-in"}
    principal = new_service_principal(builder.tenant, other)
    builder.tenant.applications[other["id"]] = other
    builder.tenant.service_principals[principal["id"]] = principal
    made.provider["registration"]["clientId"] = other["appId"]
    made.provider["validation"]["allowedAudiences"] = [f"api://{made.app_id}"]


def wrong_issuer(builder: SceneBuilder) -> None:
    """Trust the issuer of another tenant: core gets 401 (FACTS 6, 9)."""
    issuer = f"{builder.tenant.addresses.entra}/{builder.foreign[1]}/v2.0"
    wire(builder).provider["registration"]["openIdIssuer"] = issuer


def any_in_tenant(builder: SceneBuilder) -> None:
    """Restrict nobody and require no role: the whole tenant may call (FACTS 6, 19)."""
    made = wire(builder)
    made.api["appRoleAssignmentRequired"] = False
    del made.policy["allowedApplications"]
    made.policy["allowedPrincipals"] = {}


def anonymous_allowed(builder: SceneBuilder) -> None:
    """Let requests without a good token through to the app (FACTS 6, 20 and 21)."""
    wire(builder).validation["unauthenticatedClientAction"] = "AllowAnonymous"


def excluded_path(builder: SceneBuilder) -> None:
    """Exclude /items from authentication, where everything is (FACTS 6, 20)."""
    wire(builder).validation["excludedPaths"] = ["/items"]


def gate_off(builder: SceneBuilder) -> None:
    """Turn authentication off, with all of its settings in place (FACTS 6, 20)."""
    wire(builder).integration.auth_settings["platform"]["enabled"] = False


def redirects(builder: SceneBuilder) -> None:
    """Send browsers to a sign-in page instead of answering 401 (FACTS 6, 22)."""
    wire(builder).validation["unauthenticatedClientAction"] = "RedirectToLoginPage"


def config_file(builder: SceneBuilder) -> None:
    """Let a file in the app decide, which lets anybody in, whatever ARM shows (FACTS 6, 23)."""
    made = wire(builder)
    made.integration.auth_settings["platform"]["configFilePath"] = "/home/site/wwwroot/auth.json"
    made.integration.auth_file = auth_settings.replaced(
        {
            "platform": {"enabled": True},
            "globalValidation": {"unauthenticatedClientAction": "AllowAnonymous"},
        }
    )


def quoted_path(builder: SceneBuilder) -> None:
    """Keep a shell's quotes in the excluded path, so that none is excluded (FACTS 6, 25)."""
    wire(builder).validation["excludedPaths"] = ['"/items"']


def stopped(builder: SceneBuilder) -> None:
    """Stop integration: the front end answers 403 for it (FACTS 6, 36)."""
    wire(builder).integration.document["properties"]["state"] = "Stopped"


def restricted(builder: SceneBuilder) -> None:
    """Disable public network access: the front end answers 403 (FACTS 6, 36)."""
    wire(builder).integration.document["properties"]["publicNetworkAccess"] = "Disabled"


def issuer_unchecked(builder: SceneBuilder) -> None:
    """Configure /common as the issuer: no token's issuer or tenant is checked (FACTS 6, 40)."""
    issuer = f"{builder.tenant.addresses.entra}/common/v2.0"
    wire(builder).provider["registration"]["openIdIssuer"] = issuer
