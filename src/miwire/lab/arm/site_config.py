"""ARM's configuration of a site or a slot: authsettings in both versions, appsettings, web."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from miwire.lab.arm import auth_settings, auth_settings_v1, errors, site_config_web
from miwire.lab.arm.request import PROVIDER_JSON, ArmResponse, inner

if TYPE_CHECKING:
    from miwire.lab.arm.request import ArmRequest
    from miwire.lab.documents import Document
    from miwire.lab.state.site import Site

_READ = "read"
_WRITE = "write"
_LIST = "list/action"
"""Taken by who may read secrets; Reader may not. A slot's action is another (azure-cli #29644)."""
_WRITES_LEFT = {
    "x-ms-ratelimit-remaining-subscription-writes": "799",
    "x-ms-ratelimit-remaining-subscription-global-writes": "11999",
}
_REQUESTS_LEFT = {"x-ms-ratelimit-remaining-subscription-resource-requests": "799"}
_LISTS = ("connectionStringNames", "appSettingNames", "azureStorageConfigNames")
_NAME = re.compile(r"[A-Za-z0-9_.:-]+")
_ON_LINUX = re.compile(r"[A-Za-z0-9_.]+")


def answer(request: ArmRequest, site: Site, below: tuple[str, ...]) -> ArmResponse:
    """Answer a request for what is *below* …/config, in lower case; raises ArmError."""
    match below:
        case ("authsettingsv2", *rest):
            return _auth_settings_v2(request, site, rest)
        case ("authsettings", *rest):
            return _auth_settings(request, site, rest)
        case ("appsettings", *rest):
            return _app_settings(request, site, rest)
        case ("slotconfignames",) if site.type == "Microsoft.Web/sites":  # a slot has none
            return _slot_config_names(request, site)
        case ("web",):
            return _web(request, site)
        case _:
            raise errors.config_not_found("Config", "/".join(below))


def _auth_settings_v2(request: ArmRequest, site: Site, below: list[str]) -> ArmResponse:
    match request.method, below:
        case "GET", []:
            _demand(request, site, _READ)
            return _shown(site, "authsettingsV2", _settings(request, site))
        case "GET", ["list"]:
            _demand(request, site, _LIST)
            return _shown(site, "authsettingsV2", _settings(request, site))
        case "PUT", []:
            _demand(request, site, _WRITE)
            sent = inner(request.document(), "properties")
            injects = request.tenant.faults.injects_allowed_applications
            site.auth_settings = auth_settings.replaced(sent, injects=injects)
            site.auth_settings_v1, site.auth_settings_version = {}, "v2"
            return _shown(site, "authsettingsV2", site.auth_settings, _WRITES_LEFT)
        case _:
            raise request.refused_method()


def _auth_settings(request: ArmRequest, site: Site, below: list[str]) -> ArmResponse:
    match request.method, below:
        case "POST", ["list"]:
            _demand(request, site, _LIST)
            return _shown(site, "authsettings", auth_settings_v1.view(site), _REQUESTS_LEFT)
        case "PUT", []:
            _demand(request, site, _WRITE)
            sent = inner(request.document(), "properties")
            injects = request.tenant.faults.injects_allowed_applications
            auth_settings_v1.put(site, sent, injects=injects)
            return _shown(site, "authsettings", auth_settings_v1.view(site), _WRITES_LEFT)
        case _:
            raise request.refused_method()


def _app_settings(request: ArmRequest, site: Site, below: list[str]) -> ArmResponse:
    match request.method, below:
        case "POST", ["list"]:
            _demand(request, site, _LIST)
            return _shown(site, "appsettings", dict(site.app_settings), _REQUESTS_LEFT)
        case "PUT", []:
            _demand(request, site, _WRITE)
            site.app_settings = of_dictionary(
                inner(request.document(), "properties"), site.document["kind"]
            )
            return _shown(site, "appsettings", dict(site.app_settings), _WRITES_LEFT)
        case _:
            raise request.refused_method()


def _slot_config_names(request: ArmRequest, site: Site) -> ArmResponse:
    match request.method:
        case "GET":
            _demand(request, site, _READ)
        case "PUT":
            _demand(request, site, _WRITE)
            put(site, inner(request.document(), "properties"))
        case _:
            raise request.refused_method()
    return shown(site)


def _web(request: ArmRequest, site: Site) -> ArmResponse:
    match request.method:
        case "GET":
            _demand(request, site, _READ)
        case "PATCH":
            _demand(request, site, _WRITE)
            site_config_web.patch(site, inner(request.document(), "properties"))
        case _:
            raise request.refused_method()
    return _shown(site, "web", site_config_web.properties(request.tenant, site))


def _demand(request: ArmRequest, site: Site, verb: str) -> None:
    request.demand(f"{site.type}/config/{verb}", site.id)


def _settings(request: ArmRequest, site: Site) -> Document:
    """Return the V2 document; what is classic does not show in it."""
    if site.auth_settings_version == "v1":
        return request.tenant.faults.fresh_auth_settings
    return site.auth_settings


def _shown(
    site: Site, name: str, properties: Document, headers: dict[str, str] | None = None
) -> ArmResponse:
    """
    Wrap *properties*, as azure-cli recorded it.

    The type is the same for every configuration; `web` alone is named after its site.
    """
    body = {
        "id": f"{site.id}/config/{name}",
        "name": site.name if name == "web" else name,
        "type": "Microsoft.Web/sites/config",
        "location": site.document["location"],
        "properties": properties,
    }
    return ArmResponse(200, body, {**PROVIDER_JSON, **(headers or {})})


def shown(site: Site) -> ArmResponse:
    """Return the names; the id is null and the type is the site's (azure-cli recordings)."""
    body = {
        "id": None,
        "name": site.name,
        "type": site.document["type"],
        "location": site.document["location"],
        "properties": {name: site.slot_config_names.get(name) for name in _LISTS},
    }
    return ArmResponse(200, body, PROVIDER_JSON)


def put(site: Site, sent: Document) -> None:
    """Replace the names by *sent* (`properties`); raises ArmError (400) for what is no list."""
    names = {name: sent.get(name) or [] for name in _LISTS}
    for name, value in names.items():
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            reason = "The value is not an array of strings."
            raise errors.value_invalid(f"properties.{name}", reason)
    site.slot_config_names = names


def begin_preview(site: Site, other: Site, sticky: list[str]) -> None:
    """Give *site* the values that *other* has of the *sticky* settings, until it is cancelled."""
    if site.before_preview is None:
        site.before_preview = dict(site.app_settings)
    kept = {name: value for name, value in site.app_settings.items() if name not in sticky}
    theirs = {name: value for name, value in other.app_settings.items() if name in sticky}
    site.app_settings = kept | theirs


def cancel_preview(site: Site) -> None:
    """Give *site* the app settings back that it had before a preview."""
    if site.before_preview is not None:
        site.app_settings, site.before_preview = site.before_preview, None


def of_dictionary(properties: Document, kind: str) -> dict[str, str]:
    """
    Return the settings in `properties` of config/appsettings; numbers and booleans become text.

    *kind* is the site's: on Linux a name has no colon and no hyphen.

    Raises ArmError (400, in Microsoft.Web's shape) for what no environment can hold.
    """
    for name, value in properties.items():
        if isinstance(value, dict | list) or value is None:
            raise errors.value_invalid(name, "The value is not a string.")
        _check(name, str(value), _ON_LINUX if "linux" in kind else _NAME)
    return {
        name: value if isinstance(value, str) else str(value).lower()
        for name, value in properties.items()
    }


def of_pairs(pairs: object, kind: str) -> dict[str, str]:
    """Return the settings in `siteConfig.appSettings`, a list; raises ArmError (400)."""
    settings: Document = {}
    for pair in pairs if isinstance(pairs, list) else (None,):
        match pair:
            case {"name": str(name), **others}:
                settings[name] = others.get("value") or ""
            case _:
                where = "properties.siteConfig.appSettings"
                reason = "The value is not an array of name-value pairs."
                raise errors.value_invalid(where, reason)
    return of_dictionary(settings, kind)


def _check(name: str, value: str, names: re.Pattern[str]) -> None:
    if names.fullmatch(name) is None:
        raise errors.setting_name_invalid(name)
    if "\0" in value:
        raise errors.value_invalid(name, "The value holds characters that are none.")
