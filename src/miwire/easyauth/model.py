"""The rules of a gate by their stable names, and what it means that one of them objects."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from miwire.finding import Verdict
from miwire.tokens.expectation import Signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.model.auth_settings import AuthSettings
    from miwire.model.cloud import Issuers
    from miwire.tokens.access_token import AccessToken


class Rule(StrEnum):
    """
    What decides about a request. A name is never used again for another rule.

    Open: *platform-off*, *excluded-path*, *anonymous-allowed*, *passes*. The gate's own:
    *require-https*, *gate-endpoint*. No token: *no-token-…*, named after the action that the
    settings ask for. Token not taken: *not-a-token* to *lifetime*. Authentication itself fails
    (500): *no-metadata*. Token taken, caller not among the allowed ones (403): *tenants* to
    *jwt-claim-checks*.
    """

    PLATFORM_OFF = "platform-off"
    REQUIRE_HTTPS = "require-https"
    GATE_ENDPOINT = "gate-endpoint"
    EXCLUDED_PATH = "excluded-path"
    WARMUP_PATH = "warmup-path"
    ANONYMOUS_ALLOWED = "anonymous-allowed"
    NO_TOKEN_RETURN401 = "no-token-return401"  # noqa: S105  a rule, no password
    NO_TOKEN_RETURN403 = "no-token-return403"  # noqa: S105
    NO_TOKEN_RETURN404 = "no-token-return404"  # noqa: S105
    NO_TOKEN_REDIRECT = "no-token-redirect"  # noqa: S105
    NOT_A_TOKEN = "not-a-token"  # noqa: S105
    PROVIDER_OFF = "provider-off"
    NO_METADATA = "no-metadata"
    SIGNATURE = "signature"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    LIFETIME = "lifetime"
    TENANTS = "tenants"
    SERVICE_PRINCIPAL = "service-principal"
    ALLOWED_APPLICATIONS = "allowed-applications"
    ALLOWED_IDENTITIES = "allowed-identities"
    ALLOWED_GROUPS = "allowed-groups"
    JWT_CLAIM_CHECKS = "jwt-claim-checks"
    PASSES = "passes"


VALIDATION = (Rule.SIGNATURE, Rule.ISSUER, Rule.AUDIENCE, Rule.LIFETIME)
"""What a 401 for a token comes from."""
POLICY = (
    Rule.TENANTS,
    Rule.SERVICE_PRINCIPAL,
    Rule.ALLOWED_APPLICATIONS,
    Rule.ALLOWED_IDENTITIES,
    Rule.ALLOWED_GROUPS,
    Rule.JWT_CLAIM_CHECKS,
)
"""What a 403 for a token comes from."""


@dataclass(frozen=True, slots=True)
class Objection:
    """A rule that speaks against a token: surely, or only if an open question is answered so."""

    rule: Rule
    sentence: str
    only_if: str = ""
    """The open question, by the name of its switch in the lab where it has one; empty: none."""
    expected: bool = True
    """Whether the likelier answer to that question is the one that makes the rule object."""
    fails: bool = False
    """Whether the gate fails with 500, instead of going on as if no token had come."""


FAILED = 500
"""The status of a gate that can't judge a token (MicrosoftDocs/azure-docs-sdk-dotnet#2413)."""
WARMUP_PATH = "WEBSITE_WARMUP_PATH"
DISABLE_CHALLENGE = "WEBSITE_AUTH_DISABLE_WWWAUTHENTICATE"
TRUE = frozenset({"true", "1"})
"""How app settings say yes."""
LET_THROUGH = 200
"""The status of a request that reaches the app; which one the app gives it is not the gate's."""


def warmup_path(app_settings: Mapping[str, str] | None) -> str | None:
    """Return the path that App Service requests while it starts an app; None: none is known."""
    path = ((app_settings or {}).get(WARMUP_PATH) or "").strip()
    if not path:
        return None
    return path if path.startswith("/") else f"/{path}"


UNCHECKED = Signature(Verdict.UNKNOWN, "not checked")


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate in front of an app, as far as it could be read."""

    settings: AuthSettings
    tenant_id: str
    """The tenant of the app's subscription."""
    issuers: Issuers | None
    """That tenant's two; None: they could not be read."""
    app_settings: Mapping[str, str] | None = None
    """Those that change whom authentication allows; None: they could not be read."""
    elsewhere: str = ""
    """Where the settings are that count instead of these, if so: a file, or those of v1."""
    domains: tuple[str, ...] = ()
    """Verified domains of the tenant, as far as they are known."""

    @property
    def challenges(self) -> bool | None:
        """
        Whether a 401 carries WWW-Authenticate; None: the app setting that decides wasn't read.

        `login.disableWWWAuthenticate` removes it, and so does the app setting of v1
        (environment-variables-reference in the App Service documentation).
        """
        if self.settings.removes_challenge:
            return False
        if self.app_settings is None:
            return None
        return self.app_settings.get(DISABLE_CHALLENGE, "").strip().lower() not in TRUE


@dataclass(frozen=True, slots=True)
class GateRequest:
    """What comes to a gate."""

    at: float
    """Epoch seconds."""
    path: str = "/"
    token: AccessToken | None = None
    signature: Signature = UNCHECKED
    unreadable: bool = False
    """Whether it carries a bearer that is no JWT."""
    over_https: bool = True
    browser: bool = False
    """Whether it looks like one: GET, a User-Agent with Mozilla, no Authorization, no script."""
    method: str = "GET"


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """What a gate will answer, the first rule that decides, and why, in one sentence."""

    status: int | None
    """200 stands for whatever the app answers; None: unknown."""
    rule: Rule
    sentence: str
    likely: int | None
    """The status with every open question answered the likelier way; None: nobody can tell."""
    doubts: tuple[str, ...] = ()
    """The open questions on which the status hangs."""

    @property
    def unknown(self) -> bool:
        """Whether it hangs on what is uncertain."""
        return self.status is None

    @property
    def lets_through(self) -> bool:
        """Whether the request surely reaches the app."""
        return self.status == LET_THROUGH
