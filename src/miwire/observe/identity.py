"""An app and its managed identities, as ARM and the directory tell them together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from miwire.errors import NotPermitted, WaitTimeout
from miwire.model.wiring import Part, Source, Wiring
from miwire.observe.apps import find, find_locked
from miwire.remedy import Fix, Remedy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.azure.session import Azure
    from miwire.model.directory import ServicePrincipal
    from miwire.model.identity import ManagedIdentity
    from miwire.model.site import AppName, Site


def read_identities(azure: Azure, site: Site) -> ManagedIdentity:
    """
    Return the identities of an app as they are, the one of its own not missed.

    A read of ARM may be older than that identity: where it shows none, the directory is asked too,
    and if it knows one, ARM is read until it shows it. What neither knows yet is not seen. Raises
    WaitTimeout where they go on disagreeing, NotPermitted where the directory may not be read.
    """

    def agreed() -> ManagedIdentity | None:
        now = azure.sites.get(site.ref).identity
        known = now.system is None and azure.directory.managed_identity_of(site.ref.id) is not None
        return None if known else now

    try:
        return azure.waiter.until(
            agreed,
            for_what=(
                f"Azure to show the system-assigned identity of {site.display_name}, "
                "which exists in the directory and would be removed by this change"
            ),
        )
    except WaitTimeout as error:
        error.fix = Fix(Remedy.CREATE_IDENTITY, source=str(site.ref))
        raise


def _looked_up(
    azure: Azure, site: Site, *, needed: bool = False
) -> tuple[ServicePrincipal | None, Mapping[Part, str]]:
    """
    Return the service principal of a site's system-assigned identity, once the directory knows it.

    ARM tells the principal id at once, Graph some seconds to minutes later. None: the site has no
    such identity, or the signed-in account may not read the directory, which is told beside it;
    where it is *needed*, NotPermitted is raised instead.
    """
    system = site.identity.system
    if system is None:
        return None, {}

    def look() -> ServicePrincipal | None:
        return azure.directory.service_principal(system.principal_id)

    try:
        if not azure.waiter.seconds:
            return look(), {}
        for_what = f"the directory to know the identity of {site.display_name}"
        return azure.waiter.until(look, for_what=for_what), {}
    except NotPermitted as refusal:
        if needed:
            raise
        return None, {Part.DIRECTORY: refusal.message}


def observe(azure: Azure, name: AppName) -> Wiring:
    """Read the app and the service principal of its identity."""
    found = find_locked(partial(find, azure, [name]), lambda sites: [each.ref for each in sites])
    azure, (site,) = found.azure, found.sites
    principal, unread = _looked_up(azure, site)
    return Wiring(
        tenant_id=azure.tenant_id or "",
        account=found.account,
        source=Source(site, principal=principal, unread=unread),
    )
