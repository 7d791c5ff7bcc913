"""ARM's Microsoft.Web/sites and Microsoft.ManagedIdentity/userAssignedIdentities."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from miwire.lab import app_settings, arm_errors, managed_identities, site_config
from miwire.lab.arm_requests import PROVIDER_JSON, ArmResponse, inner
from miwire.lab.site_document import modified

if TYPE_CHECKING:
    from miwire.lab.arm_requests import ArmRequest
    from miwire.lab.tenant import Document, Site, Tenant

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
_REQUESTS_LEFT = {"x-ms-ratelimit-remaining-subscription-resource-requests": "799"}


def listed(request: ArmRequest, group: str | None) -> ArmResponse:
    """List the sites of the subscription in the path, or of one of its groups."""
    if request.method != "GET":
        raise request.refused_method()
    request.demand("Microsoft.Web/sites/read", request.scope(4 if group else 2))
    tenant, subscription_id = request.tenant, request.folded[1]
    if group is not None and not _has_group(tenant, subscription_id, group):
        raise arm_errors.group_not_found(group)
    prefix = f"/subscriptions/{subscription_id}/"
    if group is not None:
        prefix += f"resourcegroups/{group.lower()}/"
    found = [site.document for key, site in tenant.sites.items() if key.startswith(prefix)]
    return ArmResponse(200, {"value": found, "nextLink": None, "id": None}, PROVIDER_JSON)


def answer(request: ArmRequest, group: str, name: str) -> ArmResponse:
    """Answer a request to a site or below it; raises ArmError."""
    below = request.folded[8:]
    if below[:1] == ("config",):
        return site_config.answer(request, _existing(request, group, name), below[1:])
    if below:
        kind = f"sites/{request.segments[8]}"
        raise arm_errors.type_not_found("Microsoft.Web", kind, request.api_version)
    match request.method:
        case "GET":
            request.demand("Microsoft.Web/sites/read", request.path)
            return _shown(request, _existing(request, group, name))
        case "PATCH" | "PUT":
            request.demand("Microsoft.Web/sites/write", request.path)
            site = _existing(request, group, name)
            _change(request, site, request.document(), merge=request.method == "PATCH")
            return _shown(request, site)
        case _:
            raise request.refused_method()


def user_assigned(request: ArmRequest, group: str, name: str) -> ArmResponse:
    """Read (GET) or make (PUT) a user-assigned identity; raises ArmError."""
    found = request.tenant.user_assigned_identities.get(request.path.lower())
    kind = "Microsoft.ManagedIdentity/userAssignedIdentities"
    match request.method:
        case "GET":
            request.demand(f"{kind}/read", request.path)
            if found is None:
                raise arm_errors.resource_not_found(kind, name, group)
            return ArmResponse(200, found)
        case "PUT":
            request.demand(f"{kind}/write", request.path)
            body = request.document()
            if not isinstance(body.get("location"), str):
                raise _location_required()
            if found is not None:
                found["tags"] = inner(body, "tags")
                return ArmResponse(200, found)
            tenant, tags = request.tenant, inner(body, "tags")
            made = managed_identities.new_user_assigned(
                tenant, request.path, body["location"], tags
            )
            return ArmResponse(201, made, {"Location": made["id"]})
        case _:
            raise request.refused_method()


def _change(request: ArmRequest, site: Site, body: Document, *, merge: bool) -> None:
    """
    Change *site* as PATCH (*merge*) or PUT does.

    A PUT without `identity` leaves the identity alone: Microsoft.Web has long done so, although
    sources do not agree. A property that a PUT leaves out keeps its value, too.
    """
    tenant, identity = request.tenant, inner(body, "identity")
    if not merge and not isinstance(body.get("location"), str):
        raise _location_required()
    properties, tags = inner(body, "properties"), inner(body, "tags")
    written, pairs = _writable(site, properties), inner(properties, "siteConfig").get("appSettings")
    settings = site.app_settings if pairs is None else app_settings.of_pairs(pairs)
    if identity:
        _demand_assignment(request, managed_identities.newly_attached(site, identity))
        managed_identities.apply(tenant, site, identity, merge=merge)
    site.document["properties"] |= written
    site.app_settings = settings
    if body.get("tags") is not None:
        site.document["tags"] = site.document["properties"]["tags"] = tags
    site.document["properties"]["lastModifiedTimeUtc"] = modified(tenant.clock)


def _writable(site: Site, properties: Document) -> Document:
    """Return what of *properties* is to be written; raises ArmError (400) for another type."""
    written = {
        name: value for name, value in properties.items() if name in _WRITABLE and value is not None
    }
    for name, value in written.items():
        before = site.document["properties"][name]
        if not isinstance(value, str if before is None else type(before)):
            raise arm_errors.value_invalid(f"properties.{name}", "The value has another type.")
    return written


def _demand_assignment(request: ArmRequest, resource_ids: list[str]) -> None:
    caller = request.caller
    for resource_id in resource_ids:
        if not caller.may(_ASSIGN):
            raise arm_errors.linked_forbidden(
                caller.client_id, caller.object_id, request.path, resource_id
            )


def _shown(request: ArmRequest, site: Site) -> ArmResponse:
    order = ("id", "name", "type", "kind", "location", "tags", "properties", "identity")
    body = {name: site.document[name] for name in order if name in site.document}
    headers = {"ETag": f'"{_etag(site)}"', **PROVIDER_JSON}
    if request.method != "GET":
        headers |= _REQUESTS_LEFT
    return ArmResponse(200, body, headers)


def _etag(site: Site) -> str:
    """Return the last change as ETags of sites have it: in 100 ns since 1601, hexadecimal."""
    changed = datetime.fromisoformat(site.document["properties"]["lastModifiedTimeUtc"][:-1])
    return f"{(changed - datetime(1601, 1, 1)) // timedelta(microseconds=1) * 10:X}"  # noqa: DTZ001


def _existing(request: ArmRequest, group: str, name: str) -> Site:
    tenant, subscription_id = request.tenant, request.folded[1]
    site = tenant.sites.get(request.scope(8).lower())
    if site is None and not _has_group(tenant, subscription_id, group):
        raise arm_errors.group_not_found(group)
    if site is None:
        raise arm_errors.resource_not_found("Microsoft.Web/sites", name, group)
    return site


def _has_group(tenant: Tenant, subscription_id: str, group: str) -> bool:
    """Say whether there is such a group: here, groups are where resources are."""
    prefix = f"/subscriptions/{subscription_id}/resourcegroups/{group.lower()}/"
    return any(key.startswith(prefix) for key in (*tenant.sites, *tenant.user_assigned_identities))


def _location_required() -> arm_errors.ArmError:
    message = "The location property is required for this definition."
    return arm_errors.front_door(400, "LocationRequired", message)
