"""An access token of Entra ID, v1 or v2, decoded and not yet believed."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

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
_OF_SIGN_IN = ("nonce", "at_hash", "c_hash")
"""Claims that tie an ID token to the sign-in that it was issued for (OpenID Connect Core, 2)."""
_OF_A_PROFILE = ("name", "email", "emails", "preferred_username", "unique_name", "upn", "tfp")
_POLICY = re.compile(r"b2c_1a?_[\w-]{1,200}", re.ASCII | re.IGNORECASE)


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

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """Return a token, decoded; None where there is none, or where it is no JWT."""
        try:
            return cls.parse(text) if text is not None else None
        except NotAToken:
            return None

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
        """
        The client id of the app that asked for it: `appid` in v1, `azp` in v2.

        Azure AD B2C writes `ver` 1.0 and `azp`.
        """
        names = ("appid", "azp") if self.version == V1 else ("azp", "appid")
        return next((each for each in map(self.text, names) if each), None)

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
        claim of people's whose `oid` is its `sub` is app-only, as Entra ID advises; and one that
        names a client and no `oid` is that of an app without a service principal in the tenant.
        Tokens of Azure AD B2C have the same `oid` and `sub` for people; a policy signs in people.
        """
        match self.claims.get("idtyp"):
            case "app":
                return APP
            case "user":
                return USER
        if any(self.text(name) for name in _OF_PEOPLE) or self.policy or self.is_id_token:
            return USER
        if self.principal is None:
            return APP if self.client else None
        return APP if self.principal == self.text("sub") else USER

    @property
    def is_id_token(self) -> bool:
        """
        Whether it's an ID token: it names no client and no permission, but a sign-in or a person.

        Access tokens of Entra ID, External ID and B2C always have `appid` or `azp`.
        """
        if self.client or self.text("scp") or self.text("idtyp"):
            return False
        of_a_person = any(self.claims.get(name) for name in _OF_A_PROFILE) and not self.roles
        return of_a_person or any(self.text(name) for name in _OF_SIGN_IN)

    @property
    def policy(self) -> str | None:
        """The user flow or policy of Azure AD B2C that issued it: `tfp`, `acr` in older ones."""
        found = (self.text("tfp"), self.text("acr"))
        return next((each for each in found if each and _POLICY.fullmatch(each)), None)

    @property
    def is_b2c(self) -> bool:
        """Whether Azure AD B2C issued it, by its policy or by the host of its issuer."""
        return self.policy is not None or _is_below(self.issuer, "b2clogin.com")

    @property
    def policy_keys(self) -> str | None:
        """
        Where its issuer publishes the keys of its policy; None where it names none.

        Azure AD B2C has a document of metadata and keys for each policy. The address is one of the
        token's choosing unless its issuer is an expected one.
        """
        if self.policy is None or self.issuer is None:
            return None
        base = self.issuer.rstrip("/").removesuffix("/v2.0")
        return f"{base}/{self.policy}/discovery/v2.0/keys"

    @property
    def is_external_id(self) -> bool:
        """Whether an external tenant issued it, by the host of its issuer."""
        return _is_below(self.issuer, "ciamlogin.com")

    @property
    def lacks_groups(self) -> bool:
        """Whether the caller is in more groups than a token lists, so that `groups` is missing."""
        elsewhere = self.claims.get("_claim_names")
        overage = isinstance(elsewhere, dict) and "groups" in elsewhere
        return overage or self.claims.get("hasgroups") in (True, "true")

    @property
    def for_graph_only(self) -> bool:
        """Whether its header has `nonce`, whose signature only Microsoft Graph can verify."""
        return "nonce" in self.header

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


def _is_below(url: str | None, domain: str) -> bool:
    try:
        host = urlsplit(url or "").hostname or ""
    except ValueError:
        return False
    return host.endswith(f".{domain}")


def _strings(value: object) -> tuple[str, ...]:
    """Return the strings of a claim; () if anything else is among them."""
    listed = value if isinstance(value, list) else [value]
    strings = tuple(each for each in listed if isinstance(each, str) and each)
    return strings if len(strings) == len(listed) else ()
