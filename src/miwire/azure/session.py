"""
How Azure is reached: one session, its adapters made when they are first needed.

The adapters import their SDK at the top like any honest module; the properties below are where
those imports happen, so that a command which needs none of them pays for none of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Self

from miwire.azure.waiter import Waiter
from miwire.errors import NotPermitted
from miwire.shell_words import sh
from miwire.tokens.access_token import AccessToken

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from filelock import FileLock

    from miwire.azure.arm import PacedTransport
    from miwire.azure.credentials import Tokens
    from miwire.azure.directory import Directory
    from miwire.azure.oidc import Authority
    from miwire.azure.permissions import Permissions
    from miwire.azure.sites import Sites
    from miwire.model.cloud import Cloud
    from miwire.model.site import SiteRef
    from miwire.probe.transport import Web
    from miwire.tokens.forge import Forgery


@dataclass
class Azure:
    """One cloud, reached with one credential; close it, or use it as a context."""

    cloud: Cloud
    waiter: Waiter = field(default_factory=Waiter)
    """How long to wait for Azure to converge."""
    tenant_id: str | None = None
    """The tenant of the subscription at work: every token is asked for it once it is known."""
    locks: Path | None = None
    """The folder by which runs on this machine take turns; None: this run changes nothing."""

    _held: list[FileLock] = field(default_factory=list, repr=False)

    @cached_property
    def tokens(self) -> Tokens:
        """The credential of where miwire runs."""
        from miwire.azure.credentials import Tokens

        return Tokens(self.cloud, self.waiter)

    @cached_property
    def authority(self) -> Authority:
        """The issuers of tokens and their keys, through OpenID Connect metadata."""
        from miwire.azure.oidc import Authority

        return Authority(self.cloud)

    @cached_property
    def arm_transport(self) -> PacedTransport:
        """The connections to ARM."""
        from miwire.azure.arm import PacedTransport

        return PacedTransport(self.waiter)

    @cached_property
    def sites(self) -> Sites:
        """App Service apps, through ARM."""
        from miwire.azure.sites import Sites

        return Sites(self)

    @cached_property
    def permissions(self) -> Permissions:
        """What whoever is signed in may do in ARM, as ARM tells it."""
        from miwire.azure.permissions import Permissions

        return Permissions(self)

    @cached_property
    def directory(self) -> Directory:
        """Registrations and service principals, through Microsoft Graph."""
        from miwire.azure.directory import Directory

        return Directory(self)

    @cached_property
    def web(self) -> Web:
        """The apps themselves, over HTTP."""
        from miwire.probe.transport import Web

        return Web()

    @cached_property
    def forgery(self) -> Forgery:
        """Tokens that no gate may take."""
        from miwire.tokens.forge import Forgery

        return Forgery()

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
            self._held.append(lock)
            waited = waited or behind
        return waited

    def ready_to_write(self) -> None:
        """
        Have both tokens, and of the subscription's own tenant, before anything is changed.

        Raises NotSignedIn where one cannot be had, NotPermitted where it is another tenant's: a
        registration made there would be of no use, and nobody would look for it.
        """
        for scope in (self.cloud.resource_manager_scope, self.cloud.graph_scope):
            self.refuse_other_tenant(scope)

    def refuse_other_tenant(self, scope: str) -> None:
        """Raise NotPermitted where the token for *scope* is not of the apps' own tenant."""
        token = AccessToken.parse(self.tokens.token(scope, self.tenant_id))
        if self.tenant_id and token.tenant != self.tenant_id:
            raise NotPermitted(
                f"The token for {scope} is of tenant {token.tenant}, but the apps live in "
                f"{self.tenant_id}.",
                hint=f"Sign in there: az login --tenant {sh(self.tenant_id)}",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name in ("directory", "permissions", "sites", "arm_transport", "tokens", "web"):
            if name in self.__dict__:
                getattr(self, name).close()
        while self._held:
            self._held.pop().release()
