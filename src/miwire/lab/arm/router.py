"""Which ARM resource a path names: subscriptions, tenants, permissions, and the providers' own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from miwire.lab.arm import errors, groups, sites, user_assigned
from miwire.lab.arm.request import ArmResponse
from miwire.lab.state import replication

if TYPE_CHECKING:
    from miwire.lab.arm.request import ArmRequest, Caller
    from miwire.lab.documents import Document
    from miwire.lab.state.tenant import Tenant


_US_GOVERNMENT_VERSIONS = (
    "2024-04-01, 2023-12-01, 2023-01-01, 2022-09-01, 2022-03-01, 2021-03-01, 2021-02-01,"
    " 2021-01-15, 2021-01-01, 2020-12-01, 2020-10-01, 2020-09-01, 2020-06-01, 2019-08-01,"
    " 2018-11-01, 2018-02-01, 2016-08-01, 2016-03-01, 2015-08-01, 2015-07-01, 2015-06-01,"
    " 2015-05-01, 2015-04-01, 2015-02-01, 2014-11-01, 2014-06-01, 2014-04-01, 2014-04-01-preview"
)
"""Of Microsoft.Web/sites in Azure Government in August 2025 (azure-cli#31943)."""
_US_GOVERNMENT_LOCATIONS = "usgovarizona, usgovvirginia, usdodeast, usdodcentral"


def answer(request: ArmRequest) -> ArmResponse:
    """Answer *request*; raises ArmError. HEAD is a GET everywhere but at a resource group."""
    match request.folded:
        case ("subscriptions", _, "resourcegroups", _):
            pass
        case _ if request.method == "HEAD":
            request = replace(request, method="GET")
    if request.is_read:
        request = replace(request, tenant=replication.resources(request.tenant))
    match request.folded:
        case ("tenants",):
            return _only_get(request, {"value": [_tenant(request.tenant)]})
        case ("subscriptions",):
            return _subscriptions(request)
        case ("subscriptions", subscription_id, *below):
            subscription = request.tenant.subscriptions.get(subscription_id)
            if subscription is None:
                raise errors.subscription_not_found(request.segments[1])
            return _in_subscription(request, subscription, tuple(below))
        case _:
            raise errors.path_not_found(request.path)


def _in_subscription(
    request: ArmRequest, subscription: Document, below: tuple[str, ...]
) -> ArmResponse:
    segments = request.segments
    match below:
        case ():
            request.demand("Microsoft.Resources/subscriptions/read", request.path)
            return _only_get(request, subscription)
        case (*scope, "providers", "microsoft.authorization", "permissions"):
            request.demand(
                "Microsoft.Authorization/permissions/read", request.scope(2 + len(scope))
            )
            return _only_get(request, {"value": [_permission(request.caller)]})
        case ("resourcegroups",):
            return groups.listed(request)
        case ("resourcegroups", _):
            return groups.answer(request, segments[3])
        case ("resourcegroups", _, "providers", *path):
            return _of_provider(request, segments[3], tuple(path))
        case ("providers", *path):
            return _of_provider(request, None, tuple(path))
        case _:
            raise errors.path_not_found(request.path)


def _of_provider(request: ArmRequest, group: str | None, path: tuple[str, ...]) -> ArmResponse:
    """Answer for *path* below …/providers of a resource group, or of the subscription."""
    segments = request.segments
    if path[:1] == ("microsoft.web",):
        _demand_api_version(request)
    match path:
        case ("microsoft.web", "sites"):
            return sites.listed(request, group)
        case ("microsoft.web", "sites", _, *_) if group is not None:
            return sites.answer(request, group, segments[7])
        case ("microsoft.managedidentity", "userassignedidentities"):
            return user_assigned.listed(request, group)
        case ("microsoft.managedidentity", "userassignedidentities", _) if group is not None:
            return user_assigned.answer(request, group, segments[7])
        case (_, _) | (_, _, _):
            namespace, kind = segments[-len(path) :][:2]
            raise errors.type_not_found(namespace, kind, request.api_version)
        case _:
            raise errors.path_not_found(request.path)


def _demand_api_version(request: ArmRequest) -> None:
    """Raise ArmError (400) for a version of Microsoft.Web that the cloud doesn't have."""
    version, known = request.api_version, _US_GOVERNMENT_VERSIONS
    if request.tenant.faults.api_versions == "usgovernment" and version not in known.split(", "):
        locations = _US_GOVERNMENT_LOCATIONS
        raise errors.api_version_unsupported("usgovarizona", version, "sites", known, locations)


def _subscriptions(request: ArmRequest) -> ArmResponse:
    """List the subscriptions on which the caller has any right: none is no error."""
    readable = request.tenant.subscriptions.values() if request.caller.rights else ()
    value = list(readable)
    return _only_get(request, {"value": value, "count": {"type": "Total", "value": len(value)}})


def _only_get(request: ArmRequest, body: object) -> ArmResponse:
    if request.method != "GET":
        raise request.refused_method()
    return ArmResponse(200, body)


def _permission(caller: Caller) -> Document:
    return {
        "actions": list(caller.rights),
        "notActions": list(caller.refused),
        "dataActions": [],
        "notDataActions": [],
    }


def _tenant(tenant: Tenant) -> Document:
    return {
        "id": f"/tenants/{tenant.tenant_id}",
        "tenantId": tenant.tenant_id,
        "countryCode": "NL",
        "displayName": "Contoso",
        "domains": [tenant.domain],
        "tenantCategory": "Home",
        "defaultDomain": tenant.domain,
        "tenantType": "AAD",
    }
