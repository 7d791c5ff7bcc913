"""What requests an app without a token to see whether it is healthy, as ARM lists it."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from miwire.azure.concurrency import gather
from miwire.azure.shapes import entries, members, text
from miwire.errors import MiwireError, NotSignedIn
from miwire.model.health_probe import HealthProbe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from miwire.azure.sites import Sites
    from miwire.model.site import Site

_GATEWAYS = "Microsoft.Network/applicationGateways", "2024-05-01"
_TRAFFIC_MANAGER = "Microsoft.Network/trafficManagerProfiles", "2022-04-01"
_WEB_TESTS = "Microsoft.Insights/webtests", "2022-06-15"
_PROFILES = "Microsoft.Cdn/profiles", "2024-02-01"
_UNAUTHORIZED = 401
_MOST_PROFILES = 10
"""Profiles of Front Door that are looked into; each takes two requests or more."""
_RANGE = re.compile(r"(\d{3})(?:-(\d{3}))?")


class HealthProbes:
    """Reads what probes an app, in the app's own subscription."""

    def __init__(self, sites: Sites, site: Site) -> None:
        self._sites = sites
        self._site = site
        hosts = (site.default_host_name, *site.host_names)
        self._hosts = {each.partition(":")[0].casefold() for each in hosts if each}
        self.unread: list[str] = []
        """Why some of them couldn't be read, as far as that was tried."""

    def read(self) -> tuple[HealthProbe, ...]:
        """Return the probes of all four kinds, as far as they can be read."""
        gateways, managers, tests, doors = gather(
            partial(self._tolerated, partial(self._listed, *_GATEWAYS)),
            partial(self._tolerated, partial(self._listed, *_TRAFFIC_MANAGER)),
            partial(self._tolerated, partial(self._listed, *_WEB_TESTS)),
            partial(self._tolerated, self._front_doors),
        )
        found = (
            *(each for one in gateways for each in self._of_gateway(one)),
            *doors,
            *(each for one in managers for each in self._of_traffic_manager(one)),
            *(each for one in tests for each in self._of_web_test(one)),
        )
        return tuple(dict.fromkeys(found))

    def _tolerated(self, read: Callable[[], list[Any]]) -> list[Any]:
        """Return what one kind has; a kind that can't be read hides no other."""
        try:
            return read()
        except NotSignedIn:
            raise
        except MiwireError as error:
            self.unread.append(error.message)
            return []

    def _listed(self, kind: str, version: str) -> list[Mapping[str, Any]]:
        path = f"/subscriptions/{self._site.ref.subscription}/providers/{kind}"
        return self._sites.resources(path, version)

    def _of_gateway(self, gateway: Mapping[str, Any]) -> Iterator[HealthProbe]:
        properties = _properties(gateway)
        pools = map(_properties, _members(properties, "backendAddressPools"))
        backends = (each for pool in pools for each in _members(pool, "backendAddresses"))
        if not any(self._is_it(each.get("fqdn")) for each in backends):
            return
        name = f"Application Gateway {text(gateway.get('name')) or ''}"
        probes = [_properties(each) for each in _members(properties, "probes")]
        for probe in probes or [{}]:
            codes = entries(members(probe.get("match")).get("statusCodes"))
            yield HealthProbe(name, text(probe.get("path")) or "/", _takes(map(str, codes)))

    def _front_doors(self) -> list[HealthProbe]:
        profiles = [
            each
            for each in self._listed(*_PROFILES)
            if "frontdoor" in str(members(each.get("sku")).get("name")).casefold()
        ]
        found = gather(*(partial(self._of_front_door, each) for each in profiles[:_MOST_PROFILES]))
        return [each for one in found for each in one]

    def _of_front_door(self, profile: Mapping[str, Any]) -> list[HealthProbe]:
        name = f"Front Door {text(profile.get('name')) or ''}"
        groups = self._sites.resources(f"{profile.get('id')}/originGroups", _PROFILES[1])
        found = []
        for group in groups:
            settings = members(_properties(group).get("healthProbeSettings"))
            if not settings:
                continue  # then Front Door probes nothing
            origins = self._sites.resources(f"{group.get('id')}/origins", _PROFILES[1])
            if any(self._is_it(_properties(each).get("hostName")) for each in origins):
                path = text(settings.get("probePath")) or "/"
                found.append(HealthProbe(name, path, takes_401=False))
        return found

    def _of_traffic_manager(self, profile: Mapping[str, Any]) -> Iterator[HealthProbe]:
        properties = _properties(profile)
        endpoints = [_properties(each) for each in _members(properties, "endpoints")]
        own = self._site.ref.key
        if any(
            str(each.get("targetResourceId")).lower() == own or self._is_it(each.get("target"))
            for each in endpoints
        ):
            monitor = members(properties.get("monitorConfig"))
            ranges = (
                f"{each.get('min')}-{each.get('max')}"
                for each in _members(monitor, "expectedStatusCodeRanges")
            )
            name = f"Traffic Manager {text(profile.get('name')) or ''}"
            yield HealthProbe(name, text(monitor.get("path")) or "/", _takes(ranges))

    def _of_web_test(self, test: Mapping[str, Any]) -> Iterator[HealthProbe]:
        properties = _properties(test)
        try:
            url = urlsplit(str(members(properties.get("Request")).get("RequestUrl") or ""))
            host = url.hostname
        except ValueError:
            return
        if self._is_it(host):
            rules = members(properties.get("ValidationRules"))
            name = f"availability test {text(test.get('name')) or ''}"
            takes = rules.get("ExpectedHttpStatusCode") in {_UNAUTHORIZED, 0}
            yield HealthProbe(name, url.path or "/", takes)

    def _is_it(self, host: object) -> bool:
        return str(host or "").partition(":")[0].casefold() in self._hosts


def _takes(ranges: Iterator[str]) -> bool:
    """Return whether one of *ranges*, such as 200-399 or 401, has the status 401 in it."""
    found = (_RANGE.fullmatch(each) for each in ranges)
    return any(int(each[1]) <= _UNAUTHORIZED <= int(each[2] or each[1]) for each in found if each)


def _properties(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    return members(resource.get("properties"))


def _members(document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return [members(each) for each in entries(document.get(name))]
