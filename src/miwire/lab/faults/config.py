"""
The fault configuration: what the lab makes go wrong; all of it is off by default.

Each member of its JSON is declared once, in MEMBERS; it is read by that, and the reference page
shows it.
Lag is measured on the tenant's clock; what is random comes from the seed.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from miwire.lab.faults.answers import BY_FRONT, BY_STATE
from miwire.lab.faults.readers import (
    FaultsRefused,
    Member,
    array,
    choice,
    declared,
    flag,
    named,
    seconds,
    strings,
    whole,
)
from miwire.lab.faults.rules import Rule, Throttle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.lab.documents import Document


ARM_REFUSALS = (
    "DenyAssignmentAuthorizationFailed",
    "LinkedAuthorizationFailed",
    "RequestDisallowedByPolicy",
    "ScopeLocked",
)
"""Codes with which ARM refuses an action to a caller whose roles allow it."""
FRESH: Document = {"platform": {"enabled": False}}
"""What authsettingsV2 says of an app that never used it (2025); older stamps said nothing."""


@dataclass(frozen=True, slots=True)
class GateSwitches:
    """Where sources disagree about App Service authentication; GATE says what each field does."""

    empty_allowed_applications: Literal["deny_other_clients", "deny", "allow"] = (
        "deny_other_clients"
    )
    groups_break_identities_for_app_only: bool = True
    strict_issuer: bool = False
    platform_os: Literal["linux", "windows"] = "linux"
    warmup_path_open: bool = True


GATE = (
    Member(
        "emptyAllowedApplications",
        "empty_allowed_applications",
        choice("deny_other_clients", "deny", "allow"),
        "What `allowedApplications: []` means: `deny_other_clients` (default) allows only the"
        " app's own sign-in, `deny` nobody, `allow` everybody.",
    ),
    Member(
        "groupsBreakIdentitiesForAppOnly",
        "groups_break_identities_for_app_only",
        flag,
        "Whether a list of groups rejects tokens without groups, even of a listed identity"
        " (default: true).",
    ),
    Member(
        "strictIssuer",
        "strict_issuer",
        flag,
        "Whether only the configured issuer is accepted, not both versions of its tenant's"
        " (default: false).",
    ),
    Member(
        "platformOs",
        "platform_os",
        choice("linux", "windows"),
        "Whose refusals to imitate: the container's on `linux` or the IIS module's on `windows`.",
    ),
    Member(
        "warmupPathOpen",
        "warmup_path_open",
        flag,
        "Whether the path in the app setting `WEBSITE_WARMUP_PATH` needs no token (default: true;"
        " in doubt since the setting left Azure's reference in 2025).",
    ),
)


@dataclass(frozen=True, slots=True)
class FaultConfig:
    """All that is switched on; MEMBERS says what each field does."""

    seed: int = field(default_factory=lambda: secrets.randbelow(2**31))
    sent: Document = field(default_factory=dict)
    """The JSON of which it was read."""
    graph_lag: float = 0.0
    arm_stale: float = 0.0
    arm_late: float = 0.0
    arm_late_status: int = 202
    gate_lag: float = 0.0
    token_cache: float = 0.0
    refused_actions: tuple[str, ...] = ()
    refused_permissions: tuple[str, ...] = ()
    arm_refusals: Mapping[str, str] = field(default_factory=dict)
    """ARM's code of the refusal by action."""
    api_versions: str = "any"
    sites: Mapping[str, str] = field(default_factory=dict)
    fronts: Mapping[str, str] = field(default_factory=dict)
    gate: Mapping[str, Any] = field(default_factory=dict)
    """Fields of GateSwitches that differ from the scene's."""
    injects_allowed_applications: bool = True
    fresh_auth_settings: Document = field(default_factory=lambda: FRESH)
    identity_errors: str = "opaque"
    identifier_uri_policy: bool | None = None
    """None is Entra ID's default of 2025."""
    service_management_reference: bool = False
    assignment_errors: str = "permission"
    refuses_role_value_user: bool = True
    key_rollover: str | None = None
    rules: tuple[Rule, ...] = ()
    throttle: Throttle | None = None

    @classmethod
    def of(cls, value: Any, seed: int | None = None) -> FaultConfig:  # noqa: ANN401 - JSON
        """Read a configuration, with *seed* if it names none; raises FaultsRefused."""
        found = declared(value, "The fault configuration", MEMBERS)
        return cls(**({} if seed is None else {"seed": seed}) | found, sent=value)


def _gate(given: Any, name: str) -> dict[str, Any]:  # noqa: ANN401 - JSON is any value
    return declared(given, name, GATE, f"{name}.")


def _fresh(given: Any, name: str) -> Document:  # noqa: ANN401
    if given not in ({}, FRESH):
        raise FaultsRefused(f"{name} must be {{}}, or what a new app says today.")
    return dict(given)


def _late_status(given: Any, name: str) -> int:  # noqa: ANN401
    status = whole(given, name, least=200)
    if status not in {200, 202}:
        raise FaultsRefused(f"{name} must be 200 or 202.")
    return status


MEMBERS = (
    Member("seed", "seed", partial(whole, least=0), "Seed of the random numbers."),
    Member(
        "graphLagSeconds",
        "graph_lag",
        seconds,
        "Graph reads don't show writes of the last so many seconds.",
    ),
    Member(
        "armStaleSeconds",
        "arm_stale",
        seconds,
        "ARM reads return the document from before a write for so many seconds.",
    ),
    Member(
        "armLateSeconds",
        "arm_late",
        seconds,
        "A PATCH or PUT of an app is answered with the document from before it, and ARM's reads"
        " return that one for so many seconds.",
    ),
    Member(
        "armLateStatus",
        "arm_late_status",
        _late_status,
        "Status of such an answer: 202 (default) or 200.",
    ),
    Member(
        "gateLagSeconds",
        "gate_lag",
        seconds,
        "Authentication enforces the settings from before a write for so many seconds.",
    ),
    Member(
        "tokenCacheSeconds",
        "token_cache",
        seconds,
        "The identity endpoint returns the same token for so many seconds (86400 in Azure).",
    ),
    Member("refusedRights.arm", "refused_actions", strings, "ARM actions that nobody may perform."),
    Member(
        "refusedRights.graph",
        "refused_permissions",
        strings,
        "Graph permissions that no token grants.",
    ),
    Member(
        "armRefusals",
        "arm_refusals",
        partial(named, read=choice(*ARM_REFUSALS)),
        "ARM's refusal of an action, by the action (`*` stands for any characters): "
        + ", ".join(f"`{each}`" for each in ARM_REFUSALS)
        + ".",
    ),
    Member(
        "apiVersions",
        "api_versions",
        choice("any", "usgovernment"),
        "Which api-versions of Microsoft.Web ARM knows: `any` (default), or those of the cloud"
        " `usgovernment` in August 2025 (azure-cli#31943), none later than 2024-04-01.",
    ),
    Member(
        "sites",
        "sites",
        partial(named, read=choice(*BY_STATE)),
        "State of an app, by its name, in which App Service answers for it; see below.",
    ),
    Member(
        "fronts",
        "fronts",
        partial(named, read=choice(*BY_FRONT)),
        "What is in front of an app, by the app's name; see below.",
    ),
    Member("gate", "gate", _gate, "How authentication acts where sources disagree; see below."),
    Member(
        "injectAllowedApplicationsOnPut",
        "injects_allowed_applications",
        flag,
        "Whether a PUT of authsettingsV2 adds an empty allowedApplications (default: true).",
    ),
    Member(
        "freshAuthSettings",
        "fresh_auth_settings",
        _fresh,
        "authsettingsV2 of an app that never had any: `{}` on older stamps.",
    ),
    Member(
        "identityErrors",
        "identity_errors",
        choice("opaque", "aadsts"),
        "Whether the identity endpoint repeats Entra ID's error: `opaque` (default) or `aadsts`.",
    ),
    Member(
        "tenantPolicy.identifierUri",
        "identifier_uri_policy",
        flag,
        "Whether identifier URIs must name the tenant, the app or a verified domain. Without it:"
        " yes, except for registrations with v2 tokens.",
    ),
    Member(
        "tenantPolicy.serviceManagementReference",
        "service_management_reference",
        flag,
        "Whether an app registration must have a serviceManagementReference (default: false).",
    ),
    Member(
        "assignmentErrors",
        "assignment_errors",
        choice("permission", "entitlementGrant", "entitlementGrant409"),
        "How Graph refuses an app role assignment that is there already, or is gone: `permission`"
        ' (default) says "Permission being assigned already exists" and 404, `entitlementGrant`'
        ' "EntitlementGrant entry already exists." and 400 for both, `entitlementGrant409` 409'
        " for the first.",
    ),
    Member(
        "refuseRoleValueUser",
        "refuses_role_value_user",
        flag,
        "Whether Graph refuses an app role with the value `User` (default: true; users disagree).",
    ),
    Member(
        "keyRollover",
        "key_rollover",
        choice("announced", "unannounced"),
        "Sign with another key: `announced` (published from the start) or `unannounced`.",
    ),
    Member("rules", "rules", partial(array, read=Rule.of), "Rules for single requests; see below."),
    Member("throttle", "throttle", Throttle.of, "Answer every n-th request with 429; see below."),
)
NAMES = tuple(dict.fromkeys(each.outer for each in MEMBERS))
