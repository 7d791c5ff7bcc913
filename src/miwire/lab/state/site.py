"""An app of the lab: its resource, its settings, and where it answers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from miwire.lab.documents import Document


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
    before_preview: dict[str, str] | None = None
    """The app settings from before a swap with preview was begun; None where none was."""
    basic_publishing: dict[str, bool] = field(default_factory=dict)
    """Whether user names and passwords may publish, by `ftp` and `scm`; absent: they may not."""
    web_config: Document = field(default_factory=dict)
    """Members of config/web that somebody set."""
    slot_config_names: Document = field(default_factory=dict)
    """Names of the settings that stay with a slot when it is swapped."""
    program: str | None = None
    """Name of the sample program behind the gate; None: App Service's own welcome page."""
    restarts: int = 0
    """How often ARM was asked to restart it; its program does so at its next request."""
    upstream: str | None = None
    """URL of a program of the user's own behind the gate, instead of *program*."""
    identity_header: str = field(default_factory=lambda: secrets.token_hex(16).upper(), repr=False)
    session_key: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    """Signs the session tokens of its gate."""

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
