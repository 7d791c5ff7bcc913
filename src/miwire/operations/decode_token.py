"""Decode a token, and verify it against what whoever asks expects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from miwire.checks import token as checks
from miwire.domain.expectation import LEEWAY, Expectation, PresentedToken, Signature
from miwire.domain.finding import Verdict
from miwire.domain.printable import printable
from miwire.domain.redaction import redacted
from miwire.domain.token import AccessToken
from miwire.errors import BadRequest

if TYPE_CHECKING:
    from miwire.azure import Azure
    from miwire.domain.finding import Finding

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_OF_ANY_TENANT = {"common", "organizations", "consumers"}
_ISSUER_HINT = (
    "It looks like https://login.microsoftonline.com/<tenant id>/v2.0; --tenant accepts both forms."
)


@dataclass(frozen=True, slots=True)
class Demand:
    """What the command line wants a token verified against."""

    audiences: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    tenant: str | None = None
    jwks: str | None = None
    """A file or an address with keys, instead of those that the issuer publishes."""
    leeway: float = LEEWAY

    def sensible(self) -> None:
        """Raise BadRequest where it demands too little, or what no token can meet."""
        if not self.audiences or not (self.issuers or self.tenant):
            raise BadRequest(
                "--verify has to be told what to expect: an audience, and an issuer or a tenant.",
                hint="Give --audience AUD and --tenant TID. They are never taken from the token.",
            )
        if self.tenant is not None and _GUID.fullmatch(self.tenant) is None:
            raise BadRequest(
                "--tenant takes the tenant's id, a GUID: tokens do not carry its names.",
                hint="az account show --query tenantId prints it.",
            )
        if self.jwks is None:
            for issuer in self.issuers:
                _demand_metadata(issuer)


@dataclass(frozen=True, slots=True)
class TokenReport:
    """A decoded token, the moment it was looked at, and what the checks said if they were run."""

    token: AccessToken
    at: float
    """Epoch seconds."""
    findings: tuple[Finding, ...] = ()
    verified: bool | None = None
    """None: nobody asked."""


def decode(text: str, at: float) -> TokenReport:
    """Decode a token and believe nothing of it; raises NotAToken."""
    return TokenReport(AccessToken.parse(text), at)


def verify(azure: Azure, text: str, demand: Demand, at: float) -> TokenReport:
    """
    Judge a token by *demand* at a moment (epoch seconds).

    It is verified if no check failed and none was left without an answer; a warning does not stand
    against it. Raises NotAToken, BadRequest for a demand without sense, and Unreachable where the
    keys cannot be had: that is no verdict about the token.
    """
    demand.sensible()
    token = AccessToken.parse(text)
    expected = Expectation(
        audiences=demand.audiences,
        issuers=demand.issuers or _issuers_of(azure, demand.tenant),
        tenant=demand.tenant,
        at=at,
        leeway=demand.leeway,
    )
    signature = _signature(azure, token, expected, demand.jwks)
    findings = checks.judged(PresentedToken(token, expected, signature))
    verified = all(each.verdict in {Verdict.PASS, Verdict.WARN} for each in findings)
    return TokenReport(token, at, findings, verified)


def _issuers_of(azure: Azure, tenant: str | None) -> tuple[str, ...]:
    if tenant is None:
        return ()
    issuers = azure.authority.issuers(tenant.lower())
    return (issuers.v1, issuers.v2)


def _signature(
    azure: Azure, token: AccessToken, expected: Expectation, jwks: str | None
) -> Signature:
    if jwks is not None:
        keys = azure.authority.keys_of(jwks)
    elif token.issuer in expected.issuers:
        # Compared with what is expected first, so that this is no address of the token's choosing.
        keys = azure.authority.keys(expected.issuers[expected.issuers.index(token.issuer)])
    else:
        return Signature(
            Verdict.UNKNOWN, "not checked: the token names no issuer whose keys could be asked for"
        )
    flaw = keys.flaw(token.jws)
    if flaw is not None:
        return Signature(Verdict.FAIL, flaw)
    return Signature(Verdict.PASS, f"RS256, kid {printable(token.header['kid'])}")


def _demand_metadata(issuer: str) -> None:
    """Raise BadRequest for an issuer that can publish no keys of one tenant's own."""
    try:
        parts = urlsplit(issuer)
        good = parts.scheme == "https" and bool(parts.hostname)
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment:
        raise BadRequest(f"--issuer {redacted(issuer)} is not an https address.", hint=_ISSUER_HINT)
    if _OF_ANY_TENANT & set(parts.path.split("/")):
        raise BadRequest(
            f"--issuer {issuer} stands for any tenant, and issues no tokens.", hint=_ISSUER_HINT
        )
