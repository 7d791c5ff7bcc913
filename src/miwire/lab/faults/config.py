"""
The fault configuration: what the lab makes go wrong; all of it is off by default.

Lag is measured on the tenant's clock; what is random comes from the seed.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, get_args, get_type_hints

from miwire.lab.faults.rules import Rule, Throttle
from miwire.lab.faults.validation import (
    FaultsRefused,
    bounded,
    flag,
    members,
    one_of,
    seconds,
    strings,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from miwire.lab.documents import Document


FRESH: Document = {"platform": {"enabled": False}}
"""What authsettingsV2 says of an app that never used it (2025); older stamps said nothing."""


@dataclass(frozen=True, slots=True)
class FaultConfig:
    """All that is switched on; the defaults are fair faults."""

    seed: int = field(default_factory=lambda: secrets.randbelow(2**31))
    sent: Document = field(default_factory=dict)
    """The JSON of which it was read."""
    graph_lag: float = 0.0
    """Seconds after which a read of Graph knows of a write."""
    arm_stale: float = 0.0
    """Seconds for which ARM reads return the document of before."""
    gate_lag: float = 0.0
    """Seconds for which the gate enforces the settings of before."""
    token_cache: float = 0.0
    """Seconds for which the identity endpoint hands out the same token (86 400 on Azure)."""
    refused_actions: tuple[str, ...] = ()
    """ARM actions that nobody may perform."""
    refused_permissions: tuple[str, ...] = ()
    """Graph permissions that no token is good for."""
    sites: Mapping[str, str] = field(default_factory=dict)
    """`stopped` or `restricted` by the name of an app, as it was sent."""
    gate: Mapping[str, Any] = field(default_factory=dict)
    """Members of GateSwitches that differ from the scene's."""
    injects_allowed_applications: bool = True
    """Whether a PUT of authsettingsV2 adds an empty list where there was none."""
    fresh_auth_settings: Document = field(default_factory=lambda: FRESH)
    identity_errors: str = "opaque"
    """Whether the identity endpoint tells what Entra ID said: `opaque` or `aadsts`."""
    identifier_uri_policy: bool | None = None
    """None: Entra ID's default of 2025, from which v2 apps are exempt; true: they are not."""
    service_management_reference: bool = False
    """Whether an application must name its serviceManagementReference."""
    key_rollover: str | None = None
    """`announced` or `unannounced`."""
    rules: tuple[Rule, ...] = ()
    throttle: Throttle | None = None

    @classmethod
    def of(cls, value: Any, seed: int | None = None) -> FaultConfig:  # noqa: ANN401 - JSON
        """Read a configuration, with *seed* if it names none; raises FaultsRefused."""
        sent = members(value, "The fault configuration", MEMBERS)
        found: dict[str, Any] = {"sent": sent} | ({} if seed is None else {"seed": seed})
        for name, given in sent.items():
            for path, (attribute, read) in _READ.items():
                outer, _, inner = path.partition(".")
                if outer != name:
                    continue
                if not inner:
                    found[attribute] = read(given, name)
                elif inner in members(given, name, _inside(name)):
                    found[attribute] = read(given[inner], path)
        return cls(**found)


def _seed(given: Any, name: str) -> int:  # noqa: ANN401 - JSON is any value
    return whole(given, name, 0)


def _sites(given: Any, name: str) -> dict[str, str]:  # noqa: ANN401
    if not isinstance(given, dict):
        raise FaultsRefused(f"{name} must be an object.")
    bounded(given, name)
    states = ("stopped", "restricted")
    return {site: one_of(state, f"{name}.{site}", states) for site, state in given.items()}


def _switches(given: Any, name: str) -> dict[str, Any]:  # noqa: ANN401
    """Return the fields of GateSwitches that *given* names in camelCase."""
    hints = get_type_hints(GateSwitches)
    names = {_camel(each.name): each.name for each in fields(GateSwitches)}
    result: dict[str, Any] = {}
    for switch, value in members(given, name, names).items():
        choices, where = get_args(hints[names[switch]]), f"{name}.{switch}"
        result[names[switch]] = one_of(value, where, choices) if choices else flag(value, where)
    return result


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)


def _fresh(given: Any, name: str) -> Document:  # noqa: ANN401
    if given not in ({}, FRESH):
        raise FaultsRefused(f"{name} must be {{}}, or what an app of today says.")
    return dict(given)


def _errors(given: Any, name: str) -> str:  # noqa: ANN401
    return one_of(given, name, ("opaque", "aadsts"))


def _rollover(given: Any, name: str) -> str:  # noqa: ANN401
    return one_of(given, name, ("announced", "unannounced"))


def _rules(given: Any, name: str) -> tuple[Rule, ...]:  # noqa: ANN401
    if not isinstance(given, list):
        raise FaultsRefused(f"{name} must be an array.")
    bounded(given, name)
    return tuple(Rule.of(each, f"{name}[{number}]") for number, each in enumerate(given))


_READ: dict[str, tuple[str, Callable[[Any, str], Any]]] = {
    "seed": ("seed", _seed),
    "graphLagSeconds": ("graph_lag", seconds),
    "armStaleSeconds": ("arm_stale", seconds),
    "gateLagSeconds": ("gate_lag", seconds),
    "tokenCacheSeconds": ("token_cache", seconds),
    "refusedRights.arm": ("refused_actions", strings),
    "refusedRights.graph": ("refused_permissions", strings),
    "sites": ("sites", _sites),
    "gate": ("gate", _switches),
    "injectAllowedApplicationsOnPut": ("injects_allowed_applications", flag),
    "freshAuthSettings": ("fresh_auth_settings", _fresh),
    "identityErrors": ("identity_errors", _errors),
    "tenantPolicy.identifierUri": ("identifier_uri_policy", flag),
    "tenantPolicy.serviceManagementReference": ("service_management_reference", flag),
    "keyRollover": ("key_rollover", _rollover),
    "rules": ("rules", _rules),
    "throttle": ("throttle", Throttle.of),
}
"""Which field each member sets, and how it is read."""
MEMBERS = tuple(dict.fromkeys(path.partition(".")[0] for path in _READ))


def _inside(name: str) -> list[str]:
    """Return the members of the member *name*."""
    return [path.partition(".")[2] for path in _READ if path.startswith(f"{name}.")]


@dataclass(frozen=True, slots=True)
class GateSwitches:
    """Where sources disagree about Easy Auth, one field each; the defaults are FACTS 8's."""

    empty_allowed_applications: Literal["deny_other_clients", "deny", "allow"] = (
        "deny_other_clients"
    )
    """What `allowedApplications: []` means; the first lets only the app's own sign-in through."""
    groups_break_identities_for_app_only: bool = True
    """A list of groups refuses tokens without groups, even of a listed identity."""
    strict_issuer: bool = False
    """Accept the configured issuer alone, not both versions of its tenant's."""
    platform_os: Literal["linux", "windows"] = "linux"
    """Whose refusals to imitate: the middleware container's or the IIS module's."""
