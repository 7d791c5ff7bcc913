"""Tokens for tests of gates: genuinely signed, with whatever claims a test asks for."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from miwire.lab.entra.tokens import (
    BACKDATED,
    MANAGED_IDENTITY_LIFETIME,
    app_only_claims,
    issuer,
    signed,
    token_version,
)

if TYPE_CHECKING:
    from miwire.lab.state.tenant import Document, Tenant


def token(tenant: Tenant, claims: dict[str, Any], client: Document | None) -> str:
    """
    Return a token with *claims*, and with what a real one would have besides.

    That is who *client* (a service principal) is, if given, and when, where and in which version
    the token was issued: the version that the registration named by `aud` asks for, 1.0 where
    there is none. What is in *claims* stands as it is.
    """
    return signed(tenant, _usual(tenant, claims, client) | claims)


def _usual(tenant: Tenant, claims: dict[str, Any], client: Document | None) -> dict[str, Any]:
    audience = str(claims.get("aud", ""))
    application = _application(tenant, audience)
    resource = tenant.service_principal_of(application["appId"] if application else audience)
    if client is not None and resource is not None and "ver" not in claims:
        return app_only_claims(tenant, client, resource, audience, MANAGED_IDENTITY_LIFETIME)
    now = int(tenant.clock.now())
    version = str(claims.get("ver") or token_version(application))
    usual: dict[str, Any] = {
        "iss": issuer(tenant, version),
        "iat": now - BACKDATED,
        "nbf": now - BACKDATED,
        "exp": now + MANAGED_IDENTITY_LIFETIME,
        "tid": tenant.tenant_id,
        "ver": version,
    }
    if client is not None:
        name = "azp" if version == "2.0" else "appid"
        usual |= {
            name: client["appId"],
            f"{name}acr": "2",
            "oid": client["id"],
            "sub": client["id"],
            "aio": secrets.token_urlsafe(24),
            "rh": secrets.token_urlsafe(24),
            "uti": secrets.token_urlsafe(16),
        }
    return usual


def _application(tenant: Tenant, audience: str) -> Document | None:
    """Return the registration that *audience* names by client id or identifier URI."""
    return next(
        (
            application
            for application in tenant.applications.values()
            if audience in {application["appId"], *application["identifierUris"]}
        ),
        None,
    )
