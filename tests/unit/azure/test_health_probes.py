"""What ARM's documents say of a probe: whose it is, which path it asks for, and what it takes."""

import pytest

from miwire.azure.health_probes import HealthProbes
from miwire.errors import NotPermitted
from miwire.model.health_probe import HealthProbe
from miwire.model.identity import ManagedIdentity
from miwire.model.site import Site, SiteRef

REF = SiteRef("sub", "rg", "integration")
SITE = Site(REF, "Integration.example", (), "app,linux", "Running", ManagedIdentity())


class Sites:
    """ARM, by the last segment of a list's path; what is an error is raised."""

    def __init__(self, **listed):
        self._listed = listed
        self.asked = []

    def resources(self, path, _version):
        kind = path.rpartition("/")[2]
        self.asked.append(kind)
        found = self._listed.get(kind, [])
        if isinstance(found, Exception):
            raise found
        return found


def read(**listed):
    return HealthProbes(Sites(**listed), SITE).read()


def gateway(host="integration.example", **probe):
    address = {"properties": {"backendAddresses": [{"fqdn": host}]}}
    probes = [{"properties": probe}] if probe else []
    return {"name": "gw", "properties": {"backendAddressPools": [address], "probes": probes}}


@pytest.mark.parametrize(
    ("codes", "takes"),
    [
        (["200-399"], False),
        (["200-399", "401"], True),
        (["200-499"], True),
        (["400"], False),
        (["anything"], False),
    ],
)
def test_a_gateway_takes_401_where_its_probe_says_so(codes, takes):
    found = read(applicationGateways=[gateway(path="/health", match={"statusCodes": codes})])

    assert (HealthProbe("Application Gateway gw", "/health", takes),) == found


def test_a_gateway_without_a_probe_of_its_own_asks_for_the_root():
    assert (HealthProbe("Application Gateway gw", "/", takes_401=False),) == read(
        applicationGateways=[gateway()]
    )


def test_what_is_in_front_of_other_apps_is_nothing():
    endpoint = {"properties": {"target": "other.example", "targetResourceId": "/x"}}
    request = {"Request": {"RequestUrl": "https://other.example/"}}

    assert () == read(
        applicationGateways=[gateway("other.example", path="/")],
        trafficManagerProfiles=[{"name": "t", "properties": {"endpoints": [endpoint]}}],
        webtests=[{"name": "w", "properties": request}, {"name": "odd", "properties": {}}],
    )


@pytest.mark.parametrize(
    ("ranges", "takes"), [([], False), ([{"min": 200, "max": 401}], True), ([{}], False)]
)
def test_traffic_manager_names_the_app_by_its_id(ranges, takes):
    endpoint = {"properties": {"targetResourceId": REF.id.upper()}}
    monitor = {"path": "/live", "expectedStatusCodeRanges": ranges}
    properties = {"endpoints": [endpoint], "monitorConfig": monitor}

    assert (HealthProbe("Traffic Manager t", "/live", takes),) == read(
        trafficManagerProfiles=[{"name": "t", "properties": properties}]
    )


@pytest.mark.parametrize(("expected", "takes"), [(200, False), (401, True), (None, False)])
def test_an_availability_test_names_the_app_by_its_url(expected, takes):
    rules = {"ExpectedHttpStatusCode": expected}
    request = {"RequestUrl": "https://integration.example:443/ping?x=1"}
    properties = {"Request": request, "ValidationRules": rules}

    assert (HealthProbe("availability test w", "/ping", takes),) == read(
        webtests=[{"name": "w", "properties": properties}]
    )


def test_only_profiles_of_front_door_are_looked_into_and_groups_that_probe():
    doors = [
        {"id": "/p/fd", "name": "fd", "sku": {"name": "Premium_AzureFrontDoor"}},
        {"id": "/p/cdn", "name": "cdn", "sku": {"name": "Standard_Microsoft"}},
    ]
    groups = [
        {"id": "/g/a", "properties": {"healthProbeSettings": {"probePath": "/up"}}},
        {"id": "/g/b", "properties": {"healthProbeSettings": None}},
    ]
    origins = [{"properties": {"hostName": "integration.example"}}]
    sites = Sites(profiles=doors, originGroups=groups, origins=origins)

    assert (HealthProbe("Front Door fd", "/up", takes_401=False),) == (
        HealthProbes(sites, SITE).read()
    )
    assert (1, 1) == (sites.asked.count("originGroups"), sites.asked.count("origins"))


def test_a_kind_that_may_not_be_read_is_noted_and_hides_no_other():
    sites = Sites(applicationGateways=[gateway(path="/h")], webtests=NotPermitted("no webtests"))
    reader = HealthProbes(sites, SITE)

    assert ["/h"] == [each.path for each in reader.read()]
    assert ["no webtests"] == reader.unread
