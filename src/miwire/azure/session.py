"""
How Azure is reached: one session, its adapters made when they are first needed.

The adapters import their SDK at the top like any honest module; the properties below are where
those imports happen, so that a command which needs none of them pays for none of them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Self

from miwire.azure.waiter import Waiter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from filelock import FileLock

    from miwire.azure.arm import PacedTransport
    from miwire.azure.context import Context
    from miwire.azure.credentials import Credentials
    from miwire.azure.directory import Directory
    from miwire.azure.health_probes import HealthProbes
    from miwire.azure.oidc import Authority
    from miwire.azure.permissions import Permissions
    from miwire.azure.sites import Sites
    from miwire.azure.web import Web
    from miwire.model.cloud import Cloud
    from miwire.model.site import Site, SiteRef


@dataclass
class Azure:
    """One tenant of one cloud, reached with one credential; close it, or use it in a `with`."""

    cloud: Cloud
    waiter: Waiter = field(default_factory=Waiter)
    """How long to wait for changes to take effect."""
    locks: Path | None = None
    """The folder of the locks between runs on this machine; None: this run changes nothing."""
    tenant_id: str | None = None
    """The tenant that every token is asked for; None: the credential's own."""

    root: Azure | None = field(default=None, repr=False)
    """The session that this one shares its credential and connections with."""
    tenants: dict[str, Azure] = field(default_factory=dict, repr=False)
    """The sessions of other tenants, by tenant id."""
    held: list[FileLock] = field(default_factory=list, repr=False)
    """The locks that end with this session."""

    def for_tenant(self, tenant_id: str) -> Azure:
        """Return the session of a tenant, with the same credential and connections."""
        if tenant_id == self.tenant_id:
            return self
        root = self.root or self
        if tenant_id not in root.tenants:
            root.tenants[tenant_id] = Azure(
                self.cloud, self.waiter, self.locks, tenant_id, root=root
            )
        return root.tenants[tenant_id]

    @cached_property
    def context(self) -> Context:
        """What the adapters of this tenant are handed."""
        from miwire.azure.context import Context

        return Context(self.cloud, self.credentials, self.waiter, self.tenant_id)

    @cached_property
    def credentials(self) -> Credentials:
        """The credential of where miwire runs."""
        if self.root is not None:
            return self.root.credentials
        from miwire.azure.credentials import Credentials

        return Credentials(self.cloud, self.waiter)

    def token(self, scope: str) -> str:
        """Return an access token of this tenant; raises as `Credentials.token` does."""
        return self.context.token(scope)

    @cached_property
    def authority(self) -> Authority:
        """The issuers of tokens and their keys, through OpenID Connect metadata."""
        if self.root is not None:
            return self.root.authority
        from miwire.azure.oidc import Authority

        return Authority(self.cloud)

    @cached_property
    def arm_transport(self) -> PacedTransport:
        """The connections to ARM: one pool for all clients and tenants."""
        if self.root is not None:
            return self.root.arm_transport
        from miwire.azure.arm import PacedTransport

        return PacedTransport(self.waiter)

    @cached_property
    def sites(self) -> Sites:
        """App Service apps, through ARM."""
        from miwire.azure.sites import Sites

        return Sites(self.context, self.arm_transport)

    def health_probes(self, site: Site) -> HealthProbes:
        """Return the reader of what probes an app without a token, through ARM."""
        from miwire.azure.health_probes import HealthProbes

        return HealthProbes(self.sites, site)

    @cached_property
    def permissions(self) -> Permissions:
        """Permissions of the signed-in account in ARM, as ARM tells it."""
        from miwire.azure.permissions import Permissions

        return Permissions(self.context, self.arm_transport)

    @cached_property
    def directory(self) -> Directory:
        """Registrations and service principals, through Microsoft Graph."""
        # The SDK fails where this names what isn't installed; miwire sends nobody telemetry.
        os.environ.pop("OTEL_PYTHON_TRACER_PROVIDER", None)
        from miwire.azure.directory import Directory

        return Directory(self.context)

    @cached_property
    def web(self) -> Web:
        """The apps themselves, over HTTP."""
        if self.root is not None:
            return self.root.web
        from miwire.azure.web import Web

        return Web()

    @property
    def requests(self) -> int:
        """How many requests were sent to ARM and Microsoft Graph so far, for all tenants."""
        root = self.root or self
        sent = root.arm_transport.sent if "arm_transport" in root.__dict__ else 0
        sessions = (root, *root.tenants.values())
        return sent + sum(each.directory.sent for each in sessions if "directory" in each.__dict__)

    def lock_apps(self, refs: Iterable[SiteRef]) -> bool:
        """
        Keep other runs on this machine from changing these apps until this session is closed.

        ARM offers no precondition for the settings of an app, so two writers at once may lose one
        write (FACTS 1.5). Returns whether another run had to end first; raises WaitTimeout where
        it does not end in time.
        """
        if self.locks is None:
            return False
        from miwire.azure.locks import taken

        waited = False
        for ref in sorted({ref.key: ref for ref in refs}.values(), key=lambda ref: ref.key):
            lock, behind = taken(self.locks, ref, self.waiter)
            (self.root or self).held.append(lock)
            waited = waited or behind
        return waited

    def ready_to_write(self) -> None:
        """
        Have both tokens, and of the subscription's own tenant, before anything is changed.

        Raises NotSignedIn where one cannot be had, NotPermitted where it is another tenant's: a
        registration made there would be of no use, and nobody would look for it.
        """
        for scope in (self.cloud.resource_manager_scope, self.cloud.graph_scope):
            self.context.refuse_other_tenant(scope)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self.tenants.values():
            each.close("directory", "permissions", "sites")
        self.close("directory", "permissions", "sites", "arm_transport", "credentials", "web")
        while self.held:
            self.held.pop().release()

    def close(self, *names: str) -> None:
        """Close those adapters that were made, by the names of their properties."""
        for name in names:
            if name in self.__dict__:
                getattr(self, name).close()
