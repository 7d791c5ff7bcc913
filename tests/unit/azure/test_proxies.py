"""Which proxy a request goes through."""

import os
import re

import pytest

from miwire.azure import proxies
from miwire.azure.proxies import proxy_for
from miwire.errors import BadRequest

ARM = "https://management.azure.com/subscriptions"
PROXY = "http://proxy.corp.example:3128"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Set variables in an environment that has none of a proxy or an identity."""
    for name in os.environ:
        if name.lower().endswith("_proxy") or name.startswith(("IDENTITY_", "MSI_", "IMDS_")):
            monkeypatch.delenv(name)

    def given(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return given


@pytest.mark.parametrize(
    ("variables", "url", "expected"),
    [
        ({}, ARM, None),
        ({"HTTPS_PROXY": PROXY}, ARM, PROXY),
        ({"https_proxy": PROXY}, ARM, PROXY),
        ({"HTTPS_PROXY": "http://other:1", "https_proxy": PROXY}, ARM, PROXY),
        ({"HTTPS_PROXY": PROXY, "https_proxy": ""}, ARM, None),
        ({"HTTP_PROXY": PROXY}, ARM, None),
        ({"HTTP_PROXY": PROXY}, "http://app.example/", PROXY),
        ({"HTTP_PROXY": PROXY, "REQUEST_METHOD": "GET"}, "http://app.example/", None),
        ({"http_proxy": PROXY, "REQUEST_METHOD": "GET"}, "http://app.example/", PROXY),
        ({"ALL_PROXY": PROXY}, ARM, PROXY),
        ({"all_proxy": PROXY}, "http://app.example/", PROXY),
        ({"ALL_PROXY": "http://other:1", "HTTPS_PROXY": PROXY}, ARM, PROXY),
        ({"HTTPS_PROXY": "proxy.corp.example:3128"}, ARM, PROXY),
        ({"HTTPS_PROXY": "  http://proxy.corp.example:3128 "}, ARM, PROXY),
        ({"HTTPS_PROXY": "http://proxy.corp.example"}, ARM, "http://proxy.corp.example:80"),
        ({"HTTPS_PROXY": "https://proxy.corp.example"}, ARM, "https://proxy.corp.example:443"),
        ({"HTTPS_PROXY": "http://[fd00::1]:8080/"}, ARM, "http://[fd00::1]:8080"),
        ({"HTTPS_PROXY": "http://u:p%40w@proxy.corp.example:3128"}, ARM, PROXY),
    ],
)
def test_the_variable_for_the_scheme_counts_then_the_one_for_all(
    environment, variables, url, expected
):
    environment(**variables)
    found = proxy_for(url)

    assert expected == (str(found) if found else None)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/",
        "https://LOCALHOST/",
        "https://localhost./",
        "https://core.localhost:4430/",
        "http://127.0.0.1/",
        "http://127.8.9.10/",
        "http://127.1/",
        "http://2130706433/",
        "http://[::1]:8080/",
        "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/metadata/identity/oauth2/token",
        "http://169.254.130.2:8081/msi/token",
        "http://[fe80::1%25eth0]/",
    ],
)
def test_this_machine_and_its_link_are_always_reached_directly(environment, url):
    environment(HTTP_PROXY=PROXY, HTTPS_PROXY=PROXY, ALL_PROXY=PROXY)

    assert proxy_for(url) is None


@pytest.mark.parametrize(
    "name",
    ["IDENTITY_ENDPOINT", "MSI_ENDPOINT", "IMDS_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST"],
)
@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("http://identity.corp.example:42356/msi/token", "http://identity.corp.example:42356/x?y"),
        ("http://IDENTITY.corp.example/msi", "http://identity.corp.example:80/msi/token"),
        ("https://10.1.2.3/msi", "https://10.1.2.3:443/msi"),
    ],
)
def test_an_identity_endpoint_is_always_reached_directly(environment, name, endpoint, url):
    environment(**{name: endpoint}, HTTP_PROXY=PROXY, HTTPS_PROXY=PROXY, ALL_PROXY=PROXY)

    assert proxy_for(url) is None
    assert proxy_for("http://elsewhere.corp.example/") is not None


@pytest.mark.parametrize("endpoint", ["foo", "http://[::1", "http://x:99999", "", "http://"])
def test_an_identity_endpoint_that_is_no_url_stops_nothing(environment, endpoint):
    environment(IDENTITY_ENDPOINT=endpoint, HTTPS_PROXY=PROXY)

    assert proxy_for(ARM) is not None


@pytest.mark.parametrize(
    ("no_proxy", "url", "direct"),
    [
        ("*", ARM, True),
        ("localhost,*", ARM, True),
        ("management.azure.com", ARM, True),
        ("Azure.Com", ARM, True),
        (".azure.com", ARM, True),
        (".azure.com", "https://azure.com/", True),
        ("*.azure.com", ARM, True),
        ("zure.com", ARM, False),
        ("management.azure.com:443", ARM, True),
        ("management.azure.com:8443", ARM, False),
        ("https://management.azure.com", ARM, True),
        ("http://management.azure.com", ARM, False),
        ("all://management.azure.com", ARM, True),
        (" localhost  azure.com ", ARM, True),
        ("azure.com.", ARM, True),
        ("10.0.0.0/8", "https://10.1.2.3/", True),
        ("10.0.0.1/8", "https://10.1.2.3/", True),
        ("10.0.0.0/8", "https://11.1.2.3/", False),
        ("10.1.2.3", "https://10.1.2.3/", True),
        ("10.1.2.3:8443", "https://10.1.2.3/", False),
        ("fd00::/8", "https://[fd00::5]/", True),
        ("[fd00::]/8", "https://[fd00::5]/", True),
        ("[fd00::5]", "https://[fd00::5]/", True),
        ("[fd00::5]:443", "https://[fd00::5]/", True),
        ("[fd00::5]:8443", "https://[fd00::5]/", False),
        ("fd00::5", "https://[fd00:0:0::5]/", True),
        ("localhost,[::1]", ARM, False),
        ("[::1", ARM, False),
        ("::/x,/,:,//,[],],.,*.,%,\x7f,\u2028", ARM, False),
        (",,, ,", ARM, False),
    ],
)
def test_what_no_proxy_names_is_reached_directly(environment, no_proxy, url, direct):
    environment(HTTPS_PROXY=PROXY, NO_PROXY=no_proxy)

    assert direct == (proxy_for(url) is None)


@pytest.mark.parametrize(
    "value",
    [
        "http://:80",
        "http://",
        "http://[::1",
        "http://[nonsense]:80",
        "http://a b:80",
        "http://proxy:notaport",
        "http://proxy:99999",
        "http://a..b:80",
        "http://us€r:p%E2%82%AC@proxy:80",
        "socks4://127.0.0.1:9",
        "ftp://proxy:21",
        "file:///etc/passwd",
        "://",
        "\u2028",
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "all_proxy"])
def test_what_names_no_proxy_is_told_with_its_variable_and_not_repeated(environment, name, value):
    environment(**{name: value})
    with pytest.raises(BadRequest) as refused:
        proxy_for(ARM)

    assert name in refused.value.message
    assert f"Set {name} to http://HOST:PORT, or unset it." == refused.value.hint
    assert value not in refused.value.message


def test_a_variable_that_is_not_needed_may_hold_anything(environment):
    environment(HTTPS_PROXY="http://[::1", ALL_PROXY="socks9://x", NO_PROXY="azure.com")

    assert proxy_for(ARM) is None
    assert proxy_for("https://localhost/") is None


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_socks_takes_the_packages_for_it(environment, monkeypatch, scheme):
    environment(ALL_PROXY=f"{scheme}://user:secret@127.0.0.1:9")
    monkeypatch.setattr(proxies, "find_spec", lambda _: None)
    with pytest.raises(BadRequest) as refused:
        proxy_for(ARM)
    monkeypatch.setattr(proxies, "find_spec", lambda _: object())

    assert "ALL_PROXY names a SOCKS proxy" in refused.value.message
    assert "miwire[socks]" in refused.value.hint
    assert f"{scheme}://127.0.0.1:9" == str(proxy_for(ARM))


def test_a_proxy_shows_its_credentials_to_nobody(environment):
    environment(HTTPS_PROXY="http://user:s3cret@proxy:80")
    found = proxy_for(ARM)

    assert "http://user:s3cret@proxy:80" == found.url
    assert not re.search("s3cret|user", f"{found} {found!r}")


@pytest.mark.parametrize("url", ["", "foo", "http://[::1", "https://x:99999/", "https:///x"])
def test_what_is_no_address_has_no_proxy(environment, url):
    environment(HTTPS_PROXY=PROXY, ALL_PROXY=PROXY)

    assert proxy_for(url) is None
