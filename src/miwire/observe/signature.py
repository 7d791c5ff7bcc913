"""Check a token's signature with the keys that an expected issuer publishes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from miwire.easyauth.model import UNCHECKED
from miwire.errors import Unreachable
from miwire.finding import Verdict
from miwire.text import printable
from miwire.tokens.expectation import ONLY_GRAPH, Signature

if TYPE_CHECKING:
    from collections.abc import Collection

    from miwire.azure.session import Azure
    from miwire.easyauth.model import Gate
    from miwire.tokens.access_token import AccessToken


def checked(
    azure: Azure, token: AccessToken, issuers: Collection[str], jwks: str | None = None
) -> Signature:
    """
    Return what became of the check; *jwks* names keys to use instead of published ones.

    Raises Unreachable where the keys cannot be had: that is no verdict about the token.
    """
    if jwks is not None:
        keys = azure.authority.keys_of(jwks)
    elif token.issuer in issuers or token.issuer is None:
        # Compared with what is expected first, so that this is no address of the token's choosing.
        keys = azure.authority.keys(token.issuer or next(iter(issuers)))
    else:
        return Signature(
            Verdict.UNKNOWN,
            "not checked: its issuer isn't an expected one, so its keys weren't requested",
        )
    flaw = keys.flaw(token.jws)
    if flaw == ONLY_GRAPH:
        return Signature(Verdict.UNKNOWN, flaw)
    if flaw is not None:
        return Signature(Verdict.FAIL, flaw, lacks_key=keys.lacks(token.header.get("kid")))
    return Signature(Verdict.PASS, f"RS256, kid {printable(token.header['kid'])}")


def at_gate(azure: Azure, token: AccessToken, gate: Gate) -> Signature:
    """Check a signature as a gate of the tenant does; say so where no keys can be had."""
    if gate.issuers is None:
        return UNCHECKED
    try:
        seen = checked(azure, token, (gate.issuers.v1, gate.issuers.v2))
        # App Service verifies as everybody but Microsoft Graph does, so it rejects such a token.
        return replace(seen, verdict=Verdict.FAIL) if seen.seen == ONLY_GRAPH else seen
    except Unreachable as error:
        return Signature(Verdict.UNKNOWN, error.message)
