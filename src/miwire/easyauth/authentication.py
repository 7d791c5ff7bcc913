"""
Whether a gate takes a bearer token: signature, issuer, audience, lifetime (FACTS 5.2, 5.4, 5.7).

A token that is not taken is no token to the gate: the request is one without an identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire import text
from miwire import timestamps as moment
from miwire.easyauth.model import Objection, Rule
from miwire.finding import Verdict
from miwire.model import auth_settings as at
from miwire.model import issuer as issuers
from miwire.model.cloud import Issuers
from miwire.model.issuer import ANY_TENANT, IssuerGroup, classified
from miwire.text import printable
from miwire.tokens.expectation import LEEWAY, miss

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.easyauth.model import Gate
    from miwire.model.issuer import Issuer
    from miwire.tokens.access_token import AccessToken
    from miwire.tokens.expectation import Signature

_UNASKED = (
    issuers.EXTERNAL_ID,
    issuers.B2C,
    issuers.ANOTHER_PROVIDER,
    issuers.DOMAIN,
    issuers.ANOTHER_HOST,
)
"""Forms whose metadata may be missing: B2C's are without the user flow (azure-docs#70212)."""


def objections(
    gate: Gate, token: AccessToken, signature: Signature, now: float
) -> Iterator[Objection]:
    """Yield what speaks against a token at a moment (epoch seconds), in the gate's own order."""
    issuer = classified(gate.settings.at(at.ISSUER), gate.tenant_id, gate.issuers, gate.domains)
    found = (
        _provider(gate),
        _metadata(gate, issuer),
        _signature(signature),
        _issuer(gate, issuer, token),
        _audience(gate, token),
        _lifetime(token, now),
    )
    yield from (each for each in found if each is not None)


def issuer_tenant(configured: object) -> str | None:
    """Return the tenant of an `openIdIssuer`; None where it stands for any tenant, or is absent."""
    found = text.in_path(configured) if isinstance(configured, str) else None
    return found.lower() if found else None


def _provider(gate: Gate) -> Objection | None:
    if gate.settings.effective(at.AAD_ENABLED) is False:
        return Objection(
            Rule.PROVIDER_OFF, "the Microsoft provider is disabled, so its tokens aren't accepted"
        )
    if gate.settings.client_id is None:
        return Objection(
            Rule.PROVIDER_OFF,
            "the Microsoft provider has no client ID, so its tokens aren't accepted",
            only_if="a provider without a client ID",
        )
    return None


def _signature(signature: Signature) -> Objection | None:
    match signature.verdict:
        case Verdict.PASS:
            return None
        case Verdict.FAIL:
            return Objection(Rule.SIGNATURE, f"its signature isn't valid: {signature.seen}")
    return Objection(
        Rule.SIGNATURE,
        f"its signature may not be valid: {signature.seen}",
        only_if="signature",
        expected=False,
    )


def _metadata(gate: Gate, issuer: Issuer) -> Objection | None:
    """
    Tell of an `openIdIssuer` that has no metadata, or may have none: nobody asked that address.

    What was reported for it is 500, but not of every form (FIELD 2).
    """
    malformed = issuer.group is IssuerGroup.MALFORMED
    if not malformed and (gate.issuers is None or issuer.form not in _UNASKED):
        return None
    return Objection(
        Rule.NO_METADATA,
        f"{_configured(gate)} {issuer.form.says}, so that no token can be checked",
        only_if=f"openIdIssuer {issuer.form.says}",
        expected=malformed,
        fails=True,
    )


def _issuer(gate: Gate, issuer: Issuer, token: AccessToken) -> Objection | None:
    """Compare `iss` with the tenant's two issuers; an issuer of any tenant is not compared."""
    if issuer.group in {IssuerGroup.ABSENT, IssuerGroup.MALFORMED} or issuer.form is ANY_TENANT:
        return None
    if gate.issuers is None:
        tenant = issuer.tenant or gate.tenant_id
        return Objection(
            Rule.ISSUER,
            f"iss is {printable(token.issuer)}; couldn't read the issuers of tenant {tenant}",
            only_if="the tenant's issuers",
            expected=False,
        )
    accepted = _of_tenant(gate.issuers, gate.tenant_id, issuer.tenant or gate.tenant_id.lower())
    fits = token.issuer in {accepted.v1, accepted.v2}
    match issuer.form:
        case issuers.PERSONAL_ACCOUNTS:
            return _open(gate, issuer, expected=False)
        case issuers.EXTERNAL_ID | issuers.B2C | issuers.ANOTHER_PROVIDER:
            own = {gate.issuers.v1, gate.issuers.v2}
            same_host = (token.issuer or "").lower().startswith(f"https://{issuer.host}/")
            return _open(gate, issuer, expected=token.issuer in own or not same_host)
        case issuers.DOMAIN | issuers.ANOTHER_HOST:
            return _open(gate, issuer, expected=not fits)
    if not fits:
        return Objection(
            Rule.ISSUER,
            (
                f"iss is {printable(token.claims.get('iss'))}; expected {accepted.v1} "
                f"or {accepted.v2}, the issuers of tenant {issuer.tenant}"
            ),
        )
    return _another_form(issuer, token.issuer, accepted)


def _open(gate: Gate, issuer: Issuer, *, expected: bool) -> Objection:
    """Leave it open whether an issuer accepts the token: its metadata are not asked."""
    return Objection(
        Rule.ISSUER,
        f"{_configured(gate)} {issuer.form.says}; its metadata weren't checked",
        only_if=f"openIdIssuer {issuer.form.says}",
        expected=expected,
    )


def _configured(gate: Gate) -> str:
    return f"openIdIssuer is {printable(gate.settings.at(at.ISSUER))}, which"


def _another_form(issuer: Issuer, seen: str | None, accepted: Issuers) -> Objection | None:
    """Tell where only some runtimes take a token of the tenant (FACTS 5.7, `strict_issuer`)."""
    same = accepted.v2 if issuer.is_v2 else accepted.v1
    if seen == same:
        return None
    return Objection(
        Rule.ISSUER,
        f"iss is {seen}, openIdIssuer has the form of {same}",
        only_if="strict_issuer",
        expected=False,
    )


def _of_tenant(issuers: Issuers, own: str, tenant: str) -> Issuers:
    """Return the issuers of another tenant of the same cloud: they differ in its id alone."""
    if own.lower() == tenant:
        return issuers
    return Issuers(issuers.v1.replace(own, tenant), issuers.v2.replace(own, tenant))


def _audience(gate: Gate, token: AccessToken) -> Objection | None:
    accepted = gate.settings.audiences
    if any(each in accepted for each in token.audiences):
        return None
    wanted = " or ".join(printable(each) for each in accepted) or "none: no audience is allowed"
    near = (miss(one, other) for one in token.audiences for other in accepted)
    why = next((f" ({each})" for each in near if each), "")
    return Objection(
        Rule.AUDIENCE, f"aud is {printable(token.claims.get('aud'))}; expected {wanted}{why}"
    )


def _lifetime(token: AccessToken, now: float) -> Objection | None:
    """Judge `nbf` and `exp` as IdentityModel does, five minutes of leeway included."""
    if token.expires_at is None:
        return Objection(Rule.LIFETIME, "exp is missing or isn't a time")
    if now > token.expires_at + LEEWAY:
        told = moment.told(token.expires_at, now)
        return Objection(Rule.LIFETIME, f"the token expired: exp is {told}")
    if token.not_before is not None and token.not_before > now + LEEWAY:
        told = moment.told(token.not_before, now)
        return Objection(Rule.LIFETIME, f"the token isn't valid yet: nbf is {told}")
    return None
