"""Access tokens of this Azure: which claims they carry, how they are signed and read back."""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING, Any

import jwt

from miwire.lab.documents import ARM_APP_ID, GRAPH_APP_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from miwire.lab.documents import Document
    from miwire.lab.state.tenant import Tenant

MANAGED_IDENTITY_LIFETIME = 86_400
CLIENT_CREDENTIALS_LIFETIME = 3_599
BACKDATED = 300
"""Entra ID dates a token five minutes back, so a 24 h token reads as 86 700 s."""


class InvalidToken(Exception):
    """A service of this Azure refuses a bearer token; *reason* names the first rule it breaks."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def issuer(tenant: Tenant, version: str) -> str:
    """Return the issuer of tokens of *version* "1.0" (ends in a slash) or "2.0"."""
    base = f"{tenant.addresses.entra}/{tenant.tenant_id}"
    return f"{base}/v2.0" if version == "2.0" else f"{base}/"


def token_version(application: Document | None) -> str:
    """Return the version the resource asks for; null means v1."""
    api = (application or {}).get("api") or {}
    return "2.0" if api.get("requestedAccessTokenVersion") == 2 else "1.0"  # noqa: PLR2004


def app_only_claims(
    tenant: Tenant, client: Document, resource: Document, requested: str, lifetime: int
) -> dict[str, Any]:
    """
    Return the claims of a token for *client* (a service principal) to *resource* (another).

    *requested* is the resource as the client wrote it: the audience of a v1 token. *lifetime* is
    in seconds from now.
    """
    now = int(tenant.clock.now())
    version = token_version(tenant.application_of(resource["appId"]))
    managed = client["servicePrincipalType"] == "ManagedIdentity"
    claims: dict[str, Any] = {
        "aud": resource["appId"] if version == "2.0" else requested,
        "iss": issuer(tenant, version),
        "iat": now - BACKDATED,
        "nbf": now - BACKDATED,
        "exp": now + lifetime,
        "aio": secrets.token_urlsafe(24),
    }
    if version == "2.0":
        claims |= {"azp": client["appId"], "azpacr": "2" if managed else "1"}
    else:
        claims |= {
            "appid": client["appId"],
            "appidacr": "2" if managed else "1",
            "idp": issuer(tenant, "1.0"),
        }
    claims |= {"oid": client["id"], "rh": secrets.token_urlsafe(24)}
    roles = _roles(tenant, client, resource)
    if roles:
        claims["roles"] = roles
    if resource["appId"] in {ARM_APP_ID, GRAPH_APP_ID} or _asks_for_idtyp(tenant, resource):
        claims["idtyp"] = "app"
    claims |= {
        "sub": client["id"],
        "tid": tenant.tenant_id,
        "uti": secrets.token_urlsafe(16),
        "ver": version,
    }
    if managed and resource["appId"] == ARM_APP_ID:
        claims["xms_mirid"] = client["alternativeNames"][1]
    return claims


def _asks_for_idtyp(tenant: Tenant, resource: Document) -> bool:
    """Say whether the registration configures the optional claim that tells apps from users."""
    application = tenant.application_of(resource["appId"]) or {}
    optional = (application.get("optionalClaims") or {}).get("accessToken") or []
    return any(isinstance(each, dict) and each.get("name") == "idtyp" for each in optional)


def _roles(tenant: Tenant, client: Document, resource: Document) -> list[str]:
    assigned = tenant.roles_of(client["id"], resource["id"])
    if resource["appId"] != GRAPH_APP_ID:
        return assigned
    held = dict.fromkeys([*tenant.graph_rights.get(client["id"], ()), *assigned])
    return [each for each in held if each not in tenant.faults.refused_permissions]


def signed(tenant: Tenant, claims: dict[str, Any]) -> str:
    """Sign *claims* with the tenant's first key; the header is v1's (x5t too) or v2's."""
    key = tenant.keys[0]
    headers: dict[str, Any] = {"kid": key.kid}
    if claims.get("ver") != "2.0":
        headers["x5t"] = key.kid
    # PyJWT's own encoder of claims refuses odd ones, which tests of gates need.
    payload = json.dumps(claims).encode()
    return jwt.PyJWS().encode(payload, key.private, algorithm="RS256", headers=headers)


def verified(
    tenant: Tenant, token: str, audiences: Iterable[str], *, leeway: int = 0
) -> dict[str, Any]:
    """
    Return the claims of a token for one of *audiences*, checked as a service checks them.

    Raises InvalidToken with the reason: malformed, signature, lifetime, audience or issuer.
    The time is the tenant's clock; *leeway* is in seconds.
    """
    claims = signature_checked(tenant, token)
    now = tenant.clock.now()
    expires, begins = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expires, int | float) or not isinstance(begins, int | float):
        raise InvalidToken("lifetime")
    if not begins - leeway <= now < expires + leeway:
        raise InvalidToken("lifetime")
    if claims.get("aud") not in tuple(audiences):
        raise InvalidToken("audience")
    if claims.get("iss") not in (issuer(tenant, "1.0"), issuer(tenant, "2.0")):
        raise InvalidToken("issuer")
    return claims


def signature_checked(tenant: Tenant, token: str) -> dict[str, Any]:
    """Return the claims of a token that one of the tenant's keys signed; judge nothing else."""
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except (jwt.InvalidTokenError, UnicodeError, RecursionError) as error:
        raise InvalidToken("malformed") from error
    key = next((key for key in tenant.keys if key.kid == kid), None)
    if key is None:
        raise InvalidToken("signature")
    try:
        payload = jwt.PyJWS().decode(token, key.private.public_key(), algorithms=["RS256"])
        claims = json.loads(payload)
    except jwt.InvalidTokenError as error:
        raise InvalidToken("signature") from error
    except ValueError as error:
        raise InvalidToken("malformed") from error
    if not isinstance(claims, dict):
        raise InvalidToken("malformed")
    return claims


def demanded(claims: Mapping[str, Any], context: str) -> str | None:
    """
    Return the base64 of the claims that a token lacks, None where it has *context* in `acrs`.

    `p1` stands for multifactor authentication (azure-cli#31699), `c1` to `c99` for contexts that
    policies of conditional access use (documentation of claims challenges).
    """
    held = claims.get("acrs")
    if isinstance(held, list) and context in held:
        return None
    asked = {"access_token": {"acrs": {"essential": True, "values": [context]}}}
    return base64.b64encode(json.dumps(asked, separators=(",", ":")).encode()).decode()


def claims_challenge(entra: str, client_id: str, claims: str) -> str:
    """Return WWW-Authenticate of a 401 that demands *claims*, as it is documented."""
    return (
        f'Bearer realm="", authorization_uri="{entra}/common/oauth2/authorize",'
        f' client_id="{client_id}", error="insufficient_claims", claims="{claims}"'
    )
