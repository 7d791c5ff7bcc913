"""An access token of Entra ID, v1 or v2, decoded and not yet believed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from miwire import text
from miwire import timestamps as moment
from miwire.errors import NotAToken
from miwire.tokens.jws import Jws
from miwire.tokens.strict_json import json_object

if TYPE_CHECKING:
    from collections.abc import Mapping

V1, V2 = "1.0", "2.0"
APP, USER = "app", "user"
_SIGN_IN_NAMES = ("upn", "unique_name", "preferred_username")
_OF_PEOPLE = ("scp", *_SIGN_IN_NAMES)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """
    Header and claims, under names that hide whether the token is v1 or v2.

    Nothing here is proven: verify the signature before relying on a claim.
    """

    claims: Mapping[str, Any]
    jws: Jws

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a JWT without white space around it; raises NotAToken for anything else."""
        jws = Jws.parse(text)
        try:
            return cls(json_object(jws.payload), jws)
        except ValueError as error:
            raise NotAToken(f"This isn't a JWT: couldn't read its payload, {error}.") from error

    @property
    def header(self) -> Mapping[str, Any]:
        """How it says it is signed."""
        return self.jws.header

    @property
    def audiences(self) -> tuple[str, ...]:
        """For whom it was issued; Entra ID names one, the standard allows several."""
        return _strings(self.claims.get("aud"))

    @property
    def audience(self) -> str | None:
        """The first audience."""
        return next(iter(self.audiences), None)

    @property
    def issuer(self) -> str | None:
        """Who says that it issued it."""
        return self.text("iss")

    @property
    def issuer_tenant(self) -> str | None:
        """The tenant's id inside the issuer, where there is one."""
        return text.in_path(self.issuer or "")

    @property
    def tenant(self) -> str | None:
        """The tenant of whom it speaks."""
        return self.text("tid")

    @property
    def client(self) -> str | None:
        """The client id of the app that asked for it: `appid` in v1, `azp` in v2."""
        match self.version:
            case "1.0":
                return self.text("appid")
            case "2.0":
                return self.text("azp")
            case _:
                return self.text("azp") or self.text("appid")

    @property
    def client_proof(self) -> str | None:
        """How the client proved itself: "0" not at all, "1" by secret, "2" by certificate."""
        return self.text("azpacr") or self.text("appidacr")

    @property
    def principal(self) -> str | None:
        """The object id of the service principal, or of the person, on whose behalf it speaks."""
        return self.text("oid")

    @property
    def roles(self) -> tuple[str, ...]:
        """App roles that the target defined and the caller holds."""
        roles = self.claims.get("roles")
        return _strings(roles) if isinstance(roles, list) else ()

    @property
    def version(self) -> str | None:
        """Version 1.0 or 2.0, as `ver` or else the issuer's form says; None: not of Entra ID."""
        ver = self.claims.get("ver")
        if ver in (V1, V2):
            return str(ver)
        if self.issuer_tenant is None:
            return None
        return V2 if (self.issuer or "").endswith("/v2.0") else V1

    @property
    def kind(self) -> str | None:
        """
        Whether it speaks for an "app" alone or for a "user"; None where nothing tells.

        `idtyp` says so where the target asked for that optional claim. Else a token without any
        claim of people's whose `oid` is its `sub` is app-only, as Entra ID advises.
        """
        match self.claims.get("idtyp"):
            case "app":
                return APP
            case "user":
                return USER
        if any(self.text(name) for name in _OF_PEOPLE):
            return USER
        if self.principal is None:
            return None
        return APP if self.principal == self.text("sub") else USER

    @property
    def account(self) -> str | None:
        """
        Who signed in, in a few words: a user's sign-in name, a managed identity, or an app.

        A managed identity's token names in `xms_mirid` the resource that has it.
        """
        if self.kind == USER:
            return next((name for each in _SIGN_IN_NAMES if (name := self.text(each))), None)
        if resource := self.text("xms_mirid"):
            return f"managed identity {resource.rstrip('/').rpartition('/')[2]}"
        return f"service principal {self.client}" if self.client else None

    @property
    def issued_at(self) -> float | None:
        """Epoch seconds; Entra ID dates a token some five minutes back."""
        return moment.seconds(self.claims.get("iat"))

    @property
    def not_before(self) -> float | None:
        """Epoch seconds."""
        return moment.seconds(self.claims.get("nbf"))

    @property
    def expires_at(self) -> float | None:
        """Epoch seconds."""
        return moment.seconds(self.claims.get("exp"))

    @property
    def fingerprint(self) -> str:
        """Eight digits that tell tokens apart in logs and give nothing away."""
        return hashlib.sha256(self.jws.text.encode()).hexdigest()[:8]

    def text(self, name: str) -> str | None:
        """Return a claim that holds a string, and is not empty."""
        value = self.claims.get(name)
        return value if isinstance(value, str) and value else None


def _strings(value: object) -> tuple[str, ...]:
    """Return the strings of a claim; () if anything else is among them."""
    listed = value if isinstance(value, list) else [value]
    strings = tuple(each for each in listed if isinstance(each, str) and each)
    return strings if len(strings) == len(listed) else ()
