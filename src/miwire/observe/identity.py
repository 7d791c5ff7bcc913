"""An app's identities before a write that names no system-assigned one, and so would end it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.errors import WaitTimeout
from miwire.shell_words import sh

if TYPE_CHECKING:
    from miwire.azure.session import Azure
    from miwire.model.identity import ManagedIdentity
    from miwire.model.site import Site


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
            for_what=f"Azure to show the system-assigned identity of {site.display_name}, which "
            "the directory knows and this change would take away",
        )
    except WaitTimeout as error:
        error.hint = (
            "Run the same command again in a minute. If that identity is long gone and the "
            f"directory keeps it: miwire enable-identity {sh(str(site.ref))} makes one that stays."
        )
        raise
