"""One tenant of one cloud, as every adapter of it is handed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from miwire.azure.api_versions import OlderApiVersion
from miwire.azure.error_mapping import other_tenant
from miwire.tokens.access_token import AccessToken

if TYPE_CHECKING:
    from miwire.azure.arm import PacedTransport
    from miwire.azure.credentials import Credentials, TenantCredential
    from miwire.azure.waiter import Waiter
    from miwire.model.cloud import Cloud


@dataclass(frozen=True, slots=True)
class Context:
    """Which cloud and tenant are called, with which credential, and how long may be waited."""

    cloud: Cloud
    credentials: Credentials
    waiter: Waiter
    tenant_id: str | None = None
    """None: the credential's own tenant, as long as the apps' isn't known."""

    @property
    def credential(self) -> TenantCredential:
        """The credential for an SDK: each of its tokens is of this tenant."""
        return self.credentials.of(self.tenant_id)

    def arm_options(self, transport: PacedTransport) -> dict[str, Any]:
        """Return the keyword arguments of every SDK client of ARM; one *transport* serves all."""
        return {
            "credential": self.credential,
            "base_url": self.cloud.resource_manager,
            "credential_scopes": [self.cloud.resource_manager_scope],
            "transport": transport,
            "permit_redirects": False,
            # One for each client: a policy belongs to one pipeline, what it learns to all.
            "per_call_policies": [OlderApiVersion(transport.versions)],
        }

    def token(self, scope: str) -> str:
        """Return an access token; raises as `Credentials.token` does."""
        return self.credentials.token(scope, self.tenant_id)

    def refuse_other_tenant(self, scope: str) -> None:
        """Raise NotPermitted where the token for *scope* is not of the apps' own tenant."""
        token = AccessToken.parse(self.token(scope))
        if self.tenant_id and token.tenant != self.tenant_id:
            raise other_tenant(scope, token.tenant, self.tenant_id)
