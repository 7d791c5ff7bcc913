"""An App Service app: as people type its name, as ARM names it, and what ARM tells of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from miwire.errors import BadRequest, Unreachable
from miwire.text import is_host

if TYPE_CHECKING:
    from miwire.model.identity import ManagedIdentity


_ID = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)"
    r"/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.Web/sites/(?P<name>[^/]+)"
    r"(?:/slots/(?P<slot>[^/]+))?/?",
    re.IGNORECASE,
)
_SEGMENT = re.compile(r"(?!\.{1,2}$)[\w.()-]{1,90}", re.ASCII)
_FORMS = "Specify the app as NAME, GROUP/NAME, GROUP/NAME/SLOT, its resource ID or its URL."
_MOST_SEGMENTS = 3


@dataclass(frozen=True, slots=True)
class SiteRef:
    """An App Service app, or one slot of it, by its ARM resource id."""

    subscription: str
    group: str
    name: str
    slot: str | None = None

    @property
    def id(self) -> str:
        """The ARM resource id."""
        slot = f"/slots/{self.slot}" if self.slot else ""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"
            f"/providers/Microsoft.Web/sites/{self.name}{slot}"
        )

    @property
    def key(self) -> str:
        """The id in the one case that two spellings of it share: ARM ids have no case."""
        return self.id.lower()

    @property
    def production(self) -> SiteRef:
        """The app itself, also of a slot."""
        return SiteRef(self.subscription, self.group, self.name)

    def __str__(self) -> str:
        return f"{self.group}/{self.name}" + (f"/{self.slot}" if self.slot else "")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the app that an ARM resource id names; raise BadRequest for anything else."""
        found = _ID.fullmatch(text)
        if found is None or not all(
            _SEGMENT.fullmatch(each) for each in found.groupdict().values() if each
        ):
            raise BadRequest(
                f"{text} isn't the resource ID of an App Service app.",
                hint=(
                    "The format is "
                    "/subscriptions/SUB/resourceGroups/GROUP/providers/Microsoft.Web/sites/NAME[/slots/SLOT]."
                ),
            )
        return cls(**found.groupdict())


@dataclass(frozen=True, slots=True)
class AppName:
    """An app as somebody typed it: what is None is to be found out."""

    typed: str
    name: str | None = None
    group: str | None = None
    slot: str | None = None
    subscription: str | None = None
    host: str | None = None
    """Host and port, where a URL was typed."""

    def __str__(self) -> str:
        return self.typed

    @property
    def ref(self) -> SiteRef | None:
        """The app itself, where nothing is left to be found out."""
        if self.subscription and self.group and self.name:
            return SiteRef(self.subscription, self.group, self.name, self.slot)
        return None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what *text* says of an app; raise BadRequest when it can name none."""
        if text.startswith("/"):
            ref = SiteRef.parse(text)
            return cls(text, ref.name, ref.group, ref.slot, ref.subscription)
        if "://" in text:
            return cls(text, host=_host(text))
        segments = text.split("/")
        if len(segments) > _MOST_SEGMENTS or not all(map(_SEGMENT.fullmatch, segments)):
            raise BadRequest(f"{text!r} isn't a valid app name.", hint=_FORMS)
        match segments:
            case [name]:
                return cls(text, name)
            case [group, name]:
                return cls(text, name, group)
            case [group, name, slot]:
                return cls(text, name, group, slot)
        raise AssertionError(segments)

    def within(
        self, subscription: str | None, group: str | None = None, slot: str | None = None
    ) -> Self:
        """Fill in what was left out; raise BadRequest for what can name nothing."""
        for given in (subscription, group, slot):
            if given and _SEGMENT.fullmatch(given) is None:
                raise BadRequest(f"{given!r} isn't a valid name in Azure.", hint=_FORMS)
        return type(self)(
            self.typed,
            self.name,
            self.group or group,
            self.slot or slot,
            self.subscription or subscription,
            self.host,
        )

    def agreeing(self, group: str | None, slot: str | None) -> Self:
        """Raise BadRequest where options contradict what was typed."""
        for what, typed, given in (
            ("resource group", self.group, group),
            ("slot", self.slot, slot),
        ):
            if typed and given and typed.casefold() != given.casefold():
                raise BadRequest(
                    f"{self.typed} says {typed}, but the {what} option says {given}.", hint=_FORMS
                )
        return self


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  reading it is what checks it
    except ValueError as error:
        raise BadRequest(f"{url} isn't a valid URL: {error}.", hint=_FORMS) from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise BadRequest(f"{url} isn't an http or https URL of an app.", hint=_FORMS)
    return parts.netloc.lower()


@dataclass(frozen=True, slots=True)
class Site:
    """What miwire needs to know of an app."""

    ref: SiteRef
    default_host_name: str
    """As ARM tells it: since 2024 it cannot be derived from the app's name."""
    host_names: tuple[str, ...]
    kind: str
    state: str
    identity: ManagedIdentity
    public_network_access: str = ""
    """Enabled or Disabled; empty where ARM names neither."""
    requires_client_certificate: bool = False
    """Whether a request without a client certificate is refused."""
    https_only: bool = False
    """Whether App Service redirects every request over http to https."""

    @property
    def url(self) -> str:
        """Where the app answers; raises Unreachable where ARM names no host for it."""
        if not is_host(self.default_host_name):
            raise Unreachable(
                f"Azure returned no usable host name for {self.display_name}: its "
                f"defaultHostName is {self.default_host_name!r}.",
                hint="Check the app in the Azure portal.",
            )
        return f"https://{self.default_host_name}"

    @property
    def is_running(self) -> bool:
        """Whether ARM's `state` says that it runs, or nothing."""
        return self.state.casefold() in {"", "running"}

    @property
    def is_function_app(self) -> bool:
        """Whether the Functions host answers for it."""
        return "functionapp" in self.kind.lower()

    @property
    def is_workflow_app(self) -> bool:
        """Whether it is a Logic App (Standard), as ARM's `kind` says (functionapp,workflowapp)."""
        return "workflowapp" in self.kind.lower()

    @property
    def is_linux(self) -> bool:
        """Whether it runs on Linux, as ARM's `kind` says (app,linux)."""
        return "linux" in self.kind.lower()

    @property
    def display_name(self) -> str:
        """The app's name for people: app or app/slot."""
        return self.ref.name + (f"/{self.ref.slot}" if self.ref.slot else "")
