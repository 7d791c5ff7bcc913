"""
Functions of an app, with the bindings by which they are triggered.

The members are those of a list that a user captured in December 2023 from a Python function app;
an app that is no function app lists none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from miwire.lab.arm import errors
from miwire.lab.arm.request import PROVIDER_JSON, ArmResponse, inner

if TYPE_CHECKING:
    from miwire.lab.arm.request import ArmRequest
    from miwire.lab.documents import Document
    from miwire.lab.state.site import Site

HTTP: list[Document] = [
    {
        "direction": "IN",
        "type": "httpTrigger",
        "name": "req",
        "methods": ["GET", "POST"],
        "authLevel": "FUNCTION",
    },
    {"direction": "OUT", "type": "http", "name": "$return"},
]
EVENT_GRID: list[Document] = [{"direction": "IN", "type": "eventGridTrigger", "name": "event"}]
"""Event Grid delivers to /runtime/webhooks/EventGrid of the app (azure-docs#99036)."""
EVENT_GRID_BLOBS: list[Document] = [
    {
        "direction": "IN",
        "type": "blobTrigger",
        "name": "blob",
        "path": "orders/{name}",
        "source": "EventGrid",
        "connection": "AzureWebJobsStorage",
    }
]
"""A blob trigger that Event Grid calls, at /runtime/webhooks/blobs."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,126}")


def answer(request: ArmRequest, site: Site, below: tuple[str, ...]) -> ArmResponse:
    """Answer a request for the functions of *site*, or for the one that *below* names."""
    match request.method, below:
        case "GET", ():
            _demand(request, site, "read")
            value = [_document(site, name) for name in site.functions]
            return ArmResponse(200, {"value": value, "nextLink": None, "id": None}, PROVIDER_JSON)
        case "GET", (_,):
            _demand(request, site, "read")
            return ArmResponse(200, _document(site, _existing(request, site)), PROVIDER_JSON)
        case "PUT", (_,):
            _demand(request, site, "write")
            return _made(request, site, request.segments[-1])
        case "DELETE", (_,):
            _demand(request, site, "delete")
            del site.functions[_existing(request, site)]
            return ArmResponse(204, None)
        case _, () | (_,):
            raise request.refused_method()
        case _:
            raise errors.path_not_found(request.path)


def _demand(request: ArmRequest, site: Site, verb: str) -> None:
    request.demand(f"{site.type}/functions/{verb}", site.id)


def _existing(request: ArmRequest, site: Site) -> str:
    """Return how the function is spelled that the path names; raises ArmError (404)."""
    wanted = request.segments[-1]
    for name in site.functions:
        if name.lower() == wanted.lower():
            return name
    raise errors.function_not_found(wanted)


def _made(request: ArmRequest, site: Site, name: str) -> ArmResponse:
    """Create or replace a function, as the SDKs' create_function does."""
    if "functionapp" not in site.document["kind"] or _NAME.fullmatch(name) is None:
        raise errors.value_invalid("functionName", "The name is not valid for a function here.")
    config = inner(inner(request.document(), "properties"), "config")
    bindings = config.get("bindings")
    if not isinstance(bindings, list) or not all(_is_binding(each) for each in bindings):
        raise errors.value_invalid("properties.config", "It has no array of bindings with types.")
    known = next((each for each in site.functions if each.lower() == name.lower()), name)
    site.functions[known] = bindings
    return ArmResponse(201, _document(site, known), PROVIDER_JSON)


def _is_binding(value: Any) -> bool:  # noqa: ANN401 - JSON is any value
    return isinstance(value, dict) and isinstance(value.get("type"), str)


def _document(site: Site, name: str) -> Document:
    bindings, base = site.functions[name], f"https://{site.host}"
    triggered = next((each for each in bindings if each["type"].lower() == "httptrigger"), None)
    route = None if triggered is None else f"{base}/api/{triggered.get('route') or name}"
    directory = "/home/site/wwwroot"
    config = {
        "name": name,
        "entryPoint": name,
        "scriptFile": "function_app.py",
        "language": "python",
        "functionDirectory": directory,
        "bindings": bindings,
    }
    return {
        "id": f"{site.id}/functions/{name}",
        "name": f"{site.name}/{name}",
        "type": f"{site.type}/functions",
        "location": site.document["location"],
        "properties": {
            "name": name,
            "function_app_id": None,
            "script_root_path_href": None,
            "script_href": f"{base}/admin/vfs{directory}/function_app.py",
            "config_href": None,
            "test_data_href": f"{base}/admin/vfs/tmp/FunctionsData/{name}.dat",
            "secrets_file_href": None,
            "href": f"{base}/admin/functions/{name}",
            "config": config,
            "files": None,
            "test_data": "",
            "invoke_url_template": route,
            "language": "python",
            "isDisabled": False,
        },
    }
