"""
Replicas: what a reader sees who is asked too early.

While there is any lag, the state after every request is kept with the time of the tenant's clock,
and a reader is shown the one of some seconds ago. Writes go to the tenant itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from miwire.lab.state.tenant import _DIRECTORY

if TYPE_CHECKING:
    from miwire.lab.state.site import Site
    from miwire.lab.state.tenant import Tenant


def directory(tenant: Tenant) -> Tenant:
    """Return the tenant with the directory that Graph's readers see now."""
    return _seen(tenant, _DIRECTORY, tenant.faults.graph_lag)


def resources(tenant: Tenant) -> Tenant:
    """Return the tenant with the sites that ARM's readers see now."""
    seen = _seen(tenant, ("sites",), tenant.faults.arm_stale)
    late = tenant.faults.arm_late
    if not late:
        return seen
    documents = {key: site.document for key, site in _seen(tenant, ("sites",), late).sites.items()}
    sites = {
        key: replace(site, document=documents[key])
        for key, site in seen.sites.items()
        if key in documents
    }
    return replace(seen, sites=sites)


def enforced(tenant: Tenant, site: Site) -> Site:
    """Return *site* with the settings that its gate knows of now."""
    known = _seen(tenant, ("sites",), tenant.faults.gate_lag).sites
    return known.get(site.id.lower(), site)


def _seen(tenant: Tenant, names: tuple[str, ...], lag: float) -> Tenant:
    if not lag:
        return tenant
    tables = tenant.history.before(tenant.clock.now() - lag)
    return replace(tenant, **{name: tables[name] for name in names})
