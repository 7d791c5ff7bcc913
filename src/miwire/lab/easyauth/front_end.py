"""App Service's front end, which answers for an app before its gate does: stopped, restricted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from miwire.lab.documents import Document
    from miwire.lab.state.site import Site
    from miwire.lab.state.tenant import Tenant

_PAGE = (
    "<!DOCTYPE html><html><head><title>Web App - Unavailable</title></head>"
    "<body><h1>{title}</h1><p>{text}</p></body></html>"
)
_STOPPED = _PAGE.format(
    title="Error 403 - This web app is stopped.",
    text=(
        "The web app you have attempted to reach is currently stopped and does not accept any"
        " requests. Please try to reload the page or visit it again soon."
    ),
)
_RESTRICTED = _PAGE.format(
    title="Error 403 - Forbidden",
    text="The web app you have attempted to reach has blocked your access. (Ip Forbidden)",
)


def answer(tenant: Tenant, site: Site, request: Request) -> Response | None:
    """Return what the front end answers by itself, None where the request goes on to the gate."""
    properties = shown(tenant, site)["properties"]
    if properties.get("state") == "Stopped":
        return HTMLResponse(_STOPPED, 403)
    if properties.get("publicNetworkAccess") == "Disabled":
        address = request.client.host if request.client else "127.0.0.1"
        return HTMLResponse(_RESTRICTED, 403, {"x-ms-forbidden-ip": address})
    return None


def shown(tenant: Tenant, site: Site) -> Document:
    """Return the document of *site* as ARM shows it in the present faults."""
    changed: Document
    match next((state for name, state in tenant.faults.sites.items() if site.is_called(name)), ""):
        case "stopped":
            changed = {"state": "Stopped"}
        case "restricted":
            changed = {"publicNetworkAccess": "Disabled"}
        case _:
            return site.document
    return site.document | {"properties": site.document["properties"] | changed}
