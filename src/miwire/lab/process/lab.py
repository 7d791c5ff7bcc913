"""A small Azure: its state, its programs, its faults, and the way back to the start of a scene."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from miwire.lab.documents import LOCALHOST, new_id
from miwire.lab.faults.config import FaultConfig
from miwire.lab.process.fault_middleware import FaultInjector
from miwire.lab.process.programs import Programs
from miwire.lab.process.request_log import RequestLog
from miwire.lab.scenes.builder import SceneBuilder
from miwire.lab.scenes.registry import BUILDERS
from miwire.lab.state.keys import SigningKey, rolled
from miwire.lab.state.ports import AppPort, AppPorts
from miwire.lab.state.tenant import Addresses, Tenant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from miwire.lab.process.state_dir import StateFolder

SERVICES = 4
"""ARM, Graph, Entra ID and the identity endpoint have the first ports, in this order."""


@dataclass(slots=True)
class Lab:
    """A small Azure whose services and apps answer at *ports*, with its files in *folder*."""

    ports: Sequence[int]
    folder: StateFolder
    scene: str
    seed: int | None = None
    """Seeds what is random in faults that name no seed; None: a new one each time."""
    host: str = LOCALHOST
    """The name in its URLs, certificate and issuers."""
    tenant: Tenant = field(init=False)
    builder: SceneBuilder = field(init=False)
    programs: Programs = field(init=False)
    log: RequestLog = field(default_factory=RequestLog)
    injector: FaultInjector = field(init=False)

    def __post_init__(self) -> None:
        arm, graph, entra, identities = (self.url(each) for each in self.ports[:SERVICES])
        addresses = Addresses(arm, graph, entra, identities, self.host)
        keys = (SigningKey.make(), SigningKey.make())
        self.tenant = Tenant(new_id(), new_id(), addresses, keys)
        self.programs = Programs(self.tenant, self.folder)
        self.tenant.app_ports = AppPorts([AppPort(port) for port in self.ports[SERVICES:]])
        self.builder = SceneBuilder(self.tenant)
        self.injector = FaultInjector(self.tenant)
        self._begin(self.scene)

    def url(self, port: int) -> str:
        """Return the base URL of what answers at a port: the identity endpoint is plain http."""
        if port == self.ports[SERVICES - 1]:
            return f"http://127.0.0.1:{port}"
        return f"https://{self.host}:{port}"

    async def reset(self, scene: str) -> None:
        """Go back to the start of *scene*; raises KeyError for a name that is no scene."""
        self._begin(scene)
        self.log.clear()
        await self.programs.end()

    def _begin(self, scene: str) -> None:
        """Build the scene and set the faults that belong to it."""
        self.builder.begin(BUILDERS[scene])
        self.scene = scene
        self.tenant.history.forget()
        self.set_faults(FaultConfig.of(self.builder.faults, self.seed))

    def set_faults(self, faults: FaultConfig) -> None:
        """Replace the faults; keys that were rolled over stay so until a reset."""
        tenant = self.tenant
        tenant.faults = faults
        tenant.gate = replace(self.builder.gate, **faults.gate)
        tenant.keys = rolled(tenant.keys, faults.key_rollover)
        if not faults.token_cache:
            tenant.cached_tokens.clear()
        tenant.history.begin(tenant)
        self.injector.begin()
