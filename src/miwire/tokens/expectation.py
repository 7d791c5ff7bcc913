"""What a token is judged against, never taken from the token, and how its audience misses that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.finding import Verdict

if TYPE_CHECKING:
    from miwire.tokens.access_token import AccessToken

LEEWAY = 300.0
"""Seconds by which Easy Auth's validation (IdentityModel) lets a token's times be missed."""
ONLY_GRAPH = (
    "the header has a nonce, as in tokens for Microsoft Graph: only Microsoft Graph can verify it"
)
"""Such a token is signed over a header with the hash of that nonce, which its reader computes."""
_SCHEME = "api://"
_SCOPE = "/.default"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the verifier expects; each of several values is as good as the others."""

    audiences: tuple[str, ...]
    issuers: tuple[str, ...]
    at: float
    """Epoch seconds: the moment at which the token should be good."""
    leeway: float = LEEWAY
    tenant: str | None = None
    principal: str | None = None
    """The object id that the token should speak for; None: anybody's will do."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What became of the check of a signature: pass, fail, or unknown where none could be made."""

    verdict: Verdict
    seen: str
    lacks_key: bool = False
    """Whether none of the keys has the token's `kid`: the signature may be that of another key."""

    @property
    def holds(self) -> bool:
        """Whether the issuer wrote the claims."""
        return self.verdict is Verdict.PASS


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """A token, what is expected of it, and what became of the check of its signature."""

    token: AccessToken
    expected: Expectation
    signature: Signature


def miss(seen: str, expected: str) -> str | None:
    """
    Say what separates two identifiers that mean the same to people; None: more than that.

    Audiences and issuers are compared exactly, so each of these differences refuses a token
    (FACTS 5.7: the commonest reasons of a 401).
    """
    if _plain(seen) != _plain(expected):
        return None
    differences = []
    if seen.startswith(_SCHEME) != expected.startswith(_SCHEME):
        differences.append(_of_scheme(seen))
    if seen.endswith(_SCOPE) != expected.endswith(_SCOPE):
        differences.append(f"{_SCOPE} is for scopes, not audiences")
    elif seen.endswith("/") != expected.endswith("/"):
        differences.append("one ends in a slash, the other doesn't")
    if _without_ends(seen) != _without_ends(expected):
        differences.append("upper and lower case differ")
    return "; ".join(differences)


def _of_scheme(seen: str) -> str:
    if seen.startswith(_SCHEME):
        return f"v1 tokens carry the audience as requested, with {_SCHEME}"
    return f"v2 tokens carry the bare client ID, without {_SCHEME}"


def _plain(identifier: str) -> str:
    return _without_ends(identifier).casefold()


def _without_ends(identifier: str) -> str:
    return identifier.removeprefix(_SCHEME).removesuffix(_SCOPE).rstrip("/")
