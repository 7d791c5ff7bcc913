"""Read what an open target loses if it comes to require a token."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from miwire.azure.concurrency import gather
from miwire.errors import MiwireError, NotFound, NotPermitted, NotSignedIn
from miwire.model.wiring import Part, Slot

if TYPE_CHECKING:
    from miwire.azure.session import Azure
    from miwire.model.health_probe import HealthProbe, TriggeredFunction
    from miwire.model.site import Site, SiteRef


@dataclass(frozen=True, slots=True)
class OpenTarget:
    """What matters of a target that accepts anonymous requests and may stop to."""

    requests: int | None = None
    slots: tuple[Slot, ...] = ()
    functions: tuple[TriggeredFunction, ...] = ()
    probes: tuple[HealthProbe, ...] = ()


class OpenTargetReader:
    """Reads it, and notes in *unread* what may not be read."""

    def __init__(self, azure: Azure, site: Site, unread: dict[Part, str]) -> None:
        self._azure = azure
        self._site = site
        self._unread = unread

    def read(self) -> OpenTarget:
        """Return what is known; what probes it only where it has requests, which probes are."""
        requests, slots, functions = gather(self._requests, self._slots, self._functions)
        probes = () if requests == 0 else self._probes()
        return OpenTarget(requests, slots, functions, probes)

    def _requests(self) -> int | None:
        try:
            return self._azure.sites.requests_of_last_day(self._site.ref)
        except NotSignedIn:
            raise
        except MiwireError as error:
            # Whatever the reason is, somebody may be calling: a question, no failure.
            self._unread[Part.TRAFFIC] = error.message
            return None

    def _slots(self) -> tuple[Slot, ...]:
        try:
            refs = self._azure.sites.slots(self._site.ref)
        except NotPermitted as refusal:
            self._unread[Part.SLOTS] = refusal.message
            return ()
        return gather(*(partial(self._slot, ref) for ref in refs))

    def _slot(self, ref: SiteRef) -> Slot:
        name = f"{ref.name}/{ref.slot}" if ref.slot else ref.name
        try:
            return Slot(name, self._azure.sites.auth_settings(ref))
        except (NotPermitted, NotFound):
            return Slot(name, None)

    def _functions(self) -> tuple[TriggeredFunction, ...]:
        if not self._site.is_function_app or self._site.is_workflow_app:
            return ()
        try:
            return self._azure.sites.functions(self._site.ref)
        except NotSignedIn:
            raise
        except MiwireError:
            return ()  # the webhooks are asked about without their names, too

    def _probes(self) -> tuple[HealthProbe, ...]:
        reader = self._azure.health_probes(self._site)
        found = reader.read()
        if reader.unread:
            self._unread[Part.PROBES] = reader.unread[0]
        return found
