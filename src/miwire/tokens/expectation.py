"""What a token is judged against; nothing of it ever comes from the token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.finding import Verdict

if TYPE_CHECKING:
    from miwire.tokens.access_token import AccessToken

LEEWAY = 300.0
"""Seconds by which Easy Auth's validation (IdentityModel) lets a token's times be missed."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What whoever verifies expects; each of several values is as good as the others."""

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
