"""
What answers for an app before its authentication does: App Service's front end, and gateways.

A fault configuration sets a state of an app or something in front of it; what ARM says of the app
does the same.
"""

from __future__ import annotations

import secrets
from ipaddress import ip_address, ip_network
from string import Template
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from miwire.lab.easyauth.principal_headers import header_value
from miwire.lab.faults.answers import BY_FRONT, BY_STATE, REASON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from miwire.lab.documents import Document
    from miwire.lab.faults.answers import Front, Page, SiteState
    from miwire.lab.state.site import Site
    from miwire.lab.state.tenant import Tenant

ANY_ADDRESS = "any"
"""The address of a rule about every caller, in lower case."""
RESTRICTIONS = "ipSecurityRestrictions"
DEFAULT_ACTION = f"{RESTRICTIONS}DefaultAction"
_LEAST_IMPORTANT = 2**31 - 1


class PageResponse(Response):
    """A page whose texts are filled with *values*, with a reason phrase where it has its own."""

    def __init__(self, page: Page, values: Mapping[str, str]) -> None:
        super().__init__(Template(page.body).safe_substitute(values), page.status)
        _put(self, page.headers, values)
        self._reason = page.reason

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        say = scope.get("extensions", {}).get(REASON)
        if self._reason and say is not None:
            say(self._reason)
        await super().__call__(scope, receive, send)


def values(tenant: Tenant, request: Request, host: str, target: str) -> dict[str, str]:
    """Return what fills the texts of an answer to *request*, which asks *host* for *target*."""
    return {
        "host": host,
        "target": header_value(target),
        "ip": address_of(request),
        "ref": f"{tenant.clock.utc():%Y%m%dT%H%M%SZ}-{secrets.token_hex(21)}",
        "ray": secrets.token_hex(8),
    }


def address_of(request: Request) -> str:
    """Return the address that *request* came from."""
    return request.client.host if request.client else "127.0.0.1"


def page(tenant: Tenant, site: Site, request: Request) -> Page | None:
    """Return what App Service's front end answers itself, None where the request is passed on."""
    state = _state(tenant, site, request)
    return state.page if state is not None else None


def front_of(tenant: Tenant, site: Site) -> Front | None:
    """Return what is in front of *site*, if anything is."""
    name = _configured(tenant.faults.fronts, site)
    return BY_FRONT[name] if name else None


def blocked(front: Front, request: Request, texts: Mapping[str, str]) -> Response | None:
    """Return what *front* answers itself, None where it passes *request* on."""
    agent = request.headers.get("user-agent", "").lower()
    if front.page is None or (front.user_agents and not agent.startswith(front.user_agents)):
        return None
    request.scope["fault"] = "fronts"
    return PageResponse(front.page, texts)


def passed_on(front: Front, headers: list[tuple[bytes, bytes]], texts: Mapping[str, str]) -> None:
    """Put the headers of *front* on a request, in place of any that its caller sent."""
    added = {
        name.lower().encode(): Template(value).safe_substitute(texts).encode()
        for name, value in front.adds.items()
    }
    headers[:] = [each for each in headers if each[0].lower() not in added]
    headers.extend(added.items())


def marked(front: Front, response: Response, texts: Mapping[str, str]) -> None:
    """Put the headers of *front* on *response*, in place of the app's own of these names."""
    _put(response, front.headers, texts)


def shown(tenant: Tenant, site: Site) -> Document:
    """Return the document of *site* as ARM shows it in the present faults."""
    name = _configured(tenant.faults.sites, site)
    if not name or not BY_STATE[name].properties:
        return site.document
    changed = site.document["properties"] | BY_STATE[name].properties
    return site.document | {"properties": changed}


def config(tenant: Tenant, site: Site) -> Document:
    """Return what is set in config/web of *site*, as ARM shows it in the present faults."""
    name = _configured(tenant.faults.sites, site)
    return site.web_config | (BY_STATE[name].config if name else {})


def _configured(by_name: Mapping[str, str], site: Site) -> str:
    return next((value for name, value in by_name.items() if site.is_called(name)), "")


def _state(tenant: Tenant, site: Site, request: Request) -> SiteState | None:
    """Return the state that faults set, or the first that ARM's properties amount to."""
    name = _configured(tenant.faults.sites, site)
    if name:
        return BY_STATE[name]
    properties = site.document["properties"]
    if properties.get("state", "Running") != "Running":
        return BY_STATE["stopped"]
    if properties.get("publicNetworkAccess") == "Disabled":
        return BY_STATE["private"]
    if not _is_allowed(site.web_config, address_of(request)):
        return BY_STATE["restricted"]
    # The lab takes no certificates from callers.
    required = properties.get("clientCertMode") == "Required"
    return (
        BY_STATE["client-certificate"] if properties.get("clientCertEnabled") and required else None
    )


def _is_allowed(web_config: Document, address: str) -> bool:
    """
    Return whether the access restrictions let *address* through: the first rule that fits decides.

    Where no rule fits the default action does; without one, any rule means Deny.
    """
    rules = web_config.get(RESTRICTIONS) or []
    for rule in sorted(rules, key=lambda each: each.get("priority", _LEAST_IMPORTANT)):
        if _fits(rule, address):
            return bool(rule.get("action", "Allow") == "Allow")
    default = web_config.get(DEFAULT_ACTION) or ("Deny" if rules else "Allow")
    return bool(default == "Allow")


def _fits(rule: Document, address: str) -> bool:
    """Return whether *rule* is about *address*; no service tag and no subnet has loopback in it."""
    listed = str(rule.get("ipAddress", ""))
    if rule.get("tag", "Default") != "Default":
        return False
    if listed.lower() == ANY_ADDRESS:
        return True
    caller = ip_address(address)
    return any(caller in network for network in networks(listed))


def networks(listed: str) -> list[Any]:
    """Return the networks of a rule, which are separated by commas; raises ValueError."""
    return [ip_network(each.strip(), strict=False) for each in listed.split(",") if each.strip()]


def _put(response: Response, headers: Mapping[str, str], texts: Mapping[str, str]) -> None:
    for name, value in headers.items():
        response.headers[name] = Template(value).safe_substitute(texts)
