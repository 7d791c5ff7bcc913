"""
Microsoft's own applications, known by client id or address: good for a warning only.

The list is not complete and cannot be, so nothing is allowed because something is not on it.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_SERIES = re.compile(r"0000000[0-9a-f]-0000-0[0-9a-f]{3}-c000-000000000000")
_APP_IDS = frozenset(
    {
        "797f4846-ba00-4fd7-ba43-dac1f8f63013",  # Azure Resource Manager
        "cfa8b339-82a2-471a-a3c9-0fc0be7a4093",  # Azure Key Vault
        "e406a681-f3d4-42a8-90b6-c2b029497af1",  # Azure Storage
        "022907d3-0f1b-48f7-badc-1ba6abab6d66",  # Azure SQL Database
        "abfa0a7c-a6b6-4736-8310-5855508787cd",  # Azure App Service
        "499b84ac-1321-427f-aa17-267ca6975798",  # Azure DevOps
        "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d",  # Azure Databricks
        "ca7f3f0b-7d91-482c-8e09-c5d840d0eac5",  # Log Analytics
        "80a10ef9-8168-493d-abf9-3297c4ef6e3c",  # Azure Service Bus and Event Hubs
        "872cd9fa-d31f-45e0-9eab-6e460a02d1f1",  # Visual Studio
        "04b07795-8ddb-461a-bbee-02f9e1bf7b46",  # Azure CLI
        "1950a258-227b-4e31-a9cf-717495945fc2",  # Azure PowerShell
    }
)
_DOMAINS = (
    "azure.com",
    "azure.net",
    "azure.us",
    "azure.cn",
    "azuredatabricks.net",
    "azuresynapse.net",
    "chinacloudapi.cn",
    "dynamics.com",
    "loganalytics.io",
    "loganalytics.us",
    "microsoft.com",
    "microsoft.us",
    "office.com",
    "office365.com",
    "sharepoint.com",
    "usgovcloudapi.net",
    "visualstudio.com",
    "windows.net",
)
"""No tenant can verify one of these, so no identifier URI of a customer's API lies below them."""


def is_first_party(app_id: str) -> bool:
    """Say whether a client id is one of Microsoft's own well-known applications."""
    return app_id.lower() in _APP_IDS or _SERIES.fullmatch(app_id.lower()) is not None


def is_first_party_audience(audience: str) -> bool:
    """Say whether an audience or a scope, by client id or by address, is one of Microsoft's own."""
    plain = audience.strip().lower().removesuffix("/.default").rstrip("/")
    for prefix in ("api://", "spn:"):
        if is_first_party(plain.removeprefix(prefix)):
            return True
    try:
        host = urlsplit(plain).hostname or ""
    except ValueError:
        return False
    return any(host == each or host.endswith(f".{each}") for each in _DOMAINS)
