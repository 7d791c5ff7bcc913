"""Environment variables: what the operator exports, and what a program inside a site is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.lab.process import state_dir

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.lab.process.state_dir import StateFolder
    from miwire.lab.scenes.builder import Operator
    from miwire.lab.state.site import Site
    from miwire.lab.state.tenant import Tenant

_NOBODY_ELSES = ("AZURE_", "IDENTITY_", "MSI_", "IMDS_", "MIWIRE_")
NO_PROXY = "localhost,127.0.0.1"
"""The lab's own names."""
UNPROXIED = ("NO_PROXY", "no_proxy")
"""The two spellings: a program reads one of them, or prefers one."""
KEY = "MIWIRE_LAB_KEY"
OPERATORS = (
    "MIWIRE_LAB",
    KEY,
    "MIWIRE_CLOUD",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "AZURE_TOKEN_CREDENTIALS",
    "AZURE_TENANT_ID",
    "AZURE_SUBSCRIPTION_ID",
    "MIWIRE_LAB_CLIENT_ID",
    "MIWIRE_LAB_CLIENT_SECRET",
    "NO_PROXY",
    "no_proxy",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
)
"""The variables of `of_operator`."""
KEY_HEADER = "X-Miwire-Lab-Key"
"""The header in which the lab's own routes take the key."""


def without_logins(environment: Mapping[str, str]) -> dict[str, str]:
    """Return *environment* without what would let a developer's login answer for a site."""
    return {
        name: value
        for name, value in environment.items()
        if not name.upper().startswith(_NOBODY_ELSES)
    }


def unproxied(present: Mapping[str, str]) -> dict[str, str]:
    """
    Return NO_PROXY in both spellings: the names that *present* has in either, then the lab's.

    A lone * names every host, and only where nothing stands beside it.
    """
    given = dict.fromkeys(present.get(name, "").strip(" ,") for name in UNPROXIED)
    names = ",".join(each for each in given if each)
    if names != "*" and not f",{names}".endswith(f",{NO_PROXY}"):
        names = f"{names},{NO_PROXY}".lstrip(",")
    return dict.fromkeys(UNPROXIED, names)


def of_operator(tenant: Tenant, operator: Operator, folder: StateFolder) -> dict[str, str]:
    """Return what a shell exports so that any client of Azure uses this lab."""
    return {
        "MIWIRE_LAB": str(folder.path),
        KEY: operator.lab_key,
        "MIWIRE_CLOUD": str(folder.file(state_dir.CLOUD)),
        "IDENTITY_ENDPOINT": _identity_endpoint(tenant),
        "IDENTITY_HEADER": operator.identity_header,
        "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
        "AZURE_TENANT_ID": tenant.tenant_id,
        "AZURE_SUBSCRIPTION_ID": tenant.subscription_id,
        "MIWIRE_LAB_CLIENT_ID": operator.app_id,
        "MIWIRE_LAB_CLIENT_SECRET": operator.client_secret,
        "NO_PROXY": NO_PROXY,
        "no_proxy": NO_PROXY,
        **_certificates(folder),
    }


def of_site(tenant: Tenant, site: Site, folder: StateFolder) -> dict[str, str]:
    """
    Return what App Service sets for a program inside *site*, and what lets it reach the lab.

    App Service sets the identity variables only where there is an identity and the app setting
    WEBSITE_DISABLE_MSI does not turn them off.
    """
    return {
        **site.app_settings,
        **(_identity(tenant, site) if _has_token_service(site) else {}),
        "WEBSITE_SITE_NAME": site.name.partition("/")[0],
        "WEBSITE_HOSTNAME": site.host,
        "MIWIRE_CLOUD": str(folder.file(state_dir.CLOUD)),
        "AZURE_CONFIG_DIR": str(folder.file(state_dir.AZURE_CONFIG)),
        "NO_PROXY": NO_PROXY,
        "no_proxy": NO_PROXY,
        **_certificates(folder),
    }


def _has_token_service(site: Site) -> bool:
    disabled = site.app_settings.get("WEBSITE_DISABLE_MSI", "").lower() == "true"
    return "identity" in site.document and not disabled


def _identity(tenant: Tenant, site: Site) -> dict[str, str]:
    endpoint, header = _identity_endpoint(tenant), site.identity_header
    return {
        "IDENTITY_ENDPOINT": endpoint,
        "IDENTITY_HEADER": header,
        "MSI_ENDPOINT": endpoint,
        "MSI_SECRET": header,
    }


def _identity_endpoint(tenant: Tenant) -> str:
    return f"{tenant.addresses.identity_endpoint}/msi/token"


def _certificates(folder: StateFolder) -> dict[str, str]:
    """Node adds to its own roots; the others know only what the file holds."""
    bundle = str(folder.file(state_dir.CA_BUNDLE))
    return {
        "REQUESTS_CA_BUNDLE": bundle,
        "SSL_CERT_FILE": bundle,
        "CURL_CA_BUNDLE": bundle,
        "NODE_EXTRA_CA_CERTS": str(folder.file(state_dir.CA)),
    }
