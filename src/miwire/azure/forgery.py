"""Tokens that no gate may take: signed with a key that nobody publishes and that dies with us."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_BITS = 2048


class Forgery:
    """A throw-away key, made when it is first needed."""

    @cached_property
    def _key(self) -> RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=_BITS)

    def signed(self, claims: Mapping[str, Any], kid: str) -> str:
        """Return a token with *claims*, signed as Entra ID signs, by a key that only says *kid*."""
        payload = json.dumps(claims).encode()
        return jwt.PyJWS().encode(payload, self._key, algorithm="RS256", headers={"kid": kid})
