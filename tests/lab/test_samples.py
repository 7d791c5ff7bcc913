"""The article's two programs, started as the lab starts them; and Azure's own credential."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CredentialUnavailableError, ManagedIdentityCredential

DEADLINE = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(name, folder, **environment):
    """Run a sample in *folder*; gives its base URL and the process."""
    port = free_port()
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    with subprocess.Popen(
        [sys.executable, "-m", "miwire.lab.samples", name],
        cwd=folder,
        env=kept | environment | {"PORT": str(port)},
        stdin=subprocess.PIPE,
    ) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(lambda: answers(port) or process.poll() is not None)
            yield url, process
        finally:
            process.stdin.close()
            process.wait(DEADLINE)


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(condition):
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture(scope="module")
def items(tmp_path_factory):
    """The integration API over its own file."""
    with running("integration", tmp_path_factory.mktemp("items")) as (url, _):
        yield url


def test_the_integration_api_shows_its_items(items):
    home, listing = httpx.get(items), httpx.get(f"{items}/items")

    assert 200 == home.status_code
    assert home.json() == listing.json()
    assert [{"id", "name"}] * len(home.json()["items"]) == [set(i) for i in home.json()["items"]]


def test_an_item_is_made_read_renamed_and_removed(items):
    made = httpx.post(f"{items}/items", json={"name": "drill"})
    url = items + made.headers["location"]
    read = httpx.get(url)
    renamed = httpx.put(url, json={"name": "drill press"})
    removed = httpx.delete(url)

    assert [201, 200, 200, 200] == [e.status_code for e in (made, read, renamed, removed)]
    assert made.json() == read.json()
    assert made.json() | {"name": "drill press"} == renamed.json()
    assert [404, 404, 404] == [
        httpx.request(method, url, json={"name": "x"}).status_code
        for method in ("GET", "PUT", "DELETE")
    ]


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b'{"name": 1}', b'{"name": " "}', b"\xff"])
def test_what_is_no_item_is_a_bad_request(items, body):
    assert 400 == httpx.post(f"{items}/items", content=body).status_code


def test_a_name_is_data_and_never_sql(items):
    name = "x'); DROP TABLE items; --"
    made = httpx.post(f"{items}/items", json={"name": name}).json()

    assert name == httpx.get(f"{items}/items/{made['id']}").json()["name"]


@pytest.mark.parametrize("key", ["abc", "99999", "1 OR 1=1"])
def test_an_unknown_item_is_404(items, key):
    assert 404 == httpx.get(f"{items}/items/{key}").status_code


def test_items_outlive_the_program(tmp_path):
    path = {"DATABASE_PATH": str(tmp_path / "kept.db")}
    with running("integration", tmp_path, **path) as (url, _):
        made = httpx.post(f"{url}/items", json={"name": "kept"}).json()
    with running("integration", tmp_path, **path) as (url, _):
        assert made == httpx.get(f"{url}/items/{made['id']}").json()


def test_a_sample_ends_when_its_input_does(tmp_path):
    with running("integration", tmp_path) as (url, process):
        assert 200 == httpx.get(url).status_code
        process.stdin.close()
        wait_for(lambda: process.poll() is not None)

        assert 0 == process.returncode


def test_an_unknown_sample_is_a_usage_error():
    done = subprocess.run(
        [sys.executable, "-m", "miwire.lab.samples", "else"],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )

    assert (1, "usage: python -m miwire.lab.samples core|integration\n") == (
        done.returncode,
        done.stderr,
    )


# The core API, with the gate in front of the integration API.


@pytest.fixture
def environment(azure, directory, items):
    """Core's app settings; the integration API stands behind a gate that lets only core in."""
    application = directory.post("/applications", json={"displayName": "integration"}).json()
    directory.post("/servicePrincipals", json={"appId": application["appId"]})
    azure.site.upstream = items
    azure.site.auth_settings = {
        "platform": {"enabled": True},
        "globalValidation": {
            "requireAuthentication": True,
            "unauthenticatedClientAction": "Return401",
        },
        "identityProviders": {
            "azureActiveDirectory": {
                "registration": {
                    "clientId": application["appId"],
                    "openIdIssuer": f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}/v2.0",
                },
                "validation": {
                    "defaultAuthorizationPolicy": {
                        "allowedApplications": [azure.caller["appId"]],
                        "allowedPrincipals": {"identities": [azure.caller["id"]]},
                    }
                },
            }
        },
        "httpSettings": {"requireHttps": False},
    }
    return {
        "IDENTITY_ENDPOINT": f"{azure.tenant.addresses.identity_endpoint}/msi/token",
        "IDENTITY_HEADER": azure.site.identity_header,
        "INTEGRATION_URL": azure.gate,
        "INTEGRATION_SCOPE": f"{application['appId']}/.default",
    }


@pytest.fixture
def wired(environment, tmp_path):
    """Core, wired to the integration API."""
    with running("core", tmp_path, **environment) as (url, _):
        yield url


def test_core_relays_401_without_a_token_and_the_items_with_one(azure, items, wired):
    without = httpx.get(wired, params={"auth": "0"})
    asked = httpx.get(wired, params={"auth": "1"}, timeout=DEADLINE)
    azure.site.auth_settings["identityProviders"]["azureActiveDirectory"]["validation"][
        "defaultAuthorizationPolicy"
    ] = {"allowedApplications": [azure.operator["appId"]]}
    refused = httpx.get(wired, params={"auth": "1"})

    assert [401, 200, 403] == [each.status_code for each in (without, asked, refused)]
    assert httpx.get(items).json() == asked.json()


@pytest.mark.parametrize("scope", [None, "", " "], ids=["absent", "empty", "a space"])
def test_core_without_its_scope_names_the_setting_and_asks_nobody(
    azure, environment, tmp_path, scope
):
    del environment["INTEGRATION_SCOPE"]
    environment |= {"INTEGRATION_URL": azure.secure_gate, "SSL_CERT_FILE": azure.ca}
    if scope is not None:
        environment["INTEGRATION_SCOPE"] = scope
    with running("core", tmp_path, **environment) as (url, _):
        response = httpx.get(url, params={"auth": "1"}, timeout=DEADLINE)

    assert (500, "no token") == (response.status_code, response.json()["error"])
    assert "Set the app setting INTEGRATION_SCOPE" in response.json()["reason"]


def test_core_says_why_it_has_no_token(azure, wired):
    del azure.site.document["identity"]
    response = httpx.get(wired, params={"auth": "1"}, timeout=DEADLINE)

    assert (500, "no token") == (response.status_code, response.json()["error"])
    assert "Unable to load the proper Managed Identity" in response.json()["reason"]


@pytest.mark.parametrize(
    ("url", "error"),
    [("http://127.0.0.1:1", "no answer"), ("http://[", "no answer")],
)
def test_core_says_why_it_got_no_answer(tmp_path, url, error):
    with running("core", tmp_path, INTEGRATION_URL=url) as (core, _):
        response = httpx.get(core, params={"auth": "0"})

    assert (500, error) == (response.status_code, response.json()["error"])


# Azure's own credential at the identity endpoint.


@pytest.fixture
def inside(azure, monkeypatch):
    """This process as if inside the app."""
    endpoint = f"{azure.tenant.addresses.identity_endpoint}/msi/token"
    monkeypatch.setenv("IDENTITY_ENDPOINT", endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", azure.site.identity_header)


@pytest.mark.usefixtures("inside")
def test_azure_identity_gets_a_token_for_a_day():
    with ManagedIdentityCredential() as credential:
        token = credential.get_token("https://management.azure.com/.default")

    assert 86_300 < token.expires_on - time.time() < 86_500


@pytest.mark.parametrize(
    ("arguments", "scope", "reason"),
    [
        (
            {"client_id": "nobody's"},
            "https://management.azure.com",
            "No User Assigned or Delegated",
        ),
        ({}, "api://nobody", "An unexpected error occured while fetching the AAD Token."),
    ],
)
@pytest.mark.usefixtures("inside")
def test_azure_identity_reads_the_endpoints_refusals(arguments, scope, reason):
    with (
        ManagedIdentityCredential(retry_total=0, **arguments) as credential,
        pytest.raises((CredentialUnavailableError, ClientAuthenticationError), match=reason),
    ):
        credential.get_token(scope)
