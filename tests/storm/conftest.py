"""
miwire in this process against a lab that hurts: waits pass at once, on the lab's own clock.

Nothing of miwire is replaced but the way in which seconds pass: every wait, the SDKs' own among
them, moves the lab's clock instead of the machine's.
"""

import json
import logging
import re
from dataclasses import dataclass, field
from functools import partial
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from miwire.azure.waiter import Waiter
from miwire.cli import options as option_groups
from miwire.cli.main import main

TOKEN = re.compile(r"eyJ[\w-]{10,}\.[\w-]{10,}")
SENTENCE_CODES = {2, 3, 4, 5, 6, 7, 8}
"""Exit codes that come with an error, its sentence and a hint."""


@dataclass(frozen=True)
class Ended:
    """A command that has run, and the seconds that it would have waited."""

    code: int
    out: str
    err: str
    waited: float

    @property
    def errors(self):
        return [line for line in self.err.splitlines() if line.startswith("error[")]

    def explains_itself(self):
        """Say whether it ended as every command must, whatever happens."""
        assert self.code != 70, self.err
        assert "Traceback" not in self.err
        assert len(self.errors) == (1 if self.code in SENTENCE_CODES else 0), self.err
        # All that --wait allows, and what throttling may take at the least.
        assert self.waited <= 180 + 60
        return True


@dataclass
class World:
    """An Azure, what people do in it, and what can be seen of it from outside."""

    lab: object
    capture: object
    waited: list = field(default_factory=list)
    tokens: dict = field(default_factory=dict)

    def run(self, *command):
        """Run one command line of miwire."""
        self.waited.clear()
        self.capture.readouterr()
        code = main([str(word) for word in command])
        out, err = self.capture.readouterr()
        self.tells_no_secret(out + err)
        return Ended(int(code), out, err, sum(self.waited))

    def tells_no_secret(self, text):
        """Fail where a token, or a secret of the lab, is in what somebody can read."""
        environment = self.lab.environment
        secrets = (environment["IDENTITY_HEADER"], environment["MIWIRE_LAB_CLIENT_SECRET"])
        assert TOKEN.search(text) is None
        assert not any(secret in text for secret in secrets)

    def done(self, *command):
        """Run one that must succeed."""
        ended = self.run(*command)
        assert ended.code == 0, ended.err
        return ended

    def arm(self, method, path, body=None):
        """Ask ARM as the operator."""
        path = f"{self.lab.arm}{path}?api-version=2025-05-01"
        answer = self.lab.http.request(method, path, json=body, headers=self._bearer(self.lab.arm))
        assert answer.is_success, answer.text
        return answer.json()

    def graph(self, method, path, body=None):
        """Ask Graph as the operator."""
        headers = self._bearer(self.lab.graph)
        path = f"{self.lab.graph}/v1.0{path}"
        answer = self.lab.http.request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def _bearer(self, resource):
        if resource not in self.tokens:
            self.tokens[resource] = self.lab.operator_token(resource)
        return {"Authorization": f"Bearer {self.tokens[resource]}"}

    @property
    def settings_path(self):
        return f"{self.lab.site('integration')['resourceId']}/config/authsettingsV2"

    def settings(self):
        return self.arm("GET", self.settings_path)["properties"]

    def app_settings(self, site):
        """All app settings of an app, by name."""
        path = f"{self.lab.site(site)['resourceId']}/config/appsettings/list"
        return self.arm("POST", path)["properties"]

    @property
    def app_id(self):
        """The registration that the target's settings name."""
        provider = self.settings()["identityProviders"]["azureActiveDirectory"]
        return provider["registration"]["clientId"]

    def put_settings(self, properties):
        return self.arm("PUT", self.settings_path, {"properties": properties})["properties"]

    def applications(self):
        return [
            each
            for each in self.graph("GET", "/applications?$top=999")["value"]
            if each["displayName"] != "miwire-lab-operator"
        ]

    def principal(self, app_id):
        return self.graph("GET", f"/servicePrincipals(appId='{app_id}')")

    def assignments(self, app_id):
        path = f"/servicePrincipals(appId='{app_id}')/appRoleAssignedTo?$top=999"
        return self.graph("GET", path)["value"]

    def identity(self, site):
        """The object id and the client id of an app's system-assigned identity."""
        identity = self.arm("GET", self.lab.site(site)["resourceId"]).get("identity") or {}
        principal_id = identity.get("principalId")
        if principal_id is None:
            return None
        return principal_id, self.graph("GET", f"/servicePrincipals/{principal_id}")["appId"]

    def status(self, token=None, path="/"):
        """What the gate answers to a request; 200 is the app's."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.lab.http.get(
            f"{self.lab.url('integration')}{path}", headers=headers
        ).status_code

    def token_of(self, audience, ids=None):
        """A genuinely signed token of somebody: of nobody known where no *ids* are given."""
        principal_id, client_id = ids or (str(uuid4()), str(uuid4()))
        claims = {"azp": client_id, "oid": principal_id, "sub": principal_id, "ver": "2.0"}
        return self.lab.token({"aud": audience, **claims})


@pytest.fixture
def world(lab, monkeypatch, capsys, tmp_path):
    """The story, an operator's shell, and waits that cost nothing."""
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MIWIRE_LAB", str(tmp_path))
    # Without the public roots, which every new connection would read again.
    monkeypatch.setenv("SSL_CERT_FILE", lab.ca)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", lab.ca)
    found = World(lab, capsys)

    def pause(seconds):
        found.waited.append(seconds)
        lab.advance(seconds)

    monkeypatch.setattr(option_groups, "Waiter", partial(Waiter, pause=pause))
    handlers = list(logging.getLogger().handlers)
    yield found
    logging.getLogger().handlers[:] = handlers
    for file in tmp_path.rglob("*"):
        if file.is_file():
            found.tells_no_secret(file.read_text(errors="replace"))
            assert file.stat().st_mode & 0o077 == 0


@pytest.fixture(scope="session")
def foreign_key_token():
    """Makes a token like another one, signed with a key that no issuer has."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def forged(token):
        claims = jwt.decode(token, options={"verify_signature": False})
        return jwt.encode(claims, key, "RS256", jwt.get_unverified_header(token))

    return forged


@dataclass
class Start:
    """What was there before, whom it let in, and what the command line has to say to it."""

    name: str
    flags: tuple = ()
    insider: tuple | None = None
    """Object id and client id of a caller that is in already."""
    audience: str | None = None
    settings: dict = field(default_factory=dict)
    """authsettingsV2 as Azure had it."""
    foreign_registration: bool = False


def starting(world, name, rng):
    """Build a starting point in the story; returns what must hold of it afterwards."""
    start = STARTS[name](world, rng)
    start.settings = world.settings()
    return start


def _open(_world, _rng):
    return Start("open")


def _google(world, rng):
    world.lab.reset("signing-in")
    return Start("google", (rng.choice(("--replace-sign-in", "--keep-sign-in")),))


def _excluded(world, _rng):
    validation = {"unauthenticatedClientAction": "AllowAnonymous", "excludedPaths": ["/items"]}
    world.put_settings({"platform": {"enabled": True}, "globalValidation": validation})
    return Start("excluded")


def _unknown(world, _rng):
    future = {"of": ["2031", None, {"deep": True}], "flag": "false"}
    world.put_settings({"platform": {"enabled": False}, "somethingNew": future})
    return Start("unknown")


def _half_made(world, _rng):
    world.done("connect", "core", "integration", "--prepare")
    return Start("half made")


def _deleted(world, _rng):
    world.done("connect", "core", "integration", "--prepare")
    (app,) = world.applications()
    world.graph("DELETE", f"/applications/{app['id']}")
    return Start("deleted")


def _callers(world, rng):
    """Somebody else's registration, its role held by stranger, and lists that name it."""
    role = {
        "id": str(uuid4()),
        "value": "Orders.Read",
        "displayName": "Read orders",
        "description": "Reads orders.",
        "allowedMemberTypes": ["Application"],
        "isEnabled": True,
    }
    app = world.graph(
        "POST",
        "/applications",
        {
            "displayName": "orders",
            "signInAudience": "AzureADMyOrg",
            "api": {"requestedAccessTokenVersion": 2},
            "appRoles": [role],
        },
    )
    principal = world.graph("POST", "/servicePrincipals", {"appId": app["appId"]})
    stranger = world.identity("stranger")
    world.graph(
        "POST",
        f"/servicePrincipals/{principal['id']}/appRoleAssignedTo",
        {"principalId": stranger[0], "resourceId": principal["id"], "appRoleId": role["id"]},
    )
    world.put_settings(
        {
            "platform": {"enabled": True},
            "globalValidation": {"unauthenticatedClientAction": "Return401"},
            "identityProviders": {
                "azureActiveDirectory": {
                    "registration": {
                        "clientId": app["appId"],
                        "openIdIssuer": f"{world.lab.entra}/{world.lab.tenant_id}/v2.0",
                    },
                    "validation": {
                        "allowedAudiences": [f"api://{app['appId']}"],
                        "defaultAuthorizationPolicy": {
                            "allowedApplications": [stranger[1]],
                            "allowedPrincipals": {"identities": [stranger[0]]},
                        },
                    },
                }
            },
        }
    )
    flag = rng.choice(("--replace-sign-in", "--keep-sign-in"))
    return Start("callers", (flag,), stranger, app["appId"], foreign_registration=True)


def _scene(name):
    """Return the builder of a scene of the lab whose target is miwire's own."""

    def begun(world, _rng):
        world.lab.reset(name)
        return Start(name)

    return begun


SCENES = ("event-triggers", "ids-swapped", "slots", "slot-forgotten", "stale-ids", "trailing-slash")
STARTS = {
    "open": _open,
    "google": _google,
    "excluded": _excluded,
    "unknown": _unknown,
    "half made": _half_made,
    "deleted": _deleted,
    "callers": _callers,
    **{name: _scene(name) for name in SCENES},
}


@pytest.fixture(name="starting")
def _starting():
    """The builder of starting points, and their names."""
    starting.names = tuple(STARTS)
    return starting


class Story:
    """What is asked, and what must hold at the end."""

    def __init__(self, world, start):
        self.world = world
        self.start = start
        self.before()

    def before(self):
        """Do what comes first, without faults."""

    @property
    def app_id(self):
        return self.world.app_id

    def let_in(self, *sites):
        for site in sites:
            ids = self.world.identity(site)
            assert ids is not None
            assert self.world.status(self.world.token_of(self.app_id, ids)) == 200
            held = [
                each
                for each in self.world.assignments(self.app_id)
                if each["principalId"] == ids[0]
            ]
            roles = [each["appRoleId"] for each in held]
            assert len(roles) == len(set(roles))
            assert roles, f"{site} holds no role"

    def one_wiring(self):
        assert len(self.world.applications()) == 1
        assert self.world.principal(self.app_id)["appId"] == self.app_id


class EnableIdentity(Story):
    command = ("enable-identity", "core")

    def holds(self):
        assert self.world.identity("core") is not None


class Protect(Story):
    def before(self):
        self.command = (
            *("protect", "integration", "--allow", "stranger", "--yes"),
            *self.start.flags,
        )

    def holds(self):
        self.one_wiring()
        self.let_in("stranger")


class Connect(Story):
    def before(self):
        self.command = ("connect", "core", "integration", "--yes", *self.start.flags)

    def holds(self):
        self.one_wiring()
        self.let_in("core")


class Grant(Story):
    command = ("grant", "core", "integration", "--yes")

    def before(self):
        self.world.done(
            *("protect", "integration", "--allow", "stranger", "--yes"), *self.start.flags
        )
        self.world.done("enable-identity", "core")

    def holds(self):
        self.one_wiring()
        self.let_in("core", "stranger")


class Scope(Story):
    """The scope is written for a source that is allowed already, and the rest stays."""

    command = ("grant", "core", "integration", "--scope-setting", "SCOPE", "--yes")

    def before(self):
        self.world.done("connect", "core", "integration", "--yes", *self.start.flags)
        self.others = self.world.app_settings("core")

    def holds(self):
        self.let_in("core")
        assert self.others | {"SCOPE": f"api://{self.app_id}/.default"} == self.world.app_settings(
            "core"
        )


class Revoke(Story):
    command = ("revoke", "core", "integration", "--yes")

    def before(self):
        self.world.done("connect", "core", "integration", "--yes", *self.start.flags)
        self.world.done("grant", "stranger", "integration", "--yes")

    def holds(self):
        self.one_wiring()
        self.let_in("stranger")
        ids = self.world.identity("core")
        assert self.world.status(self.world.token_of(self.app_id, ids)) == 403
        assert ids[0] not in [each["principalId"] for each in self.world.assignments(self.app_id)]


class Undo(Story):
    def before(self):
        self.verdicts = self.seen()
        ended = self.world.done(
            *("connect", "core", "integration", "--yes", "-o", "json"), *self.start.flags
        )
        run = json.loads(ended.out)["run"]
        self.command = ("undo", *([run] if run else []), "--yes")

    def seen(self):
        tokens = [None]
        if self.start.audience:
            tokens.append(self.world.token_of(self.start.audience, self.start.insider))
            tokens.append(self.world.token_of(self.start.audience))
        return [self.world.status(token, path) for token in tokens for path in ("/", "/items")]

    def holds(self):
        assert self.verdicts == self.seen()


STORIES = {
    "enable-identity": EnableIdentity,
    "protect": Protect,
    "connect": Connect,
    "grant": Grant,
    "scope": Scope,
    "revoke": Revoke,
    "undo": Undo,
}


@pytest.fixture
def stories():
    """What is asked, by the name of the command."""
    return STORIES
