"""
ARM's own description of its cloud, which clients read before they have any token.

The members are those of the public cloud's answer that Azure CLI (`az cloud register`) and
HashiCorp's provider read; what this Azure does not have is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from miwire.lab.state.tenant import Document, Tenant

CLOUD_NAME = "MiwireLab"


def endpoints(tenant: Tenant) -> Document:
    """Return the answer to GET /metadata/endpoints, api-version 2022-09-01."""
    addresses = tenant.addresses
    return {
        "name": CLOUD_NAME,
        "resourceManager": f"{addresses.arm}/",
        "authentication": {
            "loginEndpoint": addresses.entra,
            "audiences": [f"{addresses.arm}/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "graph": f"{addresses.graph}/",
        "graphAudience": f"{addresses.graph}/",
        "microsoftGraphResourceId": f"{addresses.graph}/",
        "suffixes": {},
    }
