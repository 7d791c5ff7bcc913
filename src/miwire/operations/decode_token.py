"""Decode a token, and verify it against stated expectations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from miwire.checks import token as checks
from miwire.easyauth.authentication import issuer_tenant
from miwire.easyauth.model import GateRequest
from miwire.easyauth.predict import predicted
from miwire.errors import BadRequest, NotAToken, Unreachable
from miwire.finding import Verdict
from miwire.model.auth_settings import ISSUER
from miwire.observe import gate as target_gate
from miwire.observe import signature as signature_check
from miwire.observe.apps import find
from miwire.redaction import redacted
from miwire.text import is_guid
from miwire.tokens.access_token import AccessToken
from miwire.tokens.expectation import LEEWAY, Expectation, PresentedToken
from miwire.tokens.jws import Jws

if TYPE_CHECKING:
    from miwire.azure.session import Azure
    from miwire.easyauth.model import Gate, GateVerdict
    from miwire.finding import Finding
    from miwire.model.site import AppName
    from miwire.tokens.expectation import Signature
    from miwire.tokens.pasted import PastedToken

_OF_ANY_TENANT = {"common", "organizations", "consumers"}
_ISSUER_HINT = (
    "The format is https://login.microsoftonline.com/<tenant id>/v2.0; "
    "--tenant accepts v1 and v2 issuers."
)


@dataclass(frozen=True, slots=True)
class TargetGate:
    """A target, and the gate in front of it."""

    name: str
    gate: Gate


@dataclass(frozen=True, slots=True)
class AtGate:
    """What a target's gate would answer a request for `/` that carries the token."""

    target: str
    verdict: GateVerdict


@dataclass(frozen=True, slots=True)
class Demand:
    """What the command line wants a token verified against."""

    audiences: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    tenant: str | None = None
    jwks: str | None = None
    """A file or an address with keys, instead of those that the issuer publishes."""
    leeway: float = LEEWAY

    def filled_from(self, target: TargetGate) -> Demand:
        """Return the demand with what was left out as the target's settings have it."""
        settings = target.gate.settings
        if not self.audiences and not settings.audiences:
            raise BadRequest(
                f"The settings of {target.name} contain no audience.",
                hint="Protect the app first (miwire protect), or specify --audience.",
            )
        tenant = issuer_tenant(settings.at(ISSUER)) or target.gate.tenant_id
        return replace(
            self,
            audiences=self.audiences or settings.audiences,
            tenant=self.tenant if self.tenant or self.issuers else tenant,
        )

    def sensible(self) -> None:
        """Raise BadRequest where it demands too little, or what no token can meet."""
        if not self.audiences or not (self.issuers or self.tenant):
            raise BadRequest(
                "--verify needs an expected audience, and an issuer or a tenant.",
                hint=(
                    "Add --audience AUD and --tenant TID, or --for TARGET. They are never "
                    "taken from the token."
                ),
            )
        if self.tenant is not None and not is_guid(self.tenant):
            raise BadRequest(
                "--tenant must be the tenant ID (a GUID): tokens don't contain tenant names.",
                hint="az account show --query tenantId",
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
    gate: AtGate | None = None
    """None: no target was named."""
    pasted: PastedToken | None = None
    """What it was found in; None where a program passed the token itself."""


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
    token, unread = _read(text)
    expected = Expectation(
        audiences=demand.audiences,
        issuers=demand.issuers or _issuers_of(azure, demand.tenant),
        tenant=demand.tenant,
        at=at,
        leeway=demand.leeway,
    )
    signature = _signature(azure, token, expected, demand)
    if unread is not None:
        if signature.verdict is not Verdict.FAIL:
            raise unread
        seen = f"{signature.seen}; couldn't read its payload, so it was changed or truncated"
        signature = replace(signature, seen=seen)
    findings = checks.judged(PresentedToken(token, expected, signature))
    verified = all(each.verdict in {Verdict.PASS, Verdict.WARN} for each in findings)
    return TokenReport(token, at, findings, verified)


def _signature(
    azure: Azure, token: AccessToken, expected: Expectation, demand: Demand
) -> Signature:
    try:
        return signature_check.checked(azure, token, expected.issuers, demand.jwks)
    except Unreachable as error:
        # B2C has no metadata at the issuer's own address, only at those of its policies.
        if demand.jwks is None and token.policy_keys and token.issuer in expected.issuers:
            error.hint = f"Azure AD B2C publishes keys per policy: add --jwks {token.policy_keys}"
        raise


def _read(text: str) -> tuple[AccessToken, NotAToken | None]:
    """
    Return a token; without claims, and with the reason, where only its payload cannot be read.

    A signature is over bytes: that it does not fit says more than that those bytes are no JSON.
    """
    try:
        return AccessToken.parse(text), None
    except NotAToken as unread:
        return AccessToken({}, Jws.parse(text)), unread


def target_of(azure: Azure, name: AppName) -> TargetGate:
    """Read the gate of the app of that name; raise NotPermitted where its settings are closed."""
    found = find(azure, [name])
    (site,) = found.sites
    return TargetGate(str(site.ref), target_gate.read(found.azure, site.ref))


def at_gate(azure: Azure, report: TokenReport, target: TargetGate) -> TokenReport:
    """Add what the target's gate would answer the token, at the moment of the report."""
    signature = signature_check.at_gate(azure, report.token, target.gate)
    request = GateRequest(at=report.at, token=report.token, signature=signature)
    return replace(report, gate=AtGate(target.name, predicted(target.gate, request)))


def _issuers_of(azure: Azure, tenant: str | None) -> tuple[str, ...]:
    if tenant is None:
        return ()
    issuers = azure.authority.issuers(tenant.lower())
    return (issuers.v1, issuers.v2)


def _demand_metadata(issuer: str) -> None:
    """Raise BadRequest for an issuer that can publish no keys of one tenant's own."""
    try:
        parts = urlsplit(issuer)
        good = parts.scheme == "https" and bool(parts.hostname)
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment:
        raise BadRequest(f"--issuer {redacted(issuer)} isn't an https address.", hint=_ISSUER_HINT)
    if _OF_ANY_TENANT & set(parts.path.split("/")):
        raise BadRequest(
            f"--issuer {issuer} is a placeholder for any tenant and issues no tokens.",
            hint=_ISSUER_HINT,
        )
