"""What a probe asks, and what it found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.domain.answer import Challenge, Origin
    from miwire.domain.auth_settings import AuthSettings
    from miwire.domain.finding import Finding

WITHOUT_TOKEN = "without-token"  # noqa: S105  the name of a case
WITH_TOKEN = "with-token"  # noqa: S105


@dataclass(frozen=True, slots=True)
class ProbeTarget:
    """Where the requests go, and what is known of the gate there."""

    name: str
    """As a command line can name it."""
    url: str
    """Scheme, host and port."""
    path: str = "/"
    settings: AuthSettings | None = None
    """None where they could not be read."""


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """How to ask."""

    cases: tuple[str, ...] = (WITHOUT_TOKEN, WITH_TOKEN)
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 30.0
    """Seconds."""
    expect: int | None = None
    """The exact status of the request with a token, or of the only request."""
    token: str | None = field(default=None, repr=False)
    """A token that was given, instead of one from the credential."""
    audience: str | None = None

    @property
    def expects_without(self) -> int | None:
        """The exact status of the request without a token, where that was asked for."""
        return self.expect if self.cases == (WITHOUT_TOKEN,) else None


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """Whose token was sent, and for what."""

    principal_id: str | None
    client_id: str | None
    tenant_id: str | None
    audience: str
    name: str | None = None
    """The app whose identity it is, where miwire runs inside that app."""
    source: str = "credential"
    """Where it came from: the credential of where miwire runs, or given."""


@dataclass(frozen=True, slots=True)
class ProbeCase:
    """One request and what came of it. None: it could not be tried."""

    name: str
    expected: str
    status: int | None = None
    ok: bool | None = None
    elapsed_ms: int | None = None
    challenge: Challenge | None = None
    location: str | None = None
    origin: Origin | None = None
    exact: bool = False
    """Whether the command line names the status that holds: then nothing is said of the wiring."""
    why: str = ""
    """What people should know of the outcome."""


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """All cases, in the order run."""

    target: ProbeTarget
    cases: tuple[ProbeCase, ...]
    findings: tuple[Finding, ...]
    owner: TokenOwner | None = None

    @property
    def holds(self) -> bool:
        """Whether everything was tried, and held."""
        return all(case.ok for case in self.cases)
