"""
Replicas: what a reader sees who is asked too early.

While there is any lag, the state after every request is kept with the time of the tenant's clock,
and a reader is shown the one of some seconds ago. Writes go to the tenant itself.
"""

from __future__ import annotations

import math
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from miwire.lab.state.site import Site
    from miwire.lab.state.tenant import Tenant

_DIRECTORY = ("applications", "service_principals", "assignments", "deleted")
_TABLES = (*_DIRECTORY, "sites")


@dataclass(slots=True)
class History:
    """What the tenant's tables held, oldest first; empty where there is no lag."""

    _moments: list[tuple[float, dict[str, Any]]] = field(default_factory=list)

    def begin(self, tenant: Tenant) -> None:
        """Start to keep the tenant's states, go on with that, or stop, as the weather is."""
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


def directory(tenant: Tenant) -> Tenant:
    """Return the tenant with the directory that Graph's readers see now."""
    return _seen(tenant, _DIRECTORY, tenant.weather.graph_lag)


def resources(tenant: Tenant) -> Tenant:
    """Return the tenant with the sites that ARM's readers see now."""
    return _seen(tenant, ("sites",), tenant.weather.arm_stale)


def enforced(tenant: Tenant, site: Site) -> Site:
    """Return *site* with the settings that its gate knows of now."""
    known = _seen(tenant, ("sites",), tenant.weather.gate_lag).sites
    return known.get(site.id.lower(), site)


def _seen(tenant: Tenant, names: tuple[str, ...], lag: float) -> Tenant:
    if not lag:
        return tenant
    tables = tenant.history.before(tenant.clock.now() - lag)
    return replace(tenant, **{name: tables[name] for name in names})


def _tables(tenant: Tenant) -> dict[str, Any]:
    return {name: deepcopy(getattr(tenant, name)) for name in _TABLES}


def _longest(tenant: Tenant) -> float:
    weather = tenant.weather
    return max(weather.graph_lag, weather.arm_stale, weather.gate_lag)
