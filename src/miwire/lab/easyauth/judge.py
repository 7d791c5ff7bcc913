"""Whom a gate believes, and whom it allows: bearer validation and the authorization policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jwt

from miwire.lab.easyauth.issuers import metadata
from miwire.lab.entra.tokens import InvalidToken, signature_checked

if TYPE_CHECKING:
    from miwire.lab.easyauth.issuers import Metadata
    from miwire.lab.easyauth.settings import GateSettings, Registration
    from miwire.lab.faults.config import GateSwitches
    from miwire.lab.state.tenant import Tenant

CLOCK_SKEW = 300
"""Seconds by which IdentityModel lets a token's lifetime be missed."""

Claims = dict[str, Any]


class NoMetadata(Exception):
    """A token can't be judged: there are no metadata where `openIdIssuer` says."""


def authenticated(
    tenant: Tenant, registration: Registration, token: str, switches: GateSwitches
) -> Claims | None:
    """
    Return the claims of *token*, or None where the gate does not believe it.

    A token that is not believed counts as no token at all: what happens then is for the
    unauthenticated action to say. Raises NoMetadata for any JWT where the issuer has none.
    """
    if not _is_jwt(token):
        return None
    known = metadata(tenant, registration.issuer)
    if known is None:
        raise NoMetadata
    try:
        claims = signature_checked(tenant, token)
    except InvalidToken:
        return None
    believed = (
        known.is_own
        and _issuer_accepted(tenant, known, claims.get("iss"), switches)
        and _audience_accepted(registration, claims.get("aud"))
        and _alive(claims, tenant.clock.now())
    )
    return claims if believed else None


def authorized(settings: GateSettings, claims: Claims, switches: GateSwitches) -> bool:
    """
    Say whether the policy lets an authenticated caller in; if not the gate answers 403.

    Every rule that is set must hold, under AllowAnonymous too. `roles` is no rule of Easy Auth's.
    """
    registration = settings.registration
    return registration is not None and (
        _tenant_allowed(settings, claims)
        and _service_principal_present(settings, registration, claims)
        and _application_allowed(registration, claims, switches)
        and _principal_allowed(registration, claims, switches)
        and _claim_checks_hold(registration, claims)
    )


def _is_jwt(token: str) -> bool:
    try:
        jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, UnicodeError, RecursionError):
        return False
    return True


def _issuer_accepted(
    tenant: Tenant, known: Metadata, issuer: object, switches: GateSwitches
) -> bool:
    """
    Compare the issuer with both versions of the configured tenant's, or with one of them.

    Without a tenant in the configured issuer Easy Auth does not look at the token's.
    """
    if not isinstance(issuer, str):
        return False
    if known.tenant_id is None:
        return True
    base = f"{tenant.addresses.entra}/{known.tenant_id}"
    issuers = {"1.0": f"{base}/", "2.0": f"{base}/v2.0"}
    if switches.strict_issuer:
        return issuer == issuers[known.version]
    return issuer in issuers.values()


def _audience_accepted(registration: Registration, audience: object) -> bool:
    given = audience if isinstance(audience, list) else [audience]
    return any(each in registration.audiences for each in given)


def _alive(claims: Claims, now: float) -> bool:
    expires, begins = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expires, int | float) or not isinstance(begins, int | float):
        return False
    return begins - CLOCK_SKEW <= now < expires + CLOCK_SKEW


def _tenant_allowed(settings: GateSettings, claims: Claims) -> bool:
    allowed = settings.allowed_tenants
    return not allowed or str(claims.get("tid", "")).lower() in allowed


def _service_principal_present(
    settings: GateSettings, registration: Registration, claims: Claims
) -> bool:
    required = settings.requires_service_principal or bool(registration.identities)
    return not required or bool(claims.get("oid"))


def _application_allowed(
    registration: Registration, claims: Claims, switches: GateSwitches
) -> bool:
    client = _client(claims)
    match registration.applications:
        case None:
            return True
        case ():
            match switches.empty_allowed_applications:
                case "allow":
                    return True
                case "deny":
                    return False
                case _:
                    return _listed(client, (registration.client_id,))
        case listed:
            return _listed(client, listed)


def _principal_allowed(registration: Registration, claims: Claims, switches: GateSwitches) -> bool:
    """Identities or groups, except that groups reject every token that carries none."""
    if not registration.identities and not registration.groups:
        return True
    groups = _groups(claims)
    breaks = switches.groups_break_identities_for_app_only
    if registration.groups and not groups and breaks and _app_only(claims):
        return False
    in_groups = any(_listed(group, registration.groups) for group in groups)
    return in_groups or _listed(claims.get("oid"), registration.identities)


def _claim_checks_hold(registration: Registration, claims: Claims) -> bool:
    applications, groups = registration.claim_applications, registration.claim_groups
    if applications and not _listed(_client(claims), applications):
        return False
    return not groups or any(_listed(group, groups) for group in _groups(claims))


def _client(claims: Claims) -> object:
    """Return who asked for the token: `azp` in v2, `appid` in v1."""
    return claims.get("azp" if claims.get("ver") == "2.0" else "appid")


def _groups(claims: Claims) -> list[object]:
    groups = claims.get("groups")
    return groups if isinstance(groups, list) else []


def _app_only(claims: Claims) -> bool:
    if claims.get("idtyp") == "app":
        return True
    return "scp" not in claims and claims.get("oid") == claims.get("sub")


def _listed(value: object, listed: tuple[str, ...]) -> bool:
    """Compare ids without regard to case: they are GUIDs."""
    return isinstance(value, str) and value.lower() in {each.lower() for each in listed}
