"""What came back over HTTP, and who said it: the platform's gate, the app, or the network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from miwire import timestamps
from miwire.easyauth.model import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.easyauth.model import GateVerdict

_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
_STOPPED = re.compile(
    r"<title>[^<]*(is stopped|Site Disabled|Ip Forbidden)[^<]*</title>", re.IGNORECASE
)
_LOGIN = re.compile(r"/\.auth/login/|^https://login\.|/oauth2/(v2\.0/)?authorize")
REFUSALS = (401, 403)


class Origin(StrEnum):
    """Who answered."""

    PLATFORM = "platform"
    APP = "app"
    NETWORK = "network"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Challenge:
    """
    The WWW-Authenticate header of App Service Authentication.

    Its parameters are separated by spaces, not by commas as elsewhere (seen on Linux, 2021).
    """

    realm: str | None = None
    authorization_uri: str | None = None
    resource_id: str | None = None

    @classmethod
    def parse(cls, header: str) -> Self | None:
        """Return what a Bearer challenge says; None for any other scheme."""
        scheme, _, rest = header.strip().partition(" ")
        if scheme.lower() != "bearer":
            return None
        found = dict(_PARAMETER.findall(rest))
        return cls(found.get("realm"), found.get("authorization_uri"), found.get("resource_id"))

    @property
    def is_the_platforms(self) -> bool:
        """Whether App Service words its challenge so, and other software does not."""
        return bool(self.realm and (self.authorization_uri or self.resource_id))


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; redirects are never followed."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    beginning: str
    """The first characters of the body."""
    elapsed_ms: int

    @property
    def at(self) -> float | None:
        """Epoch seconds by the clock of who answered, which is the one that judges a token."""
        return timestamps.http_date(self.headers.get("date", ""))

    @property
    def challenge(self) -> Challenge | None:
        """The Bearer challenge, if there is one."""
        header = self.headers.get("www-authenticate")
        return Challenge.parse(header) if header else None

    @property
    def location(self) -> str | None:
        """Where a redirect would lead."""
        return self.headers.get("location")

    @property
    def leads_to_a_login(self) -> bool:
        """Whether it sends a browser to a sign-in page, which refuses nobody."""
        redirect = 300 <= self.status < 400  # noqa: PLR2004
        return redirect and bool(_LOGIN.search(self.location or ""))

    @property
    def is_of_the_network(self) -> bool:
        """Whether the platform's front end refused before gate or app were reached."""
        return "x-ms-forbidden-ip" in self.headers or bool(_STOPPED.search(self.beginning))

    def origin(self, predicted: GateVerdict | None) -> Origin:
        """
        Say who answered, by what only one of them says, else by what the gate was to answer.

        `x-ms-middleware-request-id` proves nothing: the middleware runs for CORS too. *predicted*
        is None where the settings could not be read.
        """
        if self.is_of_the_network:
            return Origin.NETWORK
        if predicted and predicted.rule is Rule.PLATFORM_OFF and predicted.status is not None:
            # Whatever its challenge looks like: a gate that is off for certain words none.
            return Origin.APP
        if self.status == REFUSALS[0] and self.challenge and self.challenge.is_the_platforms:
            return Origin.PLATFORM
        if self.leads_to_a_login:
            return Origin.PLATFORM
        if predicted and not predicted.lets_through and predicted.status == self.status:
            return Origin.PLATFORM
        if self.status not in REFUSALS:
            return Origin.APP
        if predicted and predicted.lets_through and self.beginning.strip():
            return Origin.APP
        return Origin.UNKNOWN
