"""How the SDKs of ARM are made: their cloud, their credential, their patience."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azure.core.pipeline.transport import RequestsTransport

if TYPE_CHECKING:
    from miwire.azure import Azure
    from miwire.azure.patience import Patience

_CONNECT, _READ = 20, 100
"""Seconds. A PUT of an app was recorded to take 26 (FACTS 1.8); the SDK would wait for 300."""
IDEMPOTENT = frozenset({"HEAD", "GET", "PUT", "DELETE", "OPTIONS", "PATCH", "POST"})
"""What miwire may send twice: its PATCHes say what shall be, and its POSTs only read."""


class PatientTransport(RequestsTransport):  # type: ignore[misc]
    """The SDK's own transport, whose pauses before a retry are miwire's."""

    def __init__(self, patience: Patience) -> None:
        super().__init__(connection_timeout=_CONNECT, read_timeout=_READ)
        self._patience = patience

    def sleep(self, duration: float) -> None:
        """Let the seconds before a retry pass."""
        self._patience.between_tries(duration)


def arm_options(azure: Azure) -> dict[str, Any]:
    """Return the keyword arguments of every client of ARM (SDK-NOTES)."""
    return {
        "credential": azure.tokens.of(azure.tenant_id),
        "base_url": azure.cloud.resource_manager,
        "credential_scopes": [azure.cloud.resource_manager_scope],
        # One for all, so that a connection made for one client serves the others.
        "transport": azure.arm_transport,
    }
