"""ARM's configuration of a site: authsettingsV2, authsettings and appsettings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.lab import app_settings, arm_errors, auth_settings, auth_settings_classic
from miwire.lab.arm_requests import PROVIDER_JSON, ArmResponse, inner

if TYPE_CHECKING:
    from miwire.lab.arm_requests import ArmRequest
    from miwire.lab.tenant import Document, Site

_READ = "Microsoft.Web/sites/config/read"
_WRITE = "Microsoft.Web/sites/config/write"
_LIST = "Microsoft.Web/sites/config/list/action"
"""Whoever may read secrets; Reader may not (azure-cli #29644)."""
_WRITES_LEFT = {
    "x-ms-ratelimit-remaining-subscription-writes": "799",
    "x-ms-ratelimit-remaining-subscription-global-writes": "11999",
}
_REQUESTS_LEFT = {"x-ms-ratelimit-remaining-subscription-resource-requests": "799"}


def answer(request: ArmRequest, site: Site, below: tuple[str, ...]) -> ArmResponse:
    """Answer a request for what is *below* …/config, in lower case; raises ArmError."""
    match request.method, below:
        case "GET", ("authsettingsv2",):
            request.demand(_READ, site.id)
            return _shown(site, "authsettingsV2", _settings(site))
        case "GET", ("authsettingsv2", "list"):
            request.demand(_LIST, site.id)
            return _shown(site, "authsettingsV2", _settings(site))
        case "PUT", ("authsettingsv2",):
            request.demand(_WRITE, site.id)
            site.auth_settings = auth_settings.replaced(inner(request.document(), "properties"))
            site.auth_settings_v1, site.auth_settings_version = {}, "v2"
            return _shown(site, "authsettingsV2", site.auth_settings, _WRITES_LEFT)
        case "POST", ("authsettings", "list"):
            request.demand(_LIST, site.id)
            return _shown(site, "authsettings", auth_settings_classic.view(site), _REQUESTS_LEFT)
        case "PUT", ("authsettings",):
            request.demand(_WRITE, site.id)
            auth_settings_classic.put(site, inner(request.document(), "properties"))
            return _shown(site, "authsettings", auth_settings_classic.view(site), _WRITES_LEFT)
        case "POST", ("appsettings", "list"):
            request.demand(_LIST, site.id)
            return _shown(site, "appsettings", dict(site.app_settings), _REQUESTS_LEFT)
        case "PUT", ("appsettings",):
            request.demand(_WRITE, site.id)
            site.app_settings = app_settings.of_dictionary(inner(request.document(), "properties"))
            return _shown(site, "appsettings", dict(site.app_settings), _WRITES_LEFT)
        case _, ("authsettingsv2" | "authsettings" | "appsettings", *_):
            raise request.refused_method()
        case _:
            raise arm_errors.config_not_found("/".join(below))


def _settings(site: Site) -> Document:
    """Return the V2 document; what is classic does not show in it."""
    if site.auth_settings_version == "v1":
        return auth_settings.FRESH
    return site.auth_settings


def _shown(
    site: Site, name: str, properties: Document, headers: dict[str, str] | None = None
) -> ArmResponse:
    """Wrap *properties*; the type is the same for every configuration (recorded)."""
    body = {
        "id": f"{site.id}/config/{name}",
        "name": name,
        "type": "Microsoft.Web/sites/config",
        "location": site.document["location"],
        "properties": properties,
    }
    return ArmResponse(200, body, {**PROVIDER_JSON, **(headers or {})})
