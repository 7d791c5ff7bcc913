"""
Tenant: the one state that all slices of the lab share.

Turning an identity on in ARM makes a service principal in Graph and a subject in Entra ID, so the
three look at the same objects. Graph's and ARM's objects are kept as the JSON documents they are.
"""

from __future__ import annotations

import secrets
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from miwire.lab.easyauth.settings import GateSwitches
from miwire.lab.host import LOCALHOST
from miwire.lab.state.replication import History
from miwire.lab.state.ports import Seats
from miwire.lab.faults.config import Weather

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.lab.state.keys import SigningKey

Document = dict[str, Any]

GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
ARM_APP_ID = "797f4846-ba00-4fd7-ba43-dac1f8f63013"


def new_id() -> str:
    """Return a random GUID, as Azure writes it."""
    return str(uuid.uuid4())


@dataclass(slots=True)
class Clock:
    """The time in this Azure: the machine's own, moved by *offset* seconds."""

    offset: float = 0.0

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.time() + self.offset

    def utc(self) -> datetime:
        """Return the same moment as a datetime in UTC."""
        return datetime.fromtimestamp(self.now(), UTC)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Base URLs of the services, without a trailing slash."""

    arm: str
    graph: str
    entra: str
    identity_endpoint: str
    host: str = LOCALHOST
    """The name in all of them but the identity endpoint's."""


@dataclass(slots=True)
class Site:
    """A web app: its ARM document, its settings, and where its gate and its program listen."""

    document: Document
    """What ARM answers to GET, `identity` included (absent when there is none)."""
    gate_port: int
    auth_settings: Document = field(default_factory=dict)
    """What the gate enforces, as authsettingsV2 `properties`; {} where nothing was ever set."""
    auth_file: Document | None = None
    """What the file says that `platform.configFilePath` names, if it is there."""
    auth_settings_v1: Document = field(default_factory=dict)
    """Members of config/authsettings (classic) that somebody set."""
    auth_settings_version: str = "v1"
    """v1's `configVersion`, which says whose the settings are: v2 after a PUT of authsettingsV2."""
    app_settings: dict[str, str] = field(default_factory=dict)
    basic_publishing: dict[str, bool] = field(default_factory=dict)
    """Whether user names and passwords may publish, by `ftp` and `scm`; absent: they may not."""
    slot_config_names: Document = field(default_factory=dict)
    """Names of the settings that stay with a slot when it is swapped."""
    program: str | None = None
    """Name of the sample program behind the gate; None: App Service's own welcome page."""
    restarts: int = 0
    """How often ARM was asked to restart it; its program does so at its next request."""
    upstream: str | None = None
    """URL of a program of the user's own behind the gate, instead of *program*."""
    identity_header: str = field(default_factory=lambda: secrets.token_hex(16).upper(), repr=False)

    @property
    def id(self) -> str:
        """The ARM resource id."""
        return str(self.document["id"])

    @property
    def name(self) -> str:
        """The name; a slot's is app/slot."""
        return str(self.document["name"])

    @property
    def type(self) -> str:
        """Its resource type, by which ARM names the actions on it: a slot has one of its own."""
        return str(self.document["type"])

    @property
    def principal_name(self) -> str:
        """How the directory calls its system-assigned identity: app, or app/slots/slot."""
        return self.name.replace("/", "/slots/")

    @property
    def host(self) -> str:
        """The host name (with the port) that callers use."""
        return str(self.document["properties"]["defaultHostName"])

    @property
    def principal_id(self) -> str | None:
        """The object id of the system-assigned identity's service principal."""
        principal: str | None = self.document.get("identity", {}).get("principalId")
        return principal

    @property
    def is_auth_from_file(self) -> bool:
        """Whether a file in the app is named for its settings; those in ARM do not hold then."""
        return bool(self.auth_settings.get("platform", {}).get("configFilePath"))

    @property
    def with_group(self) -> str:
        """GROUP/NAME, which tells apps of one name apart."""
        return f"{self.document['properties']['resourceGroup']}/{self.name}"

    def is_called(self, name: str) -> bool:
        """Say whether *name* is this app's name, GROUP/NAME or resource id, in any case."""
        names = (self.name, self.with_group, self.id)
        return name.lower() in {each.lower() for each in names}


@dataclass(frozen=True, slots=True)
class Deleted:
    """A directory object in the recycle bin, with what is put back when it is restored."""

    kind: Literal["application", "servicePrincipal"]
    document: Document
    assignments: tuple[Document, ...] = ()
    """The app role assignments that a service principal gave or held."""


@dataclass(slots=True)
class Tenant:
    """All of this Azure: one tenant and its subscriptions, *subscription_id* being the first."""

    tenant_id: str
    subscription_id: str
    addresses: Addresses
    keys: tuple[SigningKey, ...]
    """The first signs; all are published."""
    clock: Clock = field(default_factory=Clock)
    gate: GateSwitches = field(default_factory=GateSwitches)
    """How the gates act where sources about Easy Auth disagree."""
    weather: Weather = field(default_factory=Weather)
    """What hurts at present."""
    history: History = field(default_factory=History)
    cached_tokens: dict[tuple[str, str], tuple[float, str, int]] = field(
        default_factory=dict, repr=False
    )
    """Time of issue, token and expiry by object id and resource, where tokens are cached."""
    domain: str = "contoso.onmicrosoft.com"
    seats: Seats = field(default_factory=Seats)
    subscriptions: dict[str, Document] = field(default_factory=dict)
    """ARM's subscription documents by subscription id."""
    sites: dict[str, Site] = field(default_factory=dict)
    """By resource id in lower case."""
    user_assigned_identities: dict[str, Document] = field(default_factory=dict)
    """ARM's documents of user-assigned identities by resource id in lower case."""
    applications: dict[str, Document] = field(default_factory=dict)
    """Graph applications by object id."""
    service_principals: dict[str, Document] = field(default_factory=dict)
    """Graph service principals by object id."""
    assignments: dict[str, Document] = field(default_factory=dict)
    """Graph app role assignments by their id."""
    deleted: dict[str, Deleted] = field(default_factory=dict)
    """Applications and service principals that can be restored, by object id."""
    client_secrets: dict[str, str] = field(default_factory=dict, repr=False)
    """Client secrets by app id, for the client credentials flow."""
    identity_headers: dict[str, str] = field(default_factory=dict, repr=False)
    """Object id of a service principal by the IDENTITY_HEADER that stands for it (the operator)."""
    arm_rights: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """ARM actions (`*`, `*/read`, …) on all subscriptions by object id; absent: none."""
    graph_rights: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Graph application permissions (`roles` in a Graph token) by object id; absent: none."""

    def site_of_header(self, header: str) -> Site | None:
        """Return the site whose identity endpoint secret this is."""
        return next((s for s in self.sites.values() if s.identity_header == header), None)

    def registrations(self) -> Iterator[Document]:
        """Return every application, deleted ones too: their names stay reserved until purged."""
        yield from self.applications.values()
        yield from (each.document for each in self.deleted.values() if each.kind == "application")

    def application_of(self, app_id: str) -> Document | None:
        """Return the application with this client id."""
        return next((a for a in self.applications.values() if a["appId"] == app_id), None)

    def service_principal_of(self, app_id: str) -> Document | None:
        """Return the service principal with this client id."""
        found = (s for s in self.service_principals.values() if s["appId"] == app_id)
        return next(found, None)

    def roles_of(self, principal_id: str, resource_id: str) -> list[str]:
        """Return the values of the app roles that a principal holds on a resource."""
        resource = self.service_principals[resource_id]
        application = self.application_of(resource["appId"]) or resource
        values = {role["id"]: role["value"] for role in application["appRoles"]}
        return [
            values[held["appRoleId"]]
            for held in self.assignments.values()
            if held["principalId"] == principal_id
            and held["resourceId"] == resource_id
            and held["appRoleId"] in values
        ]

    def assignments_of(self, object_id: str) -> list[Document]:
        """Return the app role assignments that a service principal gives or holds."""
        held = self.assignments.values()
        return [each for each in held if object_id in (each["principalId"], each["resourceId"])]

    def is_assigned(self, principal_id: str, resource_id: str) -> bool:
        """Say whether a principal holds any assignment on a resource, a default one too."""
        return any(
            held["principalId"] == principal_id and held["resourceId"] == resource_id
            for held in self.assignments.values()
        )
