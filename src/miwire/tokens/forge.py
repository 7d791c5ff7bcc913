"""
Tokens that nobody may accept, each as like a genuine one for the target as can be.

A signature covers bytes. Beside a genuine token's signature, its payload must be out of reach, in
this forged token and in all others together: what nobody can guess of it is replaced in each.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from miwire.model.cloud import Cloud
    from miwire.tokens.access_token import AccessToken

_DAY = 86_400
_OPAQUE = {"aio": 24, "rh": 24, "uti": 16}
"""Claims in which Entra ID writes what is its own, and random bytes enough to stand for them."""
_UNGUESSABLE = ("aio", "uti")
"""Those of them that hold what nobody else knows; `rh` is made of ids that others may know."""
_SHORTEST = 20
"""Characters of base64 that hold 15 bytes; `uti` has 22."""
_FEWEST = 10
"""Different characters among them, fewer than chance ever leaves."""
_SIGNATURE = 256
_BITS = 2048


@dataclass(frozen=True, slots=True)
class Model:
    """What the forged tokens are modelled on: a genuine one, or what one would say."""

    claims: Mapping[str, Any]
    kid: str
    genuine: AccessToken | None = None

    @classmethod
    def of(cls, genuine: AccessToken) -> Model:
        """Return the model that a genuine token is, which is sent to the same host as well."""
        opaque = {name: value for name, value in _random().items() if name in genuine.claims}
        return cls({**genuine.claims, **opaque}, str(genuine.header.get("kid")), genuine)

    @classmethod
    def imagined(cls, cloud: Cloud, tenant_id: str | None, audience: str | None) -> Model:
        """
        Return what an app-only v2 token would say of a caller that doesn't exist.

        None as *tenant_id* or *audience* stands for one that doesn't exist either.
        """
        tenant = tenant_id or str(uuid4())
        known = cloud.issuers(tenant)
        now = int(time.time())
        claims = {
            "aud": audience.removesuffix("/.default") if audience else f"api://{uuid4()}",
            "iss": known.v2 if known else f"{cloud.active_directory}/{tenant}/v2.0",
            "iat": now,
            "nbf": now,
            "exp": now + _DAY,
            "azp": str(uuid4()),
            "azpacr": "2",
            "tid": tenant,
            "ver": "2.0",
        }
        return cls({**claims, **_nobody(), **_random()}, secrets.token_urlsafe(20))

    def forged(self, name: str, forgery: Forgery) -> str | None:
        """Return the forged token of that case; None where it would need a genuine one."""
        match name:
            case "unsigned":
                return f"{_segment({'typ': 'JWT', 'alg': 'none'})}.{_segment(self.claims)}."
            case "tampered":
                return _tampered(self.genuine) if self.genuine else None
            case "foreign-key":
                return forgery.signed(self.claims, self.kid)
            case "wrong-audience":
                return forgery.signed({**self.claims, "aud": f"api://{uuid4()}"}, self.kid)
            case "expired":
                past = int(time.time()) - _DAY
                times = {"iat": past - _DAY, "nbf": past - _DAY, "exp": past}
                return forgery.signed({**self.claims, **times}, self.kid)
        raise LookupError(name)


def keeps_its_signature(genuine: AccessToken) -> bool:
    """
    Say whether nobody can guess what a token says without its opaque claims.

    A public key tells whether a guess is right, so what is left to guess must be too much: object
    ids and times are known or few.
    """
    held = (genuine.text(name) or "" for name in _UNGUESSABLE)
    return any(len(each) >= _SHORTEST and len(set(each)) >= _FEWEST for each in held)


def _tampered(genuine: AccessToken) -> str:
    """
    Return the token with another caller in it, under the signature of what it said before.

    Where what it said could be guessed, the signature is a random one: two guessable halves would
    be a genuine token.
    """
    header, _, signature = genuine.jws.text.split(".")
    if not keeps_its_signature(genuine):
        length = len(genuine.jws.signature or b"") or _SIGNATURE
        signature = _base64url(secrets.token_bytes(length))
    claims = {**genuine.claims, **_nobody(), **_random()}
    return f"{header}.{_segment(claims)}.{signature}"


def _nobody() -> dict[str, str]:
    """Return the claims of an app's identity that doesn't exist."""
    nobody = str(uuid4())
    return {"oid": nobody, "sub": nobody}


def _random() -> dict[str, str]:
    return {name: secrets.token_urlsafe(length) for name, length in _OPAQUE.items()}


def _segment(members: Mapping[str, Any]) -> str:
    return _base64url(json.dumps(members).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Forgery:
    """A throw-away key, made when it is first needed."""

    @cached_property
    def _key(self) -> RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=_BITS)

    def signed(self, claims: Mapping[str, Any], kid: str) -> str:
        """Return a token with *claims*, signed as Entra ID signs, by a key that only says *kid*."""
        payload = json.dumps(claims).encode()
        return jwt.PyJWS().encode(payload, self._key, algorithm="RS256", headers={"kid": kid})
