"""
The lab's own routes beside ARM's: what was asked, back to the start, a token for a test.

They give tokens with any claims, so every route but `health` takes the lab's key in a header:
other users of this machine can reach the port. A web page could make a browser send requests:
those with an Origin, or for another host (DNS rebinding), are refused whatever they hold.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.responses import JSONResponse
from starlette.routing import Route

from miwire.lab.documents import LOCALHOST
from miwire.lab.entra.tokens import (
    BACKDATED,
    MANAGED_IDENTITY_LIFETIME,
    app_only_claims,
    issuer,
    signed,
    token_version,
)
from miwire.lab.faults.config import FaultConfig
from miwire.lab.faults.readers import FaultsRefused
from miwire.lab.process import environment
from miwire.lab.process.environment import KEY_HEADER
from miwire.lab.process.request_log import CONTROL
from miwire.lab.scenes.names import NAMES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Container

    from starlette.requests import Request
    from starlette.responses import Response

    from miwire.lab.documents import Document
    from miwire.lab.process.lab import Lab
    from miwire.lab.state.site import Site
    from miwire.lab.state.tenant import Tenant

    Answer = Callable[[Lab, Request], Awaitable[Document]]

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_HOSTS = frozenset({LOCALHOST, "127.0.0.1"})
_OPEN = "health"
"""The one route that takes no key: it says only that the lab answers."""
_PORTS = {"http": 80, "https": 443}


class ControlError(Exception):
    """A control request that cannot be answered: its status, and one sentence for the caller."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def routes(lab: Lab) -> list[Route]:
    """Return the control routes of *lab*."""
    operations: tuple[tuple[str, str, Answer], ...] = (
        ("GET", _OPEN, _health),
        ("GET", "requests", _requests),
        ("GET", "status", _status),
        ("GET", "site", _one_site),
        ("GET", "environment", _environment),
        ("POST", "reset", _reset),
        ("POST", "clock", _clock),
        ("GET", "faults", _present_faults),
        ("POST", "faults", _new_faults),
        ("POST", "gate", _gate),
        ("POST", "tokens", _tokens),
    )
    return [
        *(
            Route(
                CONTROL + name,
                _guarded(lab, answer, takes_key=name != _OPEN),
                methods=[method],
            )
            for method, name, answer in operations
        ),
        Route(f"{CONTROL}{{path:path}}", _guarded(lab, _unknown), methods=_METHODS),
    ]


def _guarded(
    lab: Lab, answer: Answer, *, takes_key: bool = True
) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        host = request.headers.get("host", "").partition(":")[0].lower()
        if host not in _HOSTS | {lab.host} or "origin" in request.headers:
            return _refusal(403, f"Only programs of this machine may ask, at {lab.host}.")
        if takes_key and not _has_key(lab, request):
            return _refusal(401, f"The header {KEY_HEADER} must hold the lab's key.")
        try:
            return JSONResponse(await answer(lab, request), headers={"Cache-Control": "no-store"})
        except ControlError as error:
            return _refusal(error.status, str(error))

    return handle


def _has_key(lab: Lab, request: Request) -> bool:
    """Return whether the request holds the lab's key, compared in constant time."""
    given = request.headers.get(KEY_HEADER, "").encode()
    return hmac.compare_digest(given, lab.builder.operator.lab_key.encode())


def _refusal(status: int, sentence: str) -> Response:
    return JSONResponse({"error": {"message": sentence}}, status)


async def _health(_: Lab, __: Request) -> Document:
    return {"ready": True}


async def _requests(lab: Lab, _: Request) -> Document:
    return {"requests": lab.log.answered()}


async def _status(lab: Lab, _: Request) -> Document:
    tenant = lab.tenant
    return {
        "scene": lab.scene,
        "tenantId": tenant.tenant_id,
        "subscriptionId": tenant.subscription_id,
        "now": tenant.clock.utc().isoformat(timespec="seconds"),
        "sites": [_listed(site) for site in tenant.sites.values()],
    }


async def _one_site(lab: Lab, request: Request) -> Document:
    return _listed(_site(lab, request.query_params.get("name", "")))


def _listed(site: Site) -> Document:
    return {
        "name": site.name,
        "url": f"https://{site.host}",
        "resourceId": site.id,
        "hasIdentity": "identity" in site.document,
        "program": site.program,
        "upstream": site.upstream,
    }


async def _environment(lab: Lab, request: Request) -> Document:
    """Return what a program inside an app is given: there are secrets in it."""
    site = _site(lab, request.query_params.get("site", ""))
    return {"environment": environment.of_site(lab.tenant, site, lab.folder)}


async def _reset(lab: Lab, request: Request) -> Document:
    scene = (await _body(request)).get("scene", lab.scene)
    if not isinstance(scene, str) or scene not in NAMES:
        raise ControlError(400, f"There is no such scene; there are {', '.join(NAMES)}.")
    await lab.reset(scene)
    return {"scene": scene}


async def _clock(lab: Lab, request: Request) -> Document:
    seconds = (await _body(request)).get("advance")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ControlError(400, "advance must be a number of seconds.")
    clock, before = lab.tenant.clock, lab.tenant.clock.offset
    try:
        clock.offset = before + seconds
        return {"now": clock.utc().isoformat(timespec="seconds")}
    except (OverflowError, ValueError, OSError):
        clock.offset = before
        raise ControlError(400, "advance leaves the calendar.") from None


async def _new_faults(lab: Lab, request: Request) -> Document:
    """Replace the whole fault configuration; an empty object turns all faults off."""
    try:
        faults = FaultConfig.of(await _body(request), lab.seed)
    except FaultsRefused as error:
        raise ControlError(400, str(error)) from None
    for name in (*faults.sites, *faults.fronts, *faults.request_metrics):
        _site(lab, name, status=400)
    lab.set_faults(faults)
    return await _present_faults(lab, request)


async def _present_faults(lab: Lab, _: Request) -> Document:
    faults = lab.tenant.faults
    return {
        **faults.sent,
        "seed": faults.seed,
        "struck": lab.injector.matcher.counts(),
        "hanging": lab.injector.hanging(),
    }


async def _gate(lab: Lab, request: Request) -> Document:
    """Put the gate of an app before another program, or before its own again (null)."""
    body = await _body(request)
    site, url = _site(lab, str(body.get("site", ""))), body.get("upstream")
    if url is not None:
        own_ports = set(lab.ports)
        try:
            url = checked(str(url), own_ports)
        except UpstreamRefused as error:
            raise ControlError(400, str(error)) from None
    site.upstream = url
    return {"site": site.name, "url": f"https://{site.host}", "upstream": url}


async def _tokens(lab: Lab, request: Request) -> Document:
    body = await _body(request)
    claims, name = body.get("claims", {}), body.get("site")
    if not isinstance(claims, dict):
        raise ControlError(400, "claims must be an object.")
    if name is None:
        return {"access_token": token(lab.tenant, claims, None)}
    site = _site(lab, str(name))
    principal = lab.tenant.service_principals.get(site.principal_id or "")
    if principal is None:
        raise ControlError(400, f"The app {site.name} has no system-assigned identity.")
    return {"access_token": token(lab.tenant, claims, principal)}


async def _unknown(_: Lab, request: Request) -> Document:
    raise ControlError(404, f"There is no {request.method} {request.url.path}.")


async def _body(request: Request) -> Document:
    raw = await request.body()
    try:
        body = json.loads(raw) if raw else {}
    except (ValueError, RecursionError):
        raise ControlError(400, "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise ControlError(400, "The body must be a JSON object.")
    return body


def _site(lab: Lab, name: str, *, status: int = 404) -> Site:
    """Return the app with this name, GROUP/NAME or resource id; raises ControlError."""
    found = [site for site in lab.tenant.sites.values() if site.is_called(name)]
    match found:
        case [site]:
            return site
        case []:
            raise ControlError(status, f"The lab has no app {name!r}.")
        case _:
            names = " and ".join(site.with_group.lower() for site in found)
            raise ControlError(status, f"The lab has several apps {name!r}: {names}.")


class UpstreamRefused(Exception):
    """A URL cannot stand behind a gate; the message is one sentence that says why."""


def checked(url: str, own_ports: Container[int]) -> str:
    """
    Return the base URL of a program on loopback, without a trailing slash.

    The gate hands on bearer tokens and vouches for callers, so they never leave this machine; and
    it passes paths on byte by byte, so there is no path of the program's own. *own_ports* are the
    lab's: a gate behind a gate would ask itself for ever. Raises UpstreamRefused.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UpstreamRefused(f"{url!r} is no URL: {error}.") from None
    if parts.scheme not in _PORTS or not host:
        raise UpstreamRefused(f"{url!r} is no http or https URL.")
    if not _is_loopback(host):
        raise UpstreamRefused(
            f"{host} is not this machine: authentication can be put in front of programs on"
            " loopback only, such as http://127.0.0.1:8000."
        )
    if parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
        raise UpstreamRefused("An upstream is a scheme, a host and a port, and nothing else.")
    if (port if port is not None else _PORTS[parts.scheme]) in own_ports:
        raise UpstreamRefused(f"{url} is the lab itself.")
    return f"{parts.scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def token(tenant: Tenant, claims: dict[str, Any], client: Document | None) -> str:
    """
    Return a token with *claims*, and with what a real one would have besides.

    That is who *client* (a service principal) is, if given, and when, where and in which version
    the token was issued: the version that the registration named by `aud` asks for, 1.0 where
    there is none. What is in *claims* stands as it is.
    """
    return signed(tenant, _usual(tenant, claims, client) | claims)


def _usual(tenant: Tenant, claims: dict[str, Any], client: Document | None) -> dict[str, Any]:
    audience = str(claims.get("aud", ""))
    application = _application(tenant, audience)
    resource = tenant.service_principal_of(application["appId"] if application else audience)
    if client is not None and resource is not None and "ver" not in claims:
        return app_only_claims(tenant, client, resource, audience, MANAGED_IDENTITY_LIFETIME)
    now = int(tenant.clock.now())
    version = str(claims.get("ver") or token_version(application))
    usual: dict[str, Any] = {
        "iss": issuer(tenant, version),
        "iat": now - BACKDATED,
        "nbf": now - BACKDATED,
        "exp": now + MANAGED_IDENTITY_LIFETIME,
        "tid": tenant.tenant_id,
        "ver": version,
    }
    if client is not None:
        name = "azp" if version == "2.0" else "appid"
        usual |= {
            name: client["appId"],
            f"{name}acr": "2",
            "oid": client["id"],
            "sub": client["id"],
            "aio": secrets.token_urlsafe(24),
            "rh": secrets.token_urlsafe(24),
            "uti": secrets.token_urlsafe(16),
        }
    return usual


def _application(tenant: Tenant, audience: str) -> Document | None:
    """Return the registration that *audience* names by client id or identifier URI."""
    return next(
        (
            application
            for application in tenant.applications.values()
            if audience in {application["appId"], *application["identifierUris"]}
        ),
        None,
    )
