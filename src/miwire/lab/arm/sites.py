"""ARM's Microsoft.Web/sites, and what all of it has in common with a slot."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from miwire.lab.arm import errors, groups, managed_identities, publishing, site_config
from miwire.lab.arm.paging import page
from miwire.lab.arm.request import PROVIDER_JSON, ArmResponse, inner
from miwire.lab.arm.site_document import SiteName, add_site, modified
from miwire.lab.documents import new_id
from miwire.lab.easyauth import front_end
from miwire.lab.easyauth.settings import GateSettings
from miwire.lab.state import replication
from miwire.lab.state.ports import NoPortLeft

if TYPE_CHECKING:
    from miwire.lab.arm.request import ArmRequest
    from miwire.lab.documents import Document
    from miwire.lab.state.site import Site

_ASSIGN = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"
_WRITABLE = frozenset(
    {
        "clientAffinityEnabled",
        "clientCertEnabled",
        "clientCertMode",
        "httpsOnly",
        "keyVaultReferenceIdentity",
        "publicNetworkAccess",
        "serverFarmId",
        "vnetRouteAllEnabled",
    }
)
"""Properties that a client may change; the others of a body are what it read, or are ignored."""
_ACCEPTED = 202
_STATES = {"start": "Running", "stop": "Stopped"}
_REQUESTS_LEFT = {"x-ms-ratelimit-remaining-subscription-resource-requests": "799"}
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,57}[A-Za-z0-9])?")


def listed(request: ArmRequest, group: str | None) -> ArmResponse:
    """List the sites of the subscription in the path, or of one of its groups."""
    if request.method != "GET":
        raise request.refused_method()
    request.demand("Microsoft.Web/sites/read", request.scope(4 if group else 2))
    tenant, subscription_id = request.tenant, request.folded[1]
    if group is not None:
        groups.demand_group(request, group)
    prefix = f"/subscriptions/{subscription_id}/"
    if group is not None:
        prefix += f"resourcegroups/{group.lower()}/"
    with_slots = request.query.get("includeSlots", "").lower() == "true"
    found = [
        front_end.shown(tenant, site)
        for key, site in tenant.sites.items()
        if key.startswith(prefix) and (with_slots or "/slots/" not in key)
    ]
    value, next_link = page(request, found)
    return ArmResponse(200, {"value": value, "nextLink": next_link, "id": None}, PROVIDER_JSON)


def answer(request: ArmRequest, group: str, name: str) -> ArmResponse:
    """Answer a request to a site, to one of its slots, or below them; raises ArmError."""
    match request.folded[8:]:
        case ("slots",):
            return slots_of(request, _existing(request, group, name))
        case ("slots", _):
            return _slot(request, _existing(request, group, name), request.segments[9])
        case ("slots", slot, *below):
            found = _existing(request, group, f"{name}/slots/{slot}", length=10)
            return _below(request, found, tuple(below))
        case ():
            return _site(request, group, name)
        case below:
            return _below(request, _existing(request, group, name), below)


def _site(request: ArmRequest, group: str, name: str) -> ArmResponse:
    match request.method:
        case "GET":
            request.demand("Microsoft.Web/sites/read", request.path)
            return _shown(request, _existing(request, group, name))
        case "PATCH" | "PUT":
            request.demand("Microsoft.Web/sites/write", request.path)
            return _changed(request, _existing(request, group, name))
        case _:
            raise request.refused_method()


def _slot(request: ArmRequest, site: Site, name: str) -> ArmResponse:
    action = "read" if request.method == "GET" else "write"
    if request.method not in {"GET", "PATCH", "PUT"}:
        raise request.refused_method()
    request.demand(f"Microsoft.Web/sites/slots/{action}", request.path)
    found = request.tenant.sites.get(request.path.lower())
    match request.method, found:
        case "PUT", None:
            return _made(request, site, name)
        case _, None:
            group = str(site.document["properties"]["resourceGroup"])
            full_name = f"{site.name}/slots/{name}"
            raise errors.resource_not_found("Microsoft.Web/sites", full_name, group)
        case "GET", slot:
            return _shown(request, slot)
        case _, slot:
            return _changed(request, slot)


def _made(request: ArmRequest, site: Site, name: str) -> ArmResponse:
    """Make the slot *name*, unless something in the body will not do."""
    slot = made(request, site, name)
    try:
        return _changed(request, slot)
    except errors.ArmError:
        del request.tenant.sites[slot.id.lower()]
        raise


def _below(request: ArmRequest, site: Site, below: tuple[str, ...]) -> ArmResponse:
    """Answer a request for what is *below* a site or a slot, in lower case."""
    match below:
        case ("config", *rest):
            return site_config.answer(request, site, tuple(rest))
        case ("restart" | "start" | "stop" as action,):
            return _acted(request, site, action)
        case ("applyslotconfig" | "resetslotconfig" as action,):
            return _previewed(request, site, action)
        case ("publishxml",):
            return publishing.profiles(request, site)
        case ("basicpublishingcredentialspolicies", *rest):
            return publishing.policies(request, site, tuple(rest))
        case (kind, *_):
            namespace = "sites/slots" if "/" in site.name else "sites"
            full = f"{namespace}/{kind}"
            raise errors.type_not_found("Microsoft.Web", full, request.api_version)
        case _:
            raise errors.path_not_found(request.path)


def _acted(request: ArmRequest, site: Site, action: str) -> ArmResponse:
    """Restart, start or stop *site*."""
    if request.method != "POST":
        raise request.refused_method()
    request.demand(f"{site.type}/{action}/action", site.id)
    site.restarts += 1
    if action != "restart":
        site.document["properties"]["state"] = _STATES[action]
    return ArmResponse(200, None)


def _previewed(request: ArmRequest, site: Site, action: str) -> ArmResponse:
    """
    Begin or cancel a swap with preview: *site* gets the other slot's settings that stay with it.

    It is refused once a slot has authentication (documentation of deploy-staging-slots).
    """
    if request.method != "POST":
        raise request.refused_method()
    if action == "resetslotconfig":
        request.demand(f"{site.type}/resetSlotConfig/action", site.id)
        site_config.cancel_preview(site)
        return ArmResponse(200, None)
    request.demand(f"{site.type}/applySlotConfig/action", site.id)
    name, production = request.document().get("targetSlot"), site.id.partition("/slots/")[0]
    below = "" if str(name).lower() == "production" else f"/slots/{name}"
    other = request.tenant.sites.get(f"{production}{below}".lower())
    if other is None or other.id == site.id:
        raise errors.value_invalid("targetSlot", "There is no such other slot.")
    if any(GateSettings.of(each).enabled for each in (site, other)):
        raise errors.preview_refused()
    sticky = request.tenant.sites[production.lower()].slot_config_names
    site_config.begin_preview(site, other, sticky.get("appSettingNames", []))
    return ArmResponse(200, None)


def _changed(request: ArmRequest, site: Site) -> ArmResponse:
    """
    Change *site* as PATCH (which merges) or PUT does.

    A PUT without `identity` leaves the identity alone: Microsoft.Web has long done so, although
    sources do not agree. A property that a PUT leaves out keeps its value, too.
    """
    tenant, body, merge = request.tenant, request.document(), request.method == "PATCH"
    identity = inner(body, "identity")
    if not merge:
        _check_location(body)
    properties, tags = inner(body, "properties"), inner(body, "tags")
    written, pairs = _writable(site, properties), inner(properties, "siteConfig").get("appSettings")
    settings = (
        site.app_settings if pairs is None else site_config.of_pairs(pairs, site.document["kind"])
    )
    if identity:
        _demand_assignment(request, managed_identities.newly_attached(site, identity))
        managed_identities.apply(tenant, site, identity, merge=merge)
    site.document["properties"] |= written
    site.app_settings = settings
    if body.get("tags") is not None:
        site.document["tags"] = site.document["properties"]["tags"] = tags
    site.document["properties"]["lastModifiedTimeUtc"] = modified(tenant.clock)
    return _late(request, site) if tenant.faults.arm_late else _shown(request, site)


def _late(request: ArmRequest, site: Site) -> ArmResponse:
    """
    Answer before the change took effect, with the document that readers still see.

    The example of UpdateWebApp in azure-rest-api-specs has the status 202 and the address of an
    operation; the SDKs take the body for the result. What is new has the document it will have.
    """
    seen = replication.resources(request.tenant).sites.get(site.id.lower(), site)
    status, shown = request.tenant.faults.arm_late_status, _shown(request, seen)
    operation = f"{request.tenant.addresses.arm}{site.id}/operationResults/{new_id()}"
    accepted = {"azure-asyncoperation": f"{operation}?api-version={request.api_version}"}
    return replace(
        shown, status=status, headers={**shown.headers, **(accepted if status == _ACCEPTED else {})}
    )


def _check_location(body: Document) -> None:
    if not isinstance(body.get("location"), str):
        raise errors.location_required()


def _writable(site: Site, properties: Document) -> Document:
    """Return what of *properties* is to be written; raises ArmError (400) for another type."""
    written = {
        name: value for name, value in properties.items() if name in _WRITABLE and value is not None
    }
    for name, value in written.items():
        before = site.document["properties"][name]
        if not isinstance(value, str if before is None else type(before)):
            raise errors.value_invalid(f"properties.{name}", "The value has another type.")
    return written


def _demand_assignment(request: ArmRequest, resource_ids: list[str]) -> None:
    caller = request.caller
    for resource_id in resource_ids:
        if not caller.may(_ASSIGN):
            raise errors.linked_forbidden(
                caller.client_id,
                caller.object_id,
                "Microsoft.Web/sites/write",
                request.path,
                _ASSIGN,
                resource_id,
            )


def _shown(request: ArmRequest, site: Site) -> ArmResponse:
    order = ("id", "name", "type", "kind", "location", "tags", "properties", "identity")
    document = front_end.shown(request.tenant, site)
    body = {name: document[name] for name in order if name in document}
    headers = {"ETag": f'"{_etag(site)}"', **PROVIDER_JSON}
    if request.method != "GET":
        headers |= _REQUESTS_LEFT
    return ArmResponse(200, body, headers)


def _etag(site: Site) -> str:
    """Return the last change as ETags of sites have it: in 100 ns since 1601, hexadecimal."""
    changed = datetime.fromisoformat(site.document["properties"]["lastModifiedTimeUtc"][:-1])
    return f"{(changed - datetime(1601, 1, 1)) // timedelta(microseconds=1) * 10:X}"  # noqa: DTZ001


def _existing(request: ArmRequest, group: str, name: str, length: int = 8) -> Site:
    """Return the site whose id the first *length* segments of the path are."""
    site = request.tenant.sites.get(request.scope(length).lower())
    if site is None:
        groups.demand_group(request, group)
        raise errors.resource_not_found("Microsoft.Web/sites", name, group)
    return site


def slots_of(request: ArmRequest, site: Site) -> ArmResponse:
    """List the slots of *site*, production apart."""
    if request.method != "GET":
        raise request.refused_method()
    request.demand("Microsoft.Web/sites/slots/read", site.id)
    prefix = f"{site.id.lower()}/slots/"
    tenant = request.tenant
    slots = [each for key, each in tenant.sites.items() if key.startswith(prefix)]
    found = [front_end.shown(tenant, each) for each in slots]
    return ArmResponse(200, {"value": found, "nextLink": None, "id": None}, PROVIDER_JSON)


def made(request: ArmRequest, site: Site, name: str) -> Site:
    """
    Make the slot *name* of *site*, as PUT does: empty, with nothing of the app's configuration.

    Raises ArmError for a name that no host name can hold (400), and where the lab has no gate
    left (409, in the words for a plan that has no slot left; their number is not known).
    """
    if _NAME.fullmatch(name) is None:
        raise errors.value_invalid("slot", "The name is not valid.")
    properties = site.document["properties"]
    subscription_id = site.id.split("/")[2]
    where = SiteName(subscription_id, properties["resourceGroup"], site.name, name)
    try:
        return add_site(request.tenant, where, site.document["kind"])
    except NoPortLeft:
        raise errors.slots_exceeded(properties["sku"]) from None
