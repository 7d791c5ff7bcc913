"""Tokens that no gate may take, each as like a genuine one for the target as can be."""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from miwire.domain import guid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.azure import Azure
    from miwire.domain.answer import Challenge
    from miwire.domain.token import AccessToken

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Model:
    """What the forged tokens are modelled on: a genuine one, or what one would say."""

    claims: Mapping[str, Any]
    kid: str
    genuine: AccessToken | None = None

    @classmethod
    def of(cls, genuine: AccessToken) -> Model:
        """Return the model that a genuine token for the target is."""
        return cls(genuine.claims, str(genuine.header.get("kid")), genuine)

    @classmethod
    def imagined(cls, azure: Azure, audience: str, challenge: Challenge | None) -> Model:
        """Return what an app-only v2 token for *audience* would say, of a caller that is nobody."""
        told = guid.in_path(challenge.authorization_uri or "") if challenge else None
        tenant = azure.tenant_id or told or str(uuid4())
        known = azure.cloud.issuers(tenant)
        now = int(time.time())
        claims = {
            "aud": audience,
            "iss": known.v2 if known else f"{azure.cloud.active_directory}/{tenant}/v2.0",
            "iat": now,
            "nbf": now,
            "exp": now + _DAY,
            "azp": str(uuid4()),
            "azpacr": "2",
            "oid": (nobody := str(uuid4())),
            "sub": nobody,
            "tid": tenant,
            "ver": "2.0",
        }
        return cls(claims, secrets.token_urlsafe(20))

    def forged(self, azure: Azure, name: str) -> str | None:
        """Return the forged token of that case; None where it would need a genuine one."""
        match name:
            case "unsigned":
                return f"{_segment({'typ': 'JWT', 'alg': 'none'})}.{_segment(self.claims)}."
            case "tampered":
                return _tampered(self.genuine) if self.genuine else None
            case "foreign-key":
                return azure.forgery.signed(self.claims, self.kid)
            case "wrong-audience":
                return azure.forgery.signed({**self.claims, "aud": f"api://{uuid4()}"}, self.kid)
            case "expired":
                past = int(time.time()) - _DAY
                times = {"iat": past - _DAY, "nbf": past - _DAY, "exp": past}
                return azure.forgery.signed({**self.claims, **times}, self.kid)
        raise LookupError(name)


def _tampered(genuine: AccessToken) -> str:
    """Return the token with a longer life, under the signature of what it said before."""
    header, _, signature = genuine.jws.text.split(".")
    longer = int(genuine.expires_at or time.time()) + _DAY
    return f"{header}.{_segment({**genuine.claims, 'exp': longer})}.{signature}"


def _segment(members: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=").decode()
