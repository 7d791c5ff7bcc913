"""An App Service app as ARM shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.domain.host_name import is_host
from miwire.errors import Unreachable

if TYPE_CHECKING:
    from miwire.model.identity import ManagedIdentity
    from miwire.model.site import SiteRef


@dataclass(frozen=True, slots=True)
class Site:
    """What miwire needs to know of an app."""

    ref: SiteRef
    default_host_name: str
    """As ARM tells it: since 2024 it cannot be derived from the app's name."""
    host_names: tuple[str, ...]
    kind: str
    state: str
    identity: ManagedIdentity

    @property
    def url(self) -> str:
        """Where the app answers; raises Unreachable where ARM names no host for it."""
        if not is_host(self.default_host_name):
            raise Unreachable(
                f"Azure names no host for {self.display_name}: its defaultHostName is "
                f"{self.default_host_name!r}.",
                hint="Nothing can be sent there. Look at the app in the Azure portal.",
            )
        return f"https://{self.default_host_name}"

    @property
    def is_function_app(self) -> bool:
        """Whether the Functions host answers for it."""
        return "functionapp" in self.kind.lower()

    @property
    def is_linux(self) -> bool:
        """Whether it runs on Linux, as ARM's `kind` says (app,linux)."""
        return "linux" in self.kind.lower()

    @property
    def display_name(self) -> str:
        """The app's name for people: app or app/slot."""
        return self.ref.name + (f"/{self.ref.slot}" if self.ref.slot else "")
