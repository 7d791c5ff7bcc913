"""One lab for all tests, over HTTP as any client has it, and back at its start for each test."""

import os
import ssl
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from miwire.lab import launcher

SITES = {"api-version": "2025-05-01"}

# A worker of pytest-xdist claims a terminal of 80 columns, and there is none.
os.environ.pop("COLUMNS", None)
os.environ.pop("LINES", None)


@dataclass(frozen=True)
class RunningLab:
    """A lab that answers, and the client to ask it with."""

    info: launcher.LabInfo
    http: httpx.Client

    @property
    def environment(self):
        """What `miwire lab env` exports."""
        return launcher.operator_environment(self.info)

    @property
    def ca(self):
        """The path of the CA's certificate, for clients that want a file."""
        return str(self.info.state_dir / "ca.pem")

    @property
    def arm(self):
        return self.info.services["arm"]

    @property
    def graph(self):
        return self.info.services["graph"]

    @property
    def entra(self):
        return self.info.services["entra"]

    @property
    def tenant_id(self):
        return self.environment["AZURE_TENANT_ID"]

    @property
    def subscription_id(self):
        return self.environment["AZURE_SUBSCRIPTION_ID"]

    def inside(self, site):
        """The environment of a program inside an app, started from this one's."""
        return launcher.site_environment(self.info, site, os.environ)

    def status(self):
        return self._asked("GET", "status")

    def site(self, name):
        """What the lab says of an app: name, url, resourceId, hasIdentity, program."""
        return next(site for site in self.status()["sites"] if site["name"] == name)

    def url(self, name):
        return self.site(name)["url"]

    def requests(self, service=None):
        """What was asked since the reset, of one service or of all but the control routes."""
        return [
            request
            for request in self._asked("GET", "requests")["requests"]
            if request["service"] == service
            or (service is None and request["service"] != "control")
        ]

    def reset(self, scene=None):
        return self._asked("POST", "reset", {"scene": scene} if scene else {})

    def advance(self, seconds):
        """Move the clock of this Azure."""
        return self._asked("POST", "clock", {"advance": seconds})

    def faults(self, config=None):
        """Replace the fault configuration, or return the present one; a reset clears it."""
        if config is None:
            return self._asked("GET", "faults")
        return self._asked("POST", "faults", config)

    def token(self, claims, site=None):
        """A genuinely signed token, of an app's identity or of nobody's."""
        body = {"claims": claims} | ({"site": site} if site else {})
        return self._asked("POST", "tokens", body)["access_token"]

    def operator_token(self, resource):
        """The operator's token, had from the identity endpoint as any client has it."""
        return self.identity_token(resource, self.environment)

    def identity_token(self, resource, environment):
        """The token that a program with *environment* gets."""
        response = self.http.get(
            environment["IDENTITY_ENDPOINT"],
            params={"api-version": "2019-08-01", "resource": resource},
            headers={"X-IDENTITY-HEADER": environment["IDENTITY_HEADER"]},
        )
        response.raise_for_status()
        return response.json()["access_token"]

    def settings(self, name="integration"):
        """authsettingsV2 of an app, as ARM has it."""
        with self.client("arm") as arm:
            answer = arm.get(self._settings_path(name), params=SITES)
        return answer.json()["properties"]

    def put_settings(self, properties, name="integration"):
        """Write authsettingsV2 as somebody else would."""
        with self.client("arm") as arm:
            path, body = self._settings_path(name), {"properties": properties}
            answer = arm.put(path, params=SITES, json=body)
        answer.raise_for_status()

    def put_app_settings(self, name, **settings):
        """Replace the app settings of an app."""
        with self.client("arm") as arm:
            path = f"{self.site(name)['resourceId']}/config/appsettings"
            answer = arm.put(path, params=SITES, json={"properties": settings})
        answer.raise_for_status()

    def listed(self, name="integration"):
        """Which clients and which identities an app's gate lets in; None: no such list."""
        provider = self.settings(name)["identityProviders"]["azureActiveDirectory"]
        policy = provider["validation"]["defaultAuthorizationPolicy"]
        return policy.get("allowedApplications"), policy["allowedPrincipals"].get("identities")

    def audience(self, name="integration"):
        """The client id that an app's settings name, an audience that they accept."""
        provider = self.settings(name)["identityProviders"]["azureActiveDirectory"]
        return provider["registration"]["clientId"]

    def with_token(self, name="integration"):
        """The words of a probe of an app's URL with a token for it."""
        return *self.both_cases(name), "--with-token"

    def both_cases(self, name="integration"):
        """The words of a probe of an app's URL, without a token and with one for it."""
        return "probe", self.url(name), "--audience", self.audience(name)

    def identity(self, name):
        """The client id and the object id of an app's own identity."""
        with self.client("arm") as arm:
            site = arm.get(self.site(name)["resourceId"], params=SITES).json()
        principal_id = site["identity"]["principalId"]
        principal = self.graph_get(f"servicePrincipals/{principal_id}")
        return principal["appId"], principal_id

    def graph_get(self, path):
        """What Graph has at a path below /v1.0."""
        with self.client("graph") as graph:
            return graph.get(f"/v1.0/{path}").json()

    def called(self, token=None, path="/", name="integration"):
        """The status that a caller with this token gets; redirects are not followed."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.http.get(f"{self.url(name)}{path}", headers=headers).status_code

    def writes(self):
        """Everything that was written in ARM and Graph since the reset."""
        return [
            f"{request['method']} {request['url']}"
            for request in self.requests()
            if request["service"] in {"arm", "graph"}
            and request["method"] != "GET"
            and not request["url"].partition("?")[0].endswith(("/list", "/$batch"))
        ]

    def _settings_path(self, name):
        return f"{self.site(name)['resourceId']}/config/authsettingsV2"

    def client(self, service, token=None):
        """An httpx client of "arm" or "graph" with the operator's token, or another one."""
        base = getattr(self, service)
        token = self.operator_token(base) if token is None else token
        context = ssl.create_default_context(cafile=self.ca)
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=base, verify=context, headers=headers, trust_env=False)

    def control(self, method, name, *, key=None, headers=None, **more):
        """
        The answer of a control route, whatever its status; *more* is httpx's.

        It is asked with the lab's key, with another *key*, or with none where that is "".
        """
        key = self.environment["MIWIRE_LAB_KEY"] if key is None else key
        given = {"X-Miwire-Lab-Key": key} if key else {}
        return self.http.request(
            method, f"{self.arm}/_lab/{name}", headers={**given, **(headers or {})}, **more
        )

    def _asked(self, method, name, body=None):
        response = self.control(method, name, json=body)
        response.raise_for_status()
        return response.json()


def processes_of(state_dir):
    """The command lines of running processes that name a lab's folder, as far as this OS tells."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(state_dir) in command:
            found.append(command)
    return found


@pytest.fixture(scope="session")
def _lab(tmp_path_factory):
    state_dir = tmp_path_factory.mktemp("lab") / "state"
    info, _ = launcher.start(state_dir)
    context = ssl.create_default_context(cafile=str(state_dir / "ca.pem"))
    with httpx.Client(verify=context, trust_env=False, timeout=30) as http:
        yield RunningLab(info, http)
    launcher.stop(state_dir)

    assert not state_dir.exists()
    assert [] == processes_of(state_dir)


@pytest.fixture
def lab(_lab):
    """The lab at the start of the story."""
    _lab.reset("story")
    return _lab


@pytest.fixture
def http(lab):
    """A client that trusts the lab's CA and sends no token."""
    return lab.http


@pytest.fixture
def arm(lab):
    """A client of ARM with the operator's token; name an api-version with every request."""
    with lab.client("arm") as client:
        client.params = {"api-version": "2025-05-01"}
        yield client
