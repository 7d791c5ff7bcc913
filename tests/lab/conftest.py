"""
The directory half of the lab, served from this process: no ARM, no control, no programs.

Tests that need an odd tenant (a moved clock, a switch, a foreign key) change it directly.
"""

import json
import socket
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import trustme
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from miwire.lab.documents import ARM_APP_ID, GRAPH_APP_ID, Clock, new_id
from miwire.lab.easyauth import app as easyauth
from miwire.lab.entra import app as entra
from miwire.lab.entra import identity_endpoint
from miwire.lab.entra.tokens import signed
from miwire.lab.faults.config import GateSwitches
from miwire.lab.graph import app as graph
from miwire.lab.graph.objects import blank_service_principal, new_application, new_service_principal
from miwire.lab.state.keys import SigningKey
from miwire.lab.state.site import Site
from miwire.lab.state.tenant import Addresses, Tenant

SERVICES = ("graph", "entra", "identity", "gate", "secure_gate", "program")
FIXTURES = Path(__file__).parent / "fixtures"


def recorded(name):
    """A document under fixtures/, as it was recorded or published."""
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))


@contextmanager
def serving(app, listener, tls=None):
    """Serve *app* on a bound socket until the block ends, over *tls* if that is a context."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        server_header=False,
        lifespan="off",
        ssl_context_factory=None if tls is None else lambda *_: tls,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield
    finally:
        # A TLS connection that an SDK forgot would be waited for until it says goodbye.
        for connection in list(server.server_state.connections):
            connection.loop.call_soon_threadsafe(connection.transport.abort)
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


def bound():
    # asyncio turns Nagle's delay off only for sockets that say they are TCP: 40 ms per request.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    return listener


def url_of(listener, scheme="http"):
    return f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"


@dataclass
class Azure:
    """One tenant, the URLs of its services, and one gated site with an echoing program."""

    tenant: Tenant
    gate: str
    secure_gate: str
    """The same gate over TLS."""
    program: str
    client: httpx.Client
    ca: str
    """Path of the certificate authority that Graph and Entra ID are to be trusted by."""
    site: Site = None
    operator: dict = None
    caller: dict = None

    def reset(self):
        tenant = self.tenant
        for state in (
            tenant.sites,
            tenant.applications,
            tenant.service_principals,
            tenant.assignments,
            tenant.deleted,
            tenant.client_secrets,
            tenant.identity_headers,
            tenant.graph_rights,
        ):
            state.clear()
        tenant.clock, tenant.gate = Clock(), GateSwitches()
        for app_id, name in ((GRAPH_APP_ID, "Microsoft Graph"), (ARM_APP_ID, "ARM")):
            self.add_principal(appId=app_id, displayName=name)
        application = new_application(tenant, "AzureADMyOrg") | {"displayName": "operator"}
        tenant.applications[application["id"]] = application
        self.operator = new_service_principal(tenant, application)
        tenant.service_principals[self.operator["id"]] = self.operator
        tenant.client_secrets[self.operator["appId"]] = "the operator's secret"
        tenant.identity_headers["the operator's header"] = self.operator["id"]
        tenant.graph_rights[self.operator["id"]] = (
            "Application.ReadWrite.All",
            "AppRoleAssignment.ReadWrite.All",
        )
        self.caller = self.add_principal(
            displayName="core",
            servicePrincipalType="ManagedIdentity",
            alternativeNames=["isExplicit=False", "/subscriptions/s/sites/core"],
        )
        self.site = Site(
            {
                "id": "/subscriptions/s/sites/core",
                "name": "core",
                "identity": {"type": "SystemAssigned", "principalId": self.caller["id"]},
                "properties": {"defaultHostName": self.gate.removeprefix("http://")},
            },
            gate_port=0,
            upstream=self.program,
        )
        tenant.sites[self.site.id] = self.site

    def add_principal(self, **members):
        principal = blank_service_principal(self.tenant, new_id()) | members
        principal["servicePrincipalNames"] = [principal["appId"]]
        self.tenant.service_principals[principal["id"]] = principal
        return principal

    def token(self, **form):
        """What the token endpoint answers the operator."""
        return self.client.post(
            f"{self.tenant.addresses.entra}/{self.tenant.tenant_id}/oauth2/v2.0/token",
            data={
                "grant_type": "client_credentials",
                "client_id": self.operator["appId"],
                "client_secret": "the operator's secret",
                "scope": "https://graph.microsoft.com/.default",
            }
            | form,
        )

    def signed(self, **claims):
        return signed(self.tenant, claims)


async def _echo(request: Request):
    """What the program behind the gate saw."""
    return JSONResponse(
        {
            "method": request.method,
            "path": request.scope["raw_path"].decode(),
            "query": request.url.query,
            "headers": [[name, value] for name, value in request.headers.items()],
            "body": (await request.body()).decode(),
        },
        headers={"Set-Cookie": "a=1", "X-From": "program"},
    )


class _Gate:
    """The gate of whatever site the current test has."""

    def __init__(self):
        self.azure = None

    async def __call__(self, scope, receive, send):
        gate = easyauth.gate(self.azure.tenant, self.azure.site, self._address)
        await gate(scope, receive, send)

    async def _address(self, site):
        return site.upstream


def _client(ca):
    return httpx.Client(verify=ssl.create_default_context(cafile=ca), trust_env=False)


@pytest.fixture(scope="session")
def _azure(tmp_path_factory):
    authority = trustme.CA()
    ca = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    sockets = {name: bound() for name in SERVICES}
    urls = {name: url_of(listener) for name, listener in sockets.items()}
    for name in ("graph", "entra", "secure_gate"):
        urls[name] = url_of(sockets[name], "https")
    addresses = Addresses("https://localhost:1", urls["graph"], urls["entra"], urls["identity"])
    tenant = Tenant(new_id(), new_id(), addresses, (SigningKey.make(), SigningKey.make()))
    azure = Azure(tenant, urls["gate"], urls["secure_gate"], urls["program"], _client(ca), str(ca))
    gate = _Gate()
    gate.azure = azure
    methods = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH"]
    echo = Starlette(routes=[Route("/{path:path}", _echo, methods=methods)])
    with (
        serving(Starlette(routes=graph.routes(tenant)), sockets["graph"], tls),
        serving(Starlette(routes=entra.routes(tenant)), sockets["entra"], tls),
        serving(Starlette(routes=identity_endpoint.routes(tenant)), sockets["identity"]),
        serving(gate, sockets["gate"]),
        serving(gate, sockets["secure_gate"], tls),
        serving(echo, sockets["program"]),
    ):
        yield azure
        azure.client.close()


@pytest.fixture
def azure(_azure):
    """The directory half of the lab as new."""
    _azure.reset()
    return _azure


@dataclass
class Directory:
    """Graph, as one caller reaches it."""

    azure: Azure
    token: str

    def request(self, method, path, *, headers=(), **arguments):
        """Send one request; *path* is below /v1.0."""
        return self.azure.client.request(
            method,
            f"{self.azure.tenant.addresses.graph}/v1.0{path}",
            headers={"Authorization": f"Bearer {self.token}", **dict(headers)},
            **arguments,
        )

    def get(self, path, **arguments):
        return self.request("GET", path, **arguments)

    def post(self, path, **arguments):
        return self.request("POST", path, **arguments)

    def patch(self, path, **arguments):
        return self.request("PATCH", path, **arguments)

    def delete(self, path, **arguments):
        return self.request("DELETE", path, **arguments)


@pytest.fixture
def directory(azure):
    """A client of Graph that may do what the operator may."""
    return Directory(azure, azure.token().json()["access_token"])


@pytest.fixture(name="recorded")
def _recorded():
    """The reader of fixtures/."""
    return recorded


@pytest.fixture
def core(lab):
    """The resource id of an app without an identity."""
    return lab.site("core")["resourceId"]


@pytest.fixture
def stranger(lab):
    """The resource id of an app with a system-assigned identity."""
    return lab.site("stranger")["resourceId"]


@pytest.fixture
def principals(lab):
    """Asks Graph for the service principals that there are now, by object id."""

    def found():
        with lab.client("graph") as graph:
            listed = graph.get("/v1.0/servicePrincipals", params={"$top": "100"}).json()["value"]
        return {principal["id"]: principal for principal in listed}

    return found


@pytest.fixture
def same_shape():
    """Compares members and types of two documents; null on either side fits any type."""

    def compare(expected, actual):
        if isinstance(expected, dict) and isinstance(actual, dict):
            return expected.keys() == actual.keys() and all(
                compare(expected[name], actual[name]) for name in expected
            )
        return expected is None or actual is None or type(expected) is type(actual)

    return compare
