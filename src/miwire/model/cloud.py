"""Where an Azure is: the addresses of one cloud, public, sovereign or of one's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from miwire.errors import BadRequest
from miwire.text import is_host

if TYPE_CHECKING:
    from collections.abc import Mapping


_PATH = re.compile(r"(?:/[\w.~-]*)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Issuers:
    """The `iss` of a tenant's tokens: *v1* ends in a slash, *v2* in /v2.0."""

    v1: str
    v2: str

    @property
    def forms(self) -> frozenset[str]:
        """
        Every way to name the tenant's issuer in authsettingsV2, in lower case, without a slash.

        The portal writes v1's host with v2's path, which no token carries and Azure understands.
        """
        forms = {self.v1, self.v2, f"{self.v1.rstrip('/')}/v2.0", self.v2.removesuffix("/v2.0")}
        return frozenset(form.lower().rstrip("/") for form in forms)


@dataclass(frozen=True, slots=True)
class Account:
    """Where a command works and as whom; `az account show` tells the same."""

    cloud: str
    tenant_id: str
    subscription_id: str
    subscription_name: str = ""
    """Empty where nothing that was read tells it."""
    signed_in_as: str = ""
    """Empty where the token for ARM doesn't tell it."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """Base URLs of ARM, Entra ID and Microsoft Graph, without a trailing slash."""

    name: str
    resource_manager: str
    resource_manager_audience: str
    active_directory: str
    graph: str
    sts: str | None = None
    """Where v1 issuers live; None: the authority's own discovery document tells."""
    v2_authority: str | None = None
    """The authority that v2 issuers name, where it is not *active_directory*."""

    @property
    def published(self) -> bool:
        """Whether this is one of Microsoft's own clouds, whose issuers are known constants."""
        return self.sts is not None

    @property
    def resource_manager_scope(self) -> str:
        """The scope of a token for ARM."""
        return f"{self.resource_manager_audience}/.default"

    @property
    def graph_scope(self) -> str:
        """The scope of a token for Microsoft Graph."""
        return f"{self.graph}/.default"

    def issuers(self, tenant_id: str) -> Issuers | None:
        """Return the tenant's two issuers; None where only discovery can tell."""
        if self.sts is None:
            return None
        authority = self.v2_authority or self.active_directory
        return Issuers(f"{self.sts}/{tenant_id}/", f"{authority}/{tenant_id}/v2.0")

    @classmethod
    def of_document(cls, document: object, source: str) -> Self:
        """
        Return the cloud that a JSON document in the shape of `az cloud show` describes.

        *source* names the document in messages. Raises BadRequest when an address is missing or
        is not https: tokens would go to it.
        """
        endpoints = document.get("endpoints") if isinstance(document, dict) else None
        if not isinstance(document, dict) or not isinstance(endpoints, dict):
            raise BadRequest(
                f"{source} doesn't describe a cloud: it has no `endpoints`.",
                hint="It should look like the output of `az cloud show`.",
            )
        arm = _address(endpoints, "resourceManager", source)
        audience = endpoints.get("activeDirectoryResourceId")
        return cls(
            name=str(document.get("name") or source),
            resource_manager=arm,
            resource_manager_audience=(
                _address(endpoints, "activeDirectoryResourceId", source) if audience else arm
            ),
            active_directory=_address(endpoints, "activeDirectory", source),
            graph=_address(endpoints, "microsoftGraphResourceId", source),
        )


def _address(endpoints: Mapping[str, object], name: str, source: str) -> str:
    address = endpoints.get(name)
    if not isinstance(address, str) or not _is_https(address):
        raise BadRequest(
            f"{source} has no https address in endpoints.{name}.",
            hint="It should look like the output of `az cloud show`.",
        )
    return address.rstrip("/")


def _is_https(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    # Nothing but a host and a plain path: tokens go there, and scripts name it.
    return (
        parts.scheme == "https"
        and address.isprintable()  # `urlsplit` drops line breaks
        and is_host(parts.netloc)
        and bool(_PATH.fullmatch(parts.path))
        and not (parts.query or parts.fragment)
    )


PUBLISHED = (
    Cloud(
        name="AzureCloud",
        resource_manager="https://management.azure.com",
        resource_manager_audience="https://management.azure.com",
        active_directory="https://login.microsoftonline.com",
        graph="https://graph.microsoft.com",
        sts="https://sts.windows.net",
    ),
    Cloud(
        name="AzureUSGovernment",
        resource_manager="https://management.usgovcloudapi.net",
        resource_manager_audience="https://management.core.usgovcloudapi.net",
        active_directory="https://login.microsoftonline.us",
        graph="https://graph.microsoft.us",
        sts="https://sts.windows.net",
    ),
    Cloud(
        name="AzureChinaCloud",
        resource_manager="https://management.chinacloudapi.cn",
        resource_manager_audience="https://management.chinacloudapi.cn",
        active_directory="https://login.chinacloudapi.cn",
        graph="https://microsoftgraph.chinacloudapi.cn",
        sts="https://sts.chinacloudapi.cn",
        v2_authority="https://login.partner.microsoftonline.cn",
    ),
)
"""Microsoft's own clouds, as azure-core, azure-identity and azure-cli write their addresses."""
SIGN_IN_HOSTS = frozenset(
    urlsplit(address).netloc
    for cloud in PUBLISHED
    for address in (cloud.active_directory, cloud.v2_authority)
    if address
) | {"login.windows.net"}
"""Where people sign in with Entra ID, in every published cloud, with an older name."""
_CLOUD_OF_HOST = {
    "login.microsoftonline.us": "AzureUSGovernment",
    "login-us.microsoftonline.com": "AzureUSGovernment",
    "login.chinacloudapi.cn": "AzureChinaCloud",
    "sts.chinacloudapi.cn": "AzureChinaCloud",
    "login.partner.microsoftonline.cn": "AzureChinaCloud",
    "login.microsoftonline.com": "AzureCloud",
}
"""Hosts of issuers that one cloud has alone; sts.windows.net is that of two."""


def of_issuer(issuer: str) -> Cloud | None:
    """Return the one cloud whose issuers have that host; None where none or several have."""
    try:
        name = _CLOUD_OF_HOST.get(urlsplit(issuer).hostname or "")
    except ValueError:
        return None
    return published(name) if name else None


def published(name: str) -> Cloud | None:
    """Return Microsoft's own cloud of that name, in whatever case."""
    return next((cloud for cloud in PUBLISHED if cloud.name.casefold() == name.casefold()), None)
