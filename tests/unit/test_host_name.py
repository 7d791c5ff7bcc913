from dataclasses import replace

import pytest

from miwire.errors import BadRequest, Unreachable
from miwire.model.cloud import Cloud
from miwire.model.identity import ManagedIdentity
from miwire.model.site import Site, SiteRef
from miwire.text import is_host

HOSTS = [
    "integration.azurewebsites.net",
    "integration-abc123.westeurope-01.azurewebsites.net",
    "localhost:8443",
    "127.0.0.1:8443",
    "xn--bcher-kva.example",
    "A.Example",
]
NO_HOSTS = [
    "",
    "a.example;touch x",
    "a.example\x1b[2K",
    "a.example\n",
    "a.example/path",
    "me@a.example",
    "a.example#x",
    "a.example?x",
    "a.example:port",
    "a..example",
    "-a.example",
    "a_b.example",
    "$(touch x)",
    "`x`",
    "a b",
    "b\u00fccher.example",
    "\u202ea.example",
    "\uff41.example",
    f"{'a' * 64}.example",
    ".".join(["a" * 60] * 5),
    "a:1:2",
    "'a'",
]
SITE = Site(SiteRef("s", "rg", "core"), "core.example", (), "app", "Running", ManagedIdentity())
ADDRESSES = ("resourceManager", "activeDirectory", "microsoftGraphResourceId")


@pytest.mark.parametrize("text", HOSTS)
def test_a_host_is_one(text):
    assert is_host(text)
    assert f"https://{text}" == replace(SITE, default_host_name=text).url


@pytest.mark.parametrize("text", NO_HOSTS, ids=ascii)
def test_what_is_no_host_is_never_part_of_an_address(text):
    site = replace(SITE, default_host_name=text)

    assert not is_host(text)
    with pytest.raises(Unreachable, match="no usable host name for core"):
        _ = site.url


@pytest.mark.parametrize("member", [*ADDRESSES, "activeDirectoryResourceId"])
@pytest.mark.parametrize(
    "address",
    [
        *(f"https://{each}" for each in NO_HOSTS if each != "a.example/path"),
        "https://a.example/;touch x",
        "https://a.example/$(touch x)",
        "https://a.example/'",
        "https://a.example/\x1b",
        "https://a.example/?x=y",
        "https://a.example/#x",
        "http://a.example",
    ],
    ids=ascii,
)
def test_a_cloud_with_an_odd_address_is_refused(member, address):
    endpoints = dict.fromkeys(ADDRESSES, "https://a.example/") | {member: address}

    with pytest.raises(BadRequest, match=f"has no https address in endpoints.{member}"):
        Cloud.of_document({"name": "x", "endpoints": endpoints}, "cloud.json")


def test_a_cloud_of_ones_own_is_fine():
    endpoints = dict.fromkeys(ADDRESSES, "https://adfs.local.example:8443/adfs/")
    cloud = Cloud.of_document({"endpoints": endpoints}, "cloud.json")

    assert "https://adfs.local.example:8443/adfs" == cloud.active_directory
