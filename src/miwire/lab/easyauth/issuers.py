"""
What `openIdIssuer` means to a gate: the metadata below it say whose tokens to believe.

The gate downloads `<openIdIssuer>/.well-known/openid-configuration`. Where there is no such
document it can't judge a token, and answers 500 (MicrosoftDocs/azure-docs-sdk-dotnet#2413,
MicrosoftDocs/azure-docs#70212).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from miwire.lab.state.tenant import Tenant

_SHARED = frozenset({"common", "organizations", "consumers"})
"""Path segments that stand for tenants in general: their metadata name no issuer in particular."""
_ENTRA = frozenset(
    {
        "login.chinacloudapi.cn",
        "login.microsoft.com",
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.partner.microsoftonline.cn",
        "login.windows.net",
        "sts.chinacloudapi.cn",
        "sts.windows.net",
    }
)
"""Other Entra IDs, which publish metadata under the same paths as this one."""
_POLICIES = ("/te/", "/tfp/")
"""Begin the paths of Azure AD B2C, whose user flows have keys of their own."""
_GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_DOMAIN = r"(?:[a-z0-9-]+\.)+[a-z]{2,}"
_PATH = re.compile(
    rf"/(?P<tenant>{'|'.join(sorted(_SHARED))}|{_GUID}|{_DOMAIN})(?P<v2>/v2\.0)?/?"
    r"(?:\.well-known/openid-configuration)?"
)
_URL = re.compile(r"https://[^\s/{}]+(?:/[^\s{}]*)?")


@dataclass(frozen=True, slots=True)
class Metadata:
    """Whose tokens the metadata of an issuer speak of."""

    tenant_id: str | None
    """None: those of any tenant."""
    version: str
    """Which of a tenant's two issuers the metadata name: `1.0` or `2.0`."""
    is_own: bool = True
    """Whether they are of this Entra ID, whose keys sign the tokens of the lab."""


def metadata(tenant: Tenant, issuer: str) -> Metadata | None:
    """Return what is known below *issuer*; None where nothing can be downloaded."""
    if not issuer:
        return Metadata(None, "1.0")
    text = issuer.lower()
    if _URL.fullmatch(text) is None:
        return None
    try:
        url = urlsplit(text)
    except ValueError:
        return None
    is_own = url.netloc == urlsplit(tenant.addresses.entra).netloc
    of_a_policy = url.path.startswith(_POLICIES) or url.query.startswith("p=")
    if of_a_policy or (not is_own and url.netloc not in _ENTRA):
        return Metadata(None, "2.0", is_own=False)
    found = None if url.query or url.fragment else _PATH.fullmatch(url.path)
    if found is None:
        return None
    version = "2.0" if found["v2"] else "1.0"
    if found["tenant"] in _SHARED:
        return Metadata(None, version, is_own)
    if re.fullmatch(_GUID, found["tenant"]):
        return Metadata(found["tenant"], version, is_own)
    # A domain is a tenant's only where that has verified it.
    return Metadata(tenant.tenant_id, version, is_own) if found["tenant"] == tenant.domain else None
