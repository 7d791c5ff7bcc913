"""Session tokens of a gate: what a client-directed sign-in returns, and X-ZUMO-AUTH brings back."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import jwt

if TYPE_CHECKING:
    from miwire.lab.state.site import Site
    from miwire.lab.state.tenant import Tenant

HEADER = "x-zumo-auth"
_LIFETIME = 8 * 3600
"""Seconds, as `login.cookieExpiration` has it by default."""


def session(tenant: Tenant, site: Site, claims: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to a sign-in with a token that has *claims*, for use at *site* alone."""
    identity = f"{claims.get('tid')}/{claims.get('oid') or claims.get('sub')}"
    user_id = f"sid:{hashlib.sha256(identity.encode()).hexdigest()[:32]}"
    now = int(tenant.clock.now())
    payload = {
        "stable_sid": user_id,
        "sub": user_id,
        "idp": "aad",
        "ver": "4",
        "iss": f"https://{site.host}/",
        "aud": f"https://{site.host}/",
        "nbf": now,
        "exp": now + _LIFETIME,
        "provider_claims": claims,
    }
    token = jwt.encode(payload, site.session_key, algorithm="HS256")
    return {"authenticationToken": token, "user": {"userId": user_id}}


def claims_of(tenant: Tenant, site: Site, token: str) -> dict[str, Any] | None:
    """Return the claims with which a session began; None for a token that is not of *site*."""
    try:
        # The clock is the lab's, not the machine's.
        payload = jwt.decode(
            token,
            site.session_key,
            algorithms=["HS256"],
            audience=f"https://{site.host}/",
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
    except (jwt.InvalidTokenError, UnicodeError, RecursionError):
        return None
    found = payload.get("provider_claims")
    alive = payload["nbf"] <= tenant.clock.now() < payload["exp"]
    return found if alive and isinstance(found, dict) else None
