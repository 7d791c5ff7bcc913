"""What a probe asks, and what it found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.easyauth.model import Gate, GateVerdict
    from miwire.errors import BadRequest
    from miwire.finding import Finding
    from miwire.model.auth_settings import AuthSettings
    from miwire.model.site import Site
    from miwire.probe.response import Challenge
    from miwire.probe.signatures import Origin

WITHOUT_TOKEN = "without-token"  # noqa: S105  the name of a case
WITH_TOKEN = "with-token"  # noqa: S105
OPERATOR = "operator"
"""The case with the token of the one who runs miwire, who need not be a caller."""
SOURCE = "source"
"""The case with the token of the app that calls."""
TAMPERED = "tampered"
FORGED = ("unsigned", TAMPERED, "foreign-key", "wrong-audience", "expired")
"""The cases that send a token which nobody may take; only *tampered* needs a genuine one."""


@dataclass(frozen=True, slots=True)
class ProbeTarget:
    """Where the requests go, and what is known of the gate there."""

    name: str
    """As a command line can name it."""
    url: str
    """Scheme, host and port."""
    path: str = "/"
    gate: Gate | None = None
    """None where its settings could not be read."""
    tenant_id: str | None = None
    """The tenant of the app; None for a URL, which isn't looked up."""
    site: Site | None = None
    """The app as ARM knows it; None for a URL."""

    @property
    def settings(self) -> AuthSettings | None:
        """The settings of the gate, where they could be read."""
        return self.gate.settings if self.gate else None


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
    """The API that a token is asked for, as the command line names it."""

    @property
    def expects_without(self) -> int | None:
        """The expected status of the request without a token, if --expect applies to it."""
        return self.expect if WITH_TOKEN not in self.cases else None

    @property
    def demands_token(self) -> bool:
        """Whether only the request with a token is sent (--with-token)."""
        return WITH_TOKEN in self.cases and WITHOUT_TOKEN not in self.cases

    @property
    def forges(self) -> bool:
        """Whether forged tokens are sent."""
        return any(name in FORGED for name in self.cases)


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
    """Who answered."""
    speaker: str = ""
    """The name of who answered, where one can be told."""
    evidence: str = ""
    """What in the answer shows who it was."""
    predicted: GateVerdict | None = None
    """What the gate was to answer by its settings, where they could be read."""
    exact: bool = False
    """Whether the command line names the status that holds: then nothing is said of the wiring."""
    why: str = ""
    """What people should know of the outcome."""
    advice: str = ""
    """What to do about it, in whole sentences."""
    reason: str = ""
    """Why App Service's front end refused, as ARM shows it."""
    decides: bool = True
    """Whether it counts that nothing came of it: not where it could not be tried."""


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """All cases, in the order run."""

    target: ProbeTarget
    cases: tuple[ProbeCase, ...]
    findings: tuple[Finding, ...]
    owner: TokenOwner | None = None
    unnamed: BadRequest | None = None
    """Why no token was sent although one was demanded: nobody named its audience."""
    notes: tuple[str, ...] = ()
    """What people should know of the audience that they named."""

    @property
    def holds(self) -> bool:
        """Whether everything held that decides."""
        return self.unnamed is None and not self.fails and not self.shows_nothing

    @property
    def fails(self) -> bool:
        """Whether a case does not hold."""
        return any(case.ok is False for case in self.cases)

    @property
    def shows_nothing(self) -> bool:
        """Whether nothing came of a case that decides."""
        return any(case.ok is None and case.decides for case in self.cases)
