"""Scenes in which the target of a wire is broken: its gate, its front end, its audiences."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from miwire.lab.arm import auth_settings
from miwire.lab.documents import new_id
from miwire.lab.faults.answers import BY_STATE
from miwire.lab.graph.objects import new_application, new_service_principal
from miwire.lab.scenes.wired import wire

if TYPE_CHECKING:
    from miwire.lab.scenes.builder import SceneBuilder


def client_not_allowed(builder: SceneBuilder) -> None:
    made = wire(builder)
    made.policy["allowedApplications"] = [made.app_id]


def empty_allow_list(builder: SceneBuilder) -> None:
    wire(builder).policy["allowedApplications"] = []


def identity_not_allowed(builder: SceneBuilder) -> None:
    made, stranger = wire(builder), builder.site("stranger")
    made.policy["allowedPrincipals"]["identities"] = [stranger.principal_id]


def groups_checked(builder: SceneBuilder) -> None:
    wire(builder).policy["allowedPrincipals"]["groups"] = [new_id()]


def ids_swapped(builder: SceneBuilder) -> None:
    made = wire(builder)
    made.policy["allowedApplications"] = [made.caller["id"]]
    made.policy["allowedPrincipals"]["identities"] = [made.caller["appId"]]


def audience_not_allowed(builder: SceneBuilder) -> None:
    made = wire(builder)
    made.application["api"]["requestedAccessTokenVersion"] = None
    del made.provider["validation"]["allowedAudiences"]


def bare_audience_missing(builder: SceneBuilder) -> None:
    made = wire(builder)
    other = new_application(builder.tenant, "AzureADMyOrg") | {"displayName": "sign-in"}
    principal = new_service_principal(builder.tenant, other)
    builder.tenant.applications[other["id"]] = other
    builder.tenant.service_principals[principal["id"]] = principal
    made.provider["registration"]["clientId"] = other["appId"]
    made.provider["validation"]["allowedAudiences"] = [f"api://{made.app_id}"]


def wrong_issuer(builder: SceneBuilder) -> None:
    issuer = f"{builder.tenant.addresses.entra}/{builder.foreign[1]}/v2.0"
    wire(builder).provider["registration"]["openIdIssuer"] = issuer


def any_in_tenant(builder: SceneBuilder) -> None:
    made = wire(builder)
    made.api["appRoleAssignmentRequired"] = False
    del made.policy["allowedApplications"]
    made.policy["allowedPrincipals"] = {}


def anonymous_allowed(builder: SceneBuilder) -> None:
    wire(builder).validation["unauthenticatedClientAction"] = "AllowAnonymous"


def excluded_path(builder: SceneBuilder) -> None:
    wire(builder).validation["excludedPaths"] = ["/items"]


def warmup_path(builder: SceneBuilder) -> None:
    wire(builder).integration.app_settings["WEBSITE_WARMUP_PATH"] = "/"


def gate_off(builder: SceneBuilder) -> None:
    wire(builder).integration.auth_settings["platform"]["enabled"] = False


def redirects(builder: SceneBuilder) -> None:
    wire(builder).validation["unauthenticatedClientAction"] = "RedirectToLoginPage"


def config_file(builder: SceneBuilder) -> None:
    made = wire(builder)
    made.integration.auth_settings["platform"]["configFilePath"] = "/home/site/wwwroot/auth.json"
    made.integration.auth_file = auth_settings.replaced(
        {
            "platform": {"enabled": True},
            "globalValidation": {"unauthenticatedClientAction": "AllowAnonymous"},
        }
    )


def quoted_path(builder: SceneBuilder) -> None:
    wire(builder).validation["excludedPaths"] = ['"/items"']


def stopped(builder: SceneBuilder) -> None:
    wire(builder).integration.document["properties"]["state"] = "Stopped"


def private(builder: SceneBuilder) -> None:
    wire(builder).integration.document["properties"]["publicNetworkAccess"] = "Disabled"


def restricted(builder: SceneBuilder) -> None:
    wire(builder).integration.web_config = deepcopy(BY_STATE["restricted"].config)


def firewall(builder: SceneBuilder) -> None:
    wire(builder)
    builder.faults = {"fronts": {"integration": "waf-403"}}


def issuer_unchecked(builder: SceneBuilder) -> None:
    issuer = f"{builder.tenant.addresses.entra}/common/v2.0"
    wire(builder).provider["registration"]["openIdIssuer"] = issuer


def issuer_transposed(builder: SceneBuilder) -> None:
    issuer = f"{builder.tenant.addresses.entra}/v2.0/{builder.tenant.tenant_id}/"
    wire(builder).provider["registration"]["openIdIssuer"] = issuer


def no_challenge(builder: SceneBuilder) -> None:
    wire(builder).integration.app_settings["WEBSITE_AUTH_DISABLE_WWWAUTHENTICATE"] = "true"
