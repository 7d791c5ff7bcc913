"""The claims of Entra ID's access tokens, each in words for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire import timestamps as moment
from miwire.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from miwire.tokens.access_token import AccessToken

_HEADER = {
    "typ": "kind of token",
    "alg": "how it is signed",
    "kid": "key that signed it",
    "x5t": "its certificate (v1)",
    "x5c": "a certificate: ignored",
    "x5u": "a certificate: ignored",
    "jwk": "a key: ignored",
    "jku": "keys: ignored",
    "nonce": "its audience can verify it",
    "crit": "extensions: refused",
}
_MEANINGS = {
    "aud": "API it is for",
    "iss": "tenant that issued it",
    "iat": "issued",
    "nbf": "valid from",
    "exp": "valid until",
    "acr": "how a person signed in",
    "acrs": "conditions a person met",
    "aio": "Entra ID's own",
    "amr": "how a person signed in",
    "appid": "caller's client id (v1)",
    "appidacr": "how the caller proved it",
    "azp": "caller's client id (v2)",
    "azpacr": "how the caller proved it",
    "cnf": "key it is bound to",
    "email": "the person's address",
    "family_name": "the person's name",
    "given_name": "the person's name",
    "groups": "groups of the caller",
    "hasgroups": "too many groups to list",
    "idp": "who signed the caller in",
    "idtyp": "speaks for",
    "ipaddr": "where the person was",
    "name": "the person's name, for show",
    "oid": "caller's object id",
    "preferred_username": "person's name, may change",
    "puid": "Entra ID's own",
    "rh": "Entra ID's own",
    "roles": "app roles of the caller",
    "scp": "what the person allowed",
    "sid": "session of the person",
    "sub": "caller, as this API sees it",
    "tid": "tenant of the caller",
    "unique_name": "the person's name (v1)",
    "upn": "the person's sign-in name",
    "uti": "id of this token, in logs",
    "ver": "version of the token",
    "wids": "caller's directory roles",
    "xms_az_rid": "resource of the identity",
    "xms_cc": "what the client can handle",
    "xms_ftd": "Entra ID's own",
    "xms_idrel": "Entra ID's own",
    "xms_mirid": "managed identity",
    "xms_rd": "Entra ID's own",
    "xms_tcdt": "when the tenant was made",
}
_TIMES = {"iat", "nbf", "exp", "auth_time", "xms_tcdt"}
_PROOFS = {
    "0": "not at all, a public client",
    "1": "a secret",
    "2": "a certificate, as managed identities do",
}
_VALUES: Mapping[str, Mapping[str, str]] = {
    "appidacr": _PROOFS,
    "azpacr": _PROOFS,
    "idtyp": {"app": "an app alone", "user": "a person"},
}


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
        return f"{shown}, no time at all" if time is None else moment.told(time, now)
    words = _VALUES.get(name, {}).get(value) if isinstance(value, str) else None
    return f"{shown}: {words}" if words else shown
