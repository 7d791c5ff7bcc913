"""The rules of a gate by their stable names, and what it means that one of them objects."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """
    What decides about a request. A name is never used again for another rule.

    Open: *platform-off*, *excluded-path*, *anonymous-allowed*, *passes*. The gate's own:
    *require-https*, *gate-endpoint*. No token: *no-token-…*, named after the action that the
    settings ask for. Token not taken: *not-a-token* to *lifetime*. Token taken, caller not among
    those who are let in (403): *tenants* to *jwt-claim-checks*.
    """

    PLATFORM_OFF = "platform-off"
    REQUIRE_HTTPS = "require-https"
    GATE_ENDPOINT = "gate-endpoint"
    EXCLUDED_PATH = "excluded-path"
    ANONYMOUS_ALLOWED = "anonymous-allowed"
    NO_TOKEN_RETURN401 = "no-token-return401"  # noqa: S105  a rule, no password
    NO_TOKEN_RETURN403 = "no-token-return403"  # noqa: S105
    NO_TOKEN_RETURN404 = "no-token-return404"  # noqa: S105
    NO_TOKEN_REDIRECT = "no-token-redirect"  # noqa: S105
    NOT_A_TOKEN = "not-a-token"  # noqa: S105
    PROVIDER_OFF = "provider-off"
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
