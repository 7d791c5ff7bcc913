"""App Service apps and their settings, through azure-mgmt-web."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from azure.core.rest import HttpRequest
from azure.mgmt.web import WebSiteManagementClient

from miwire.azure.arm import IDEMPOTENT, translated
from miwire.azure.shapes import entries, members, strings, text
from miwire.errors import BadRequest, Unreachable
from miwire.model.auth_settings import AuthSettings
from miwire.model.health_probe import TriggeredFunction
from miwire.model.identity import ManagedIdentity, SystemAssignedIdentity, UserAssignedIdentity
from miwire.model.site import Site, SiteRef
from miwire.text import is_guid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from azure.core.rest import HttpResponse

    from miwire.azure.arm import PacedTransport
    from miwire.azure.context import Context

_NO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
_SUBSCRIPTIONS = "2022-12-01"
_METRICS = "2018-01-01"
_DAY = timedelta(hours=24)
_UNAUTHORIZED = 401
_MOST_PAGES = 20
_WEBHOOKS = {"eventgridtrigger", "orchestrationtrigger", "entitytrigger", "activitytrigger"}
"""Triggers whose functions Azure, or a client of Durable Functions, calls at /runtime/webhooks."""
_TENANT = re.compile(
    r'authorization(?:_uri)?="https://[^"]*/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"'
)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription that the operator can see, and the tenant that it trusts."""

    id: str
    tenant_id: str
    name: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class ClassicAuth:
    """What the v1 view of the authentication settings tells."""

    version: str
    enabled: bool
    from_file: bool

    @property
    def in_use(self) -> bool:
        """Whether the app is protected by v1 settings; a fresh app says v1 too, but is off."""
        return self.version == "v1" and self.enabled


class Sites:
    """The adapter: domain values in and out, MiwireErrors only."""

    def __init__(self, context: Context, transport: PacedTransport) -> None:
        self._context = context
        self._transport = transport
        self._clients: dict[str, WebSiteManagementClient] = {}
        self._making = Lock()

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Return every subscription that the operator can see."""
        with translated("list the subscriptions"):
            response = self._sent("/subscriptions")
            response.raise_for_status()
            found = entries(members(response.json()).get("value"))
            return tuple(_subscription(each) for each in found)

    def subscription(self, subscription_id: str) -> Subscription:
        """
        Return a subscription, or only the tenant that it trusts.

        A token of another tenant is refused with a 401 that names the right one. Raises NotFound
        if there is no such subscription, or none that the operator may see.
        """
        path = f"/subscriptions/{subscription_id}"
        doing = f"read the subscription {subscription_id}"
        with translated(doing):
            response = self._sent(path)
            named = _TENANT.search(response.headers.get("WWW-Authenticate", ""))
            if response.status_code == _UNAUTHORIZED and named:
                return Subscription(subscription_id, named[1], name="", enabled=True)
            response.raise_for_status()
            return _subscription(response.json())

    def listed(self, subscription_id: str) -> tuple[Site, ...]:
        """Return the apps of a subscription (no slots: ARM lists those per app)."""
        with translated(f"list the apps of subscription {subscription_id}"):
            found = self._client(subscription_id).web_apps.list()
            return tuple(_site(each.as_dict()) for each in found)

    def get(self, ref: SiteRef) -> Site:
        """Return one app or slot; raise NotFound if there is none."""
        with translated(f"read the app {ref}"):
            return _site(self._call("get", ref).as_dict())

    def set_identity(self, ref: SiteRef, *, system: bool, user_assigned: Iterable[str]) -> Site:
        """
        Give an app these identities and no others, and return the app as it is then.

        PATCH's `type` is authoritative: every identity that is to stay must be named.
        """
        ids: dict[str, dict[str, str]] = {resource_id: {} for resource_id in user_assigned}
        words = (["SystemAssigned"] if system else []) + (["UserAssigned"] if ids else [])
        body: dict[str, Any] = {"type": ", ".join(words) or "None"}
        if ids:
            body["userAssignedIdentities"] = ids
        with translated(f"set the managed identities of {ref}"):
            return _site(self._call("update", ref, {"identity": body}).as_dict())

    def auth_settings(self, ref: SiteRef) -> AuthSettings:
        """Return authsettingsV2, by the read that the Reader role allows."""
        with translated(f"read the authentication settings of {ref}"):
            found = self._call("get_auth_settings_v2_without_secrets", ref).as_dict()
            return AuthSettings(members(found.get("properties")))

    def put_auth_settings(self, ref: SiteRef, settings: AuthSettings) -> None:
        """Replace authsettingsV2; there is no PATCH and no precondition."""
        with translated(f"write the authentication settings of {ref}"):
            self._call("update_auth_settings_v2", ref, {"properties": dict(settings.properties)})

    def classic_auth(self, ref: SiteRef) -> ClassicAuth:
        """Return the v1 view, the only place that tells which version is in use."""
        with translated(f"read the version of the authentication settings of {ref}"):
            found = members(self._call("get_auth_settings", ref).as_dict().get("properties"))
        return ClassicAuth(
            version=str(found.get("configVersion") or "v1"),
            enabled=_true(found.get("enabled")),
            from_file=_true(found.get("isAuthFromFile")),
        )

    def is_restricted(self, ref: SiteRef) -> bool:
        """
        Return whether access restrictions refuse anyone: a rule, or an action for no rule.

        Without restrictions, ARM shows one rule "Allow all" for any address.
        """
        with translated(f"read the configuration of {ref}"):
            found = members(self._call("get_configuration", ref).as_dict().get("properties"))
            rules = [members(each) for each in entries(found.get("ipSecurityRestrictions"))]
            denies = found.get("ipSecurityRestrictionsDefaultAction") == "Deny"
            return denies or any(each.get("ipAddress") != "Any" for each in rules)

    def requests_of_last_day(self, ref: SiteRef) -> int:
        """
        Return how many requests reached an app in the last 24 hours, health probes included.

        The metric `Requests` of Azure Monitor, which the Reader role may read. An app that nobody
        has called has an empty `timeseries`.
        """
        # Rounded up: the requests of this second are of the last 24 hours, too.
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
        span = "/".join(each.strftime("%Y-%m-%dT%H:%M:%SZ") for each in (until - _DAY, until))
        with translated(f"read the number of requests of {ref}"):
            response = self._sent(
                f"{ref.id}/providers/Microsoft.Insights/metrics",
                _METRICS,
                metricnames="Requests",
                aggregation="total",
                interval="PT1H",
                timespan=span,
            )
            response.raise_for_status()
            return _total(entries(members(response.json()).get("value")))

    def functions(self, ref: SiteRef) -> tuple[TriggeredFunction, ...]:
        """Return the functions of a function app, each with its trigger."""
        with translated(f"list the functions of {ref}"):
            apps = self._client(ref.subscription).web_apps
            if ref.slot is None:
                listed = apps.list_functions(ref.group, ref.name)
            else:
                listed = apps.list_instance_functions_slot(ref.group, ref.name, ref.slot)
            found = (_function(members(each.as_dict().get("properties"))) for each in listed)
            return tuple(each for each in found if each is not None)

    def resources(self, path: str, version: str) -> list[Mapping[str, Any]]:
        """Return the resources that ARM lists at a path, of any provider, page by page."""
        found: list[Mapping[str, Any]] = []
        with translated(f"list {path.rpartition('/providers/')[2]}"):
            response = self._sent(path, version)
            for _ in range(_MOST_PAGES):
                response.raise_for_status()
                page = members(response.json())
                found += map(members, entries(page.get("value")))
                link = str(page.get("nextLink") or "")
                if not link.startswith(f"{self._context.cloud.resource_manager}/"):
                    break
                request = HttpRequest("GET", link)
                response = self._client(_NO_SUBSCRIPTION).send_request(request)
        return found

    def app_settings(self, ref: SiteRef) -> dict[str, Any]:
        """
        Return the app settings as ARM tells them, secrets among them.

        Takes more than the Reader role: Microsoft.Web/sites/config/list/action.
        """
        with translated(f"read the app settings of {ref}"):
            found = self._call("list_application_settings", ref).as_dict()
            return dict(members(found.get("properties")))

    def put_app_settings(self, ref: SiteRef, settings: Mapping[str, Any]) -> None:
        """Replace all app settings; there is no PATCH and no precondition (FACTS 1.2)."""
        # What Azure says of a setting may quote its value, cut or encoded.
        with translated(f"write the app settings of {ref}", discreet=True):
            self._call("update_application_settings", ref, {"properties": dict(settings)})

    def has_slots(self, ref: SiteRef) -> bool:
        """Return whether an app has deployment slots beside production; a slot says so itself."""
        if ref.slot is not None:
            return True
        with translated(f"list the slots of {ref}"):
            apps = self._client(ref.subscription).web_apps
            return next(iter(apps.list_slots(ref.group, ref.name)), None) is not None

    def deployment_slots(self, ref: SiteRef) -> tuple[Site, ...]:
        """Return the deployment slots of an app, each with its own identity."""
        with translated(f"list the slots of {ref.production}"):
            apps = self._client(ref.subscription).web_apps
            return tuple(_site(each.as_dict()) for each in apps.list_slots(ref.group, ref.name))

    def slots(self, ref: SiteRef) -> tuple[SiteRef, ...]:
        """Return the other places of an app: its slots, and production for one of them."""
        found = [each.ref for each in self.deployment_slots(ref)]
        return tuple(each for each in (ref.production, *found) if each.key != ref.key)

    def slot_names(self, ref: SiteRef) -> dict[str, Any]:
        """Return `properties` of config/slotConfigNames of the production app."""
        with translated(f"read the slot settings of {ref.production}"):
            found = self._call("list_slot_configuration_names", ref.production).as_dict()
            names = members(found.get("properties"))
            for each in names.values():
                strings(each)
            return dict(names)

    def put_slot_names(self, ref: SiteRef, names: Mapping[str, Any]) -> None:
        """Replace config/slotConfigNames of the production app."""
        with translated(f"write the slot settings of {ref.production}"):
            body = {"properties": dict(names)}
            self._call("update_slot_configuration_names", ref.production, body)

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            client.close()

    def _client(self, subscription_id: str) -> WebSiteManagementClient:
        with self._making:
            if subscription_id not in self._clients:
                self._clients[subscription_id] = WebSiteManagementClient(
                    subscription_id=subscription_id, **self._context.arm_options(self._transport)
                )
            return self._clients[subscription_id]

    def _call(self, operation: str, ref: SiteRef, *body: object) -> Any:  # noqa: ANN401
        apps = self._client(ref.subscription).web_apps
        if ref.slot is None:
            call = partial(getattr(apps, operation), ref.group, ref.name)
        else:
            call = partial(getattr(apps, f"{operation}_slot"), ref.group, ref.name, ref.slot)
        return call(*body, retry_on_methods=IDEMPOTENT)

    def _sent(self, path: str, version: str = _SUBSCRIPTIONS, **query: str) -> HttpResponse:
        """Read what azure-mgmt-web has no operation for, through its own pipeline."""
        request = HttpRequest(
            "GET",
            f"{self._context.cloud.resource_manager}{path}",
            params={"api-version": version, **query},
        )
        return self._client(_NO_SUBSCRIPTION).send_request(request)


def _total(metrics: list[Any]) -> int:
    """Return the sum of the metric `Requests`; raises ValueError where it isn't among *metrics*."""
    for metric in map(members, metrics):
        if members(metric.get("name")).get("value") == "Requests":
            series = [members(each) for each in entries(metric.get("timeseries"))]
            hours = [members(each) for one in series for each in entries(one.get("data"))]
            return int(sum(float(each.get("total") or 0) for each in hours))
    raise ValueError("no metric named Requests")


def _function(properties: Mapping[str, Any]) -> TriggeredFunction | None:
    """Return a function by its trigger; None where it has none."""
    bindings = [
        members(each) for each in entries(members(properties.get("config")).get("bindings"))
    ]
    for each in bindings:
        kind = str(each.get("type") or "")
        if kind.lower().endswith("trigger"):
            by_event_grid = str(each.get("source")).casefold() == "eventgrid"
            name = str(properties.get("name") or "")
            return TriggeredFunction(name, kind, kind.lower() in _WEBHOOKS or by_event_grid)
    return None


def _subscription(document: Mapping[str, Any]) -> Subscription:
    tenant_id = str(members(document).get("tenantId", ""))
    return Subscription(
        id=str(document.get("subscriptionId", "")),
        tenant_id=tenant_id if is_guid(tenant_id) else "",
        name=str(document.get("displayName", "")),
        enabled=document.get("state") == "Enabled",
    )


def _site(document: Mapping[str, Any]) -> Site:
    properties = members(document.get("properties"))
    return Site(
        ref=_ref(str(document.get("id"))),
        default_host_name=str(properties.get("defaultHostName") or ""),
        host_names=strings(properties.get("hostNames")),
        kind=str(document.get("kind") or ""),
        state=str(properties.get("state") or ""),
        identity=_identity(members(document.get("identity"))),
        public_network_access=str(properties.get("publicNetworkAccess") or ""),
        requires_client_certificate=_true(properties.get("clientCertEnabled"))
        and properties.get("clientCertMode") == "Required",
        https_only=_true(properties.get("httpsOnly")),
    )


def _ref(resource_id: str) -> SiteRef:
    try:
        return SiteRef.parse(resource_id)
    except BadRequest as error:
        raise Unreachable(
            f"Azure returned an app with an ID that miwire can't use: {resource_id}.",
            hint="Specify the app by its resource ID.",
        ) from error


def _identity(document: Mapping[str, Any]) -> ManagedIdentity:
    attached = members(document.get("userAssignedIdentities"))
    principal_id = document.get("principalId")
    return ManagedIdentity(
        system=SystemAssignedIdentity(str(principal_id), str(document.get("tenantId") or ""))
        if principal_id
        else None,
        user_assigned=tuple(
            UserAssignedIdentity(
                resource_id,
                text(members(about).get("principalId")) or None,
                text(members(about).get("clientId")) or None,
            )
            for resource_id, about in attached.items()
        ),
    )


def _true(value: object) -> bool:
    """Read a flag that ARM writes as a boolean here and as a string there."""
    return str(value).casefold() == "true"
