"""Read what can be known of the gate in front of a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.easyauth.model import Gate
from miwire.errors import NotPermitted, Unreachable
from miwire.observe.target import of_authentication

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.azure.session import Azure
    from miwire.model.auth_settings import AuthSettings
    from miwire.model.cloud import Issuers
    from miwire.model.site import SiteRef


def read(azure: Azure, site: SiteRef) -> Gate:
    """
    Return the gate of an app whose tenant is settled; what may not be read in it stays unknown.

    Raises NotPermitted where not even its settings may be read.
    """
    settings = azure.sites.auth_settings(site)
    return Gate(
        settings=settings,
        tenant_id=azure.tenant_id or "",
        issuers=_issuers(azure),
        app_settings=_app_settings(azure, site) if settings.enabled else None,
        elsewhere=_elsewhere(azure, site, settings),
    )


def _issuers(azure: Azure) -> Issuers | None:
    if azure.tenant_id is None:
        return None
    try:
        return azure.authority.issuers(azure.tenant_id)
    except Unreachable:
        return None


def _app_settings(azure: Azure, site: SiteRef) -> Mapping[str, str] | None:
    """Return the few that a gate goes by; the others, often secrets, are forgotten at once."""
    try:
        everything = azure.sites.app_settings(site)
    except NotPermitted:
        return None
    return of_authentication(everything)


def _elsewhere(azure: Azure, site: SiteRef, settings: AuthSettings) -> str:
    """Say where the settings are that count instead, if so: FACTS 1.5, configFilePath, and v1."""
    file = settings.at("platform.configFilePath")
    if file:
        return f"the settings are read from the file {file} (platform.configFilePath)"
    if settings.enabled:
        return ""
    try:
        in_use = azure.sites.classic_auth(site).in_use
    except NotPermitted:
        return "v1 settings may be in use; couldn't read them"
    return "v1 settings are in use" if in_use else ""
