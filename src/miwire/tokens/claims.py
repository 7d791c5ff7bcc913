"""The claims of Entra ID's access tokens, each in words for people."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire import timestamps as moment
from miwire.text import printable
from miwire.tokens.access_token import USER, V2

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from miwire.tokens.access_token import AccessToken


_HEADER = {
    "typ": "kind of token",
    "alg": "signing algorithm",
    "kid": "signing key",
    "x5t": "its certificate (v1)",
    "x5c": "a certificate: ignored",
    "x5u": "a certificate: ignored",
    "jwk": "a key: ignored",
    "jku": "keys: ignored",
    "nonce": "only Microsoft Graph can verify it",
    "crit": "extensions: refused",
}
_MEANINGS = {
    "_claim_names": "claims that are elsewhere",
    "_claim_sources": "where those claims are",
    "aud": "API it is for",
    "iss": "tenant that issued it",
    "iat": "issued",
    "nbf": "valid from",
    "exp": "valid until",
    "acr": "how the user signed in",
    "acrs": "conditions the user met",
    "aio": "internal to Entra ID",
    "at_hash": "access token issued with it",
    "auth_time": "when the user signed in",
    "amr": "how the user signed in",
    "appid": "caller's client ID (v1)",
    "appidacr": "how the caller authenticated",
    "azp": "caller's client ID (v2)",
    "azpacr": "how the caller authenticated",
    "c_hash": "code issued with it",
    "cnf": "key it is bound to",
    "email": "the user's email address",
    "emails": "the user's email addresses",
    "family_name": "the user's last name",
    "given_name": "the user's first name",
    "groups": "groups of the caller",
    "hasgroups": "too many groups to list",
    "idp": "identity provider of the caller",
    "idtyp": "app or user token",
    "ipaddr": "the user's IP address",
    "name": "the user's display name",
    "nonce": "sign-in it was issued for",
    "oid": "caller's object ID",
    "preferred_username": "user name, may change",
    "puid": "internal to Entra ID",
    "rh": "internal to Entra ID",
    "roles": "app roles of the caller",
    "scp": "permissions the user granted",
    "sid": "session of the user",
    "sub": "caller, specific to this API",
    "tfp": "policy of Azure AD B2C",
    "tid": "tenant of the caller",
    "unique_name": "user name (v1)",
    "upn": "user's sign-in name",
    "uti": "ID of this token, in logs",
    "ver": "version of the token",
    "wids": "caller's directory roles",
    "xms_az_rid": "resource of the identity",
    "xms_cc": "what the client can handle",
    "xms_ftd": "internal to Entra ID",
    "xms_idrel": "internal to Entra ID",
    "xms_mirid": "managed identity",
    "xms_rd": "internal to Entra ID",
    "xms_tcdt": "when the tenant was created",
}
_TIMES = {"iat", "nbf", "exp", "auth_time", "xms_tcdt"}
_PROOFS = {
    "0": "none (public client)",
    "1": "a secret",
    "2": "a certificate, as for managed identities",
}
_VALUES: Mapping[str, Mapping[str, str]] = {
    "appidacr": _PROOFS,
    "azpacr": _PROOFS,
    "idtyp": {"app": "an app only", "user": "a user"},
}

_RESOURCE = re.compile(
    r"/providers/(?P<type>Microsoft\.ManagedIdentity/userAssignedIdentities|Microsoft\.Web/sites)"
    r"/(?P<name>[^/]+)(?P<slot>/slots/[^/]+)?",
    re.IGNORECASE,
)
_BY_CERTIFICATE = "2"


@dataclass(frozen=True, slots=True)
class ExplainedClaim:
    """One member of a header or a payload, safe to print."""

    name: str
    meaning: str
    """Empty where miwire does not know the claim."""
    value: str


def header(token: AccessToken) -> Iterator[ExplainedClaim]:
    """Explain the header, in its own order."""
    for name, value in token.header.items():
        yield ExplainedClaim(printable(name), _HEADER.get(name, ""), printable(value))


def claims(token: AccessToken, now: float) -> Iterator[ExplainedClaim]:
    """Explain the payload, in its own order; times seen from *now* (epoch seconds)."""
    for name, value in token.claims.items():
        meaning = _MEANINGS.get(name, "")
        yield ExplainedClaim(printable(name), meaning, _told(name, value, now))


def _told(name: str, value: object, now: float) -> str:
    shown = printable(value)
    if name in _TIMES:
        time = moment.seconds(value)
        return f"{shown}, not a time" if time is None else moment.told(time, now)
    words = _VALUES.get(name, {}).get(value) if isinstance(value, str) else None
    return f"{shown}: {words}" if words else shown


def whose(token: AccessToken) -> str:
    """Say whose token it is: a managed identity's, an app's or a person's."""
    ids = f"oid {printable(token.principal)}, client ID {printable(token.client)}"
    if token.is_id_token:
        return f"a user, {_person(token)}, as an ID token for {printable(token.audience)}"
    match token.kind:
        case "app" if token.principal is None:
            return (
                "an app without a service principal in this tenant "
                f"(client ID {printable(token.client)})"
            )
        case "app":
            return f"{_identity(token)} ({ids})"
        case "user":
            return f"a user, {_person(token)}, signed in to the client {printable(token.client)}"
        case _:
            return "unknown to Entra ID: it has neither oid nor scp"


def version(token: AccessToken) -> str:
    """Say whether it is v1 or v2, what shows that, and what decides it."""
    if token.is_b2c:
        return f"{printable(token.claims.get('ver'))} of Azure AD B2C, which has one format"
    if token.version is None:
        return "neither v1 nor v2 of Entra ID"
    shown = "ver" if token.text("ver") == token.version else "the form of iss"
    if token.is_id_token:
        return f"v{token.version}, see {shown}; set by the endpoint that the user signed in at"
    asked = "2" if token.version == V2 else "null or 1"
    return (
        f"v{token.version}, see {shown}; set by the API's registration "
        f"(requestedAccessTokenVersion {asked}), not by the endpoint used"
    )


def rights(token: AccessToken) -> str:
    """Say what the API gave the caller."""
    if token.is_id_token:
        return "none: an ID token gives no access to an API"
    if token.kind == USER:
        scopes = token.text("scp")
        given = f"the scopes {printable(scopes)}" if scopes else "no scopes"
        return f"{given}, roles {printable(list(token.roles))}" if token.roles else given
    if token.roles:
        return printable(list(token.roles))
    return (
        "none. roles is missing: no app role of the API was assigned to the "
        "caller when the token was issued. App Service caches tokens for up to "
        "24 hours, so a newer assignment isn't included yet."
    )


def validity(token: AccessToken, now: float) -> str:
    """Say since when and until when it counts, seen from *now* (epoch seconds)."""
    expires = token.expires_at
    if expires is None:
        return "unknown: exp is missing or isn't a time"
    begins = token.not_before if token.not_before is not None else token.issued_at
    lasts = f", lasts {moment.span(expires - begins)}" if begins and begins < expires else ""
    if begins is not None and begins > now:
        return f"not yet: starts in {moment.span(begins - now)}{lasts}"
    if expires <= now:
        return f"expired {moment.span(now - expires)} ago{lasts}"
    return f"expires in {moment.span(expires - now)}{lasts}"


def _identity(token: AccessToken) -> str:
    resource = token.text("xms_mirid")
    if resource is not None:
        return f"a managed identity, {_resource(resource)}"
    if token.client_proof == _BY_CERTIFICATE:
        return "a managed identity, or an app that authenticated with a certificate as they do"
    return "an app, signed in with a secret" if token.client_proof else "an app"


def _resource(resource_id: str) -> str:
    found = _RESOURCE.search(resource_id)
    if found is None:
        return printable(resource_id)
    name = printable(found["name"] + (found["slot"] or ""))
    return f"that of the app {name}" if "Web" in found["type"] else f"user-assigned, {name}"


def _person(token: AccessToken) -> str:
    names = (token.text(name) for name in ("preferred_username", "upn", "unique_name", "name"))
    emails = token.claims.get("emails")
    listed = emails if isinstance(emails, list) else []
    return printable(next((each for each in (*names, *listed) if each), token.principal))
