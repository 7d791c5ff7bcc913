"""
Tenant: the one state that all slices of the lab share.

Turning an identity on in ARM makes a service principal in Graph and a subject in Entra ID, so the
three look at the same objects. Graph's and ARM's objects are kept as the JSON documents they are.
"""

from __future__ import annotations

import math
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from miwire.lab.documents import LOCALHOST, Clock
from miwire.lab.faults.config import FaultConfig, GateSwitches
from miwire.lab.state.ports import AppPorts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.lab.documents import Document
    from miwire.lab.state.keys import SigningKey
    from miwire.lab.state.site import Site


_DIRECTORY = ("applications", "service_principals", "assignments", "deleted")
_TABLES = (*_DIRECTORY, "sites")


@dataclass(slots=True)
class History:
    """What the tenant's tables held, oldest first; empty where there is no lag."""

    _moments: list[tuple[float, dict[str, Any]]] = field(default_factory=list)

    def begin(self, tenant: Tenant) -> None:
        """Start to keep the tenant's states, go on with that, or stop, as the faults say."""
        if not _longest(tenant):
            self._moments.clear()
        elif not self._moments:
            self._moments.append((-math.inf, _tables(tenant)))

    def note(self, tenant: Tenant) -> None:
        """Keep the present state, if it is another one than the last."""
        if not self._moments:
            return
        now, last = tenant.clock.now(), self._moments[-1][1]
        if any(last[name] != getattr(tenant, name) for name in _TABLES):
            self._moments.append((now, _tables(tenant)))
            self._forget(now - _longest(tenant))

    def forget(self) -> None:
        """Keep nothing of what was."""
        self._moments.clear()

    def before(self, time: float) -> dict[str, Any]:
        """Return the tables as they were at *time*."""
        return [tables for when, tables in self._moments if when <= time][-1]

    def _forget(self, time: float) -> None:
        """Drop the states that nobody can be shown any more, but for the clock going back."""
        old = [number for number, (when, _) in enumerate(self._moments) if when <= time]
        if old:
            _, tables = self._moments[old[-1]]
            self._moments[: old[-1] + 1] = [(-math.inf, tables)]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Base URLs of the services, without a trailing slash."""

    arm: str
    graph: str
    entra: str
    identity_endpoint: str
    host: str = LOCALHOST
    """The name in all of them but the identity endpoint's."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """A directory object in the recycle bin, with what is put back when it is restored."""

    kind: Literal["application", "servicePrincipal"]
    document: Document
    assignments: tuple[Document, ...] = ()
    """The app role assignments that a service principal gave or held."""


@dataclass(slots=True)
class Tenant:
    """All of this Azure: one tenant and its subscriptions, *subscription_id* being the first."""

    tenant_id: str
    subscription_id: str
    addresses: Addresses
    keys: tuple[SigningKey, ...]
    """The first signs; all are published."""
    clock: Clock = field(default_factory=Clock)
    gate: GateSwitches = field(default_factory=GateSwitches)
    """How the gates act where sources about Easy Auth disagree."""
    faults: FaultConfig = field(default_factory=FaultConfig)
    """The faults that are injected at present."""
    history: History = field(default_factory=History)
    cached_tokens: dict[tuple[str, str], tuple[float, str, int]] = field(
        default_factory=dict, repr=False
    )
    """Time of issue, token and expiry by object id and resource, where tokens are cached."""
    requests: dict[str, Counter[int]] = field(default_factory=dict)
    """How many requests came to an app, by its resource id in lower case and by minute."""
    domain: str = "contoso.onmicrosoft.com"
    app_ports: AppPorts = field(default_factory=AppPorts)
    subscriptions: dict[str, Document] = field(default_factory=dict)
    """ARM's subscription documents by subscription id."""
    sites: dict[str, Site] = field(default_factory=dict)
    """By resource id in lower case."""
    user_assigned_identities: dict[str, Document] = field(default_factory=dict)
    """ARM's documents of user-assigned identities by resource id in lower case."""
    front_doors: dict[str, Document] = field(default_factory=dict)
    """ARM's documents of what probes apps, by resource id in lower case."""
    applications: dict[str, Document] = field(default_factory=dict)
    """Graph applications by object id."""
    service_principals: dict[str, Document] = field(default_factory=dict)
    """Graph service principals by object id."""
    assignments: dict[str, Document] = field(default_factory=dict)
    """Graph app role assignments by their id."""
    deleted: dict[str, Deleted] = field(default_factory=dict)
    """Applications and service principals that can be restored, by object id."""
    client_secrets: dict[str, str] = field(default_factory=dict, repr=False)
    """Client secrets by app id, for the client credentials flow."""
    identity_headers: dict[str, str] = field(default_factory=dict, repr=False)
    """Object id of a service principal by the IDENTITY_HEADER that stands for it (the operator)."""
    arm_rights: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """ARM actions (`*`, `*/read`, …) on all subscriptions by object id; absent: none."""
    graph_rights: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Graph application permissions (`roles` in a Graph token) by object id; absent: none."""

    def count_request(self, site: Site) -> None:
        """Count a request that came to *site* now."""
        minutes = self.requests.setdefault(site.id.lower(), Counter())
        minutes[int(self.clock.now()) // 60] += 1

    def registrations(self) -> Iterator[Document]:
        """Return every application, deleted ones too: their names stay reserved until purged."""
        yield from self.applications.values()
        yield from (each.document for each in self.deleted.values() if each.kind == "application")

    def application_of(self, app_id: str) -> Document | None:
        """Return the application with this client id."""
        return next((a for a in self.applications.values() if a["appId"] == app_id), None)

    def service_principal_of(self, app_id: str) -> Document | None:
        """Return the service principal with this client id."""
        found = (s for s in self.service_principals.values() if s["appId"] == app_id)
        return next(found, None)

    def roles_of(self, principal_id: str, resource_id: str) -> list[str]:
        """Return the values of the app roles that a principal holds on a resource."""
        resource = self.service_principals[resource_id]
        application = self.application_of(resource["appId"]) or resource
        values = {role["id"]: role["value"] for role in application["appRoles"]}
        return [
            values[held["appRoleId"]]
            for held in self.assignments.values()
            if held["principalId"] == principal_id
            and held["resourceId"] == resource_id
            and held["appRoleId"] in values
        ]

    def assignments_of(self, object_id: str) -> list[Document]:
        """Return the app role assignments that a service principal gives or holds."""
        held = self.assignments.values()
        return [each for each in held if object_id in (each["principalId"], each["resourceId"])]

    def is_assigned(self, principal_id: str, resource_id: str) -> bool:
        """Say whether a principal holds any assignment on a resource, a default one too."""
        return any(
            held["principalId"] == principal_id and held["resourceId"] == resource_id
            for held in self.assignments.values()
        )


def _tables(tenant: Tenant) -> dict[str, Any]:
    return {name: deepcopy(getattr(tenant, name)) for name in _TABLES}


def _longest(tenant: Tenant) -> float:
    faults = tenant.faults
    return max(faults.graph_lag, faults.arm_stale, faults.arm_late, faults.gate_lag)
