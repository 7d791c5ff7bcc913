"""
Resources that probe an app without a token: gateways, Front Door, Traffic Manager, web tests.

ARM lists and shows them, and nothing changes them; their probes are not sent. The members are
those that say which host is probed, at which path, and which status is healthy (the documentation
of each type; azure-functions-host#2180 and azure-sdk-for-net#51569 report what a 401 does).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.lab.arm import errors, groups
from miwire.lab.arm.paging import page
from miwire.lab.arm.request import ArmResponse

if TYPE_CHECKING:
    from miwire.lab.arm.request import ArmRequest
    from miwire.lab.documents import Document
    from miwire.lab.state.site import Site

TYPES = {
    each.lower(): each
    for each in (
        "Microsoft.Network/applicationGateways",
        "Microsoft.Network/trafficManagerProfiles",
        "Microsoft.Cdn/profiles",
        "Microsoft.Cdn/profiles/originGroups",
        "Microsoft.Cdn/profiles/originGroups/origins",
        "Microsoft.Insights/webTests",
    )
}
"""How ARM spells the types, by their names in lower case."""


def knows(path: tuple[str, ...]) -> bool:
    """Say whether *path*, in lower case below …/providers, is of one of the types."""
    return _type_of(path) in TYPES


def answer(request: ArmRequest, group: str | None, path: tuple[str, ...]) -> ArmResponse:
    """Show the resource that *path* names, or list those of its type; raises ArmError."""
    if request.method != "GET":
        raise request.refused_method()
    kind = TYPES[_type_of(path)]
    request.demand(f"{kind}/read", request.path)
    if group is not None:
        groups.demand_group(request, group)
    resources, own = request.tenant.front_doors, request.path.lower()
    if len(path) % 2:
        found = resources.get(own)
        if found is None:
            raise errors.resource_not_found(kind, request.segments[-1], str(group))
        return ArmResponse(200, found)
    prefix = own.rpartition("/")[0] + "/" if len(path) > _NESTED else _scope(request, group)
    listed = [
        each
        for key, each in resources.items()
        if key.startswith(prefix) and each["type"].lower() == kind.lower()
    ]
    value, next_link = page(request, listed)
    return ArmResponse(200, {"value": value} | ({"nextLink": next_link} if next_link else {}))


_NESTED = 2
"""Segments of the path of a list that is of no other resource's children."""


def _type_of(path: tuple[str, ...]) -> str:
    return "/".join((*path[:1], *path[1::2]))


def _scope(request: ArmRequest, group: str | None) -> str:
    return request.scope(4 if group else 2).lower() + "/"


@dataclass(frozen=True, slots=True)
class Prober:
    """Makes the resources that probe *site* at *path*, as their types have them."""

    site: Site
    path: str

    def application_gateway(self) -> list[Document]:
        """Return a gateway whose probe takes 200 to 399 for healthy, as its default is."""
        gateway = self._id("Microsoft.Network/applicationGateways", "gateway")
        address = {"fqdn": self.site.host.partition(":")[0]}
        probe = {
            "protocol": "Https",
            "path": self.path,
            "interval": 30,
            "timeout": 30,
            "unhealthyThreshold": 3,
            "pickHostNameFromBackendHttpSettings": True,
            "match": {"statusCodes": ["200-399"]},
        }
        settings = {
            "port": 443,
            "protocol": "Https",
            "pickHostNameFromBackendAddress": True,
            "probe": {"id": f"{gateway}/probes/health"},
        }
        rule = {
            "ruleType": "Basic",
            "backendAddressPool": {"id": f"{gateway}/backendAddressPools/apps"},
            "backendHttpSettings": {"id": f"{gateway}/backendHttpSettingsCollection/https"},
        }
        parts: dict[str, tuple[str, Document]] = {
            "backendAddressPools": ("apps", {"backendAddresses": [address]}),
            "backendHttpSettingsCollection": ("https", settings),
            "probes": ("health", probe),
            "requestRoutingRules": ("all", rule),
        }
        properties: Document = {"provisioningState": "Succeeded", "operationalState": "Running"} | {
            name: [_part(gateway, name, *part)] for name, part in parts.items()
        }
        return [_resource(gateway, "Microsoft.Network/applicationGateways", properties)]

    def front_door(self) -> list[Document]:
        """Return a profile of Azure Front Door with one origin; only 200 is healthy there."""
        profile = self._id("Microsoft.Cdn/profiles", "front-door")
        origins = f"{profile}/originGroups/apps"
        host = self.site.host.partition(":")[0]
        probe = {
            "probePath": self.path,
            "probeRequestType": "HEAD",
            "probeProtocol": "Https",
            "probeIntervalInSeconds": 100,
        }
        origin = {
            "hostName": host,
            "originHostHeader": host,
            "httpsPort": 443,
            "enabledState": "Enabled",
        }
        sku = {"sku": {"name": "Standard_AzureFrontDoor"}, "kind": "frontdoor"}
        kinds = ("Microsoft.Cdn/profiles", "Microsoft.Cdn/profiles/originGroups")
        return [
            _resource(profile, kinds[0], {"provisioningState": "Succeeded"}, "Global") | sku,
            _resource(origins, kinds[1], {"healthProbeSettings": probe}, None),
            _resource(f"{origins}/origins/app", f"{kinds[1]}/origins", origin, None),
        ]

    def traffic_manager(self) -> list[Document]:
        """Return a Traffic Manager profile; only 200 is healthy unless it says otherwise."""
        kind = "Microsoft.Network/trafficManagerProfiles"
        profile = self._id(kind, "traffic")
        endpoint = {
            "id": f"{profile}/azureEndpoints/app",
            "name": "app",
            "type": f"{kind}/azureEndpoints",
            "properties": {
                "endpointStatus": "Enabled",
                "targetResourceId": self.site.id,
                "target": self.site.host.partition(":")[0],
            },
        }
        monitor = {"protocol": "HTTPS", "port": 443, "path": self.path}
        properties = {
            "profileStatus": "Enabled",
            "trafficRoutingMethod": "Performance",
            "monitorConfig": monitor,
            "endpoints": [endpoint],
        }
        return [_resource(profile, kind, properties, "global")]

    def web_test(self) -> list[Document]:
        """Return an availability test of Application Insights, which expects 200."""
        kind = "Microsoft.Insights/webTests"
        properties = {
            "Enabled": True,
            "Frequency": 300,
            "Kind": "standard",
            "Request": {"RequestUrl": f"https://{self.site.host}{self.path}", "HttpVerb": "GET"},
            "ValidationRules": {"ExpectedHttpStatusCode": 200},
        }
        return [_resource(self._id(kind, "availability"), kind, properties)]

    def _id(self, kind: str, name: str) -> str:
        group = self.site.id.partition("/providers/")[0]
        return f"{group}/providers/{kind}/{name}"


def _resource(
    resource_id: str, kind: str, properties: Document, location: str | None = "westeurope"
) -> Document:
    placed = {} if location is None else {"location": location, "tags": {}}
    name = resource_id.rpartition("/")[2]
    return {"id": resource_id, "name": name, "type": kind, **placed, "properties": properties}


def _part(owner: str, collection: str, name: str, properties: Document) -> Document:
    return {"id": f"{owner}/{collection}/{name}", "name": name, "properties": properties}
