"""What is special about a token, each by a name for programs and in a sentence for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.text import printable
from miwire.tokens.access_token import APP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.tokens.access_token import AccessToken

_EXPECTED = ("aud", "iss", "exp", "tid", "oid")
_RSA = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
_SIGNATURE_BYTES = (256, 384, 512)
"""Of RSA keys with 2048, 3072 and 4096 bits."""


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that is special about a token."""

    kind: str
    """A name that is never used again for another note."""
    sentence: str


def notes(token: AccessToken) -> Iterator[Note]:
    """Yield what is special about a token, the kind of token first."""
    yield from _of_its_kind(token)
    yield from _of_its_claims(token)
    yield from _of_its_signature(token)


def _of_its_kind(token: AccessToken) -> Iterator[Note]:
    if token.is_id_token:
        yield Note(
            "id-token",
            "This is an ID token: it tells a client who signed in. APIs need an access token, "
            "and App Service authentication checks the allowed applications of one.",
        )
    if token.for_graph_only:
        yield Note(
            "graph-nonce",
            "The header has a nonce, as in tokens for Microsoft Graph: only Microsoft Graph can "
            "verify it.",
        )
    if token.is_b2c:
        policy = f" (policy {printable(token.policy)})" if token.policy else ""
        yield Note(
            "b2c",
            f"Azure AD B2C issued this{policy}. To verify it, pass your B2C tenant's exact issuer "
            "with --issuer and the jwks_uri of that policy with --jwks: B2C publishes keys per "
            "policy.",
        )
    elif token.is_external_id:
        yield Note(
            "external-id",
            "An external tenant (Microsoft Entra External ID) issued this. To verify it, pass your "
            "external tenant's exact issuer with --issuer instead of --tenant.",
        )


def _of_its_claims(token: AccessToken) -> Iterator[Note]:
    if token.kind == APP and token.principal is None and "oid" not in token.claims:
        yield Note(
            "no-service-principal",
            "oid is missing: the calling app has no service principal in this tenant, so it holds "
            "no app role and matches no allowed identity.",
        )
    if token.lacks_groups:
        yield Note(
            "groups-overage",
            "The caller is a member of too many groups to list them, so groups is missing (group "
            "overage): a check of groups can't be decided from this token.",
        )
    missing = [name for name in _expected(token) if name not in token.claims]
    if missing:
        yield Note(
            "claims-missing",
            f"{', '.join(missing)} missing: every Entra ID token has them.",
        )


def _of_its_signature(token: AccessToken) -> Iterator[Note]:
    algorithm, signature = token.header.get("alg"), token.jws.signature
    if algorithm != "RS256":
        yield Note("algorithm", f"alg is {printable(algorithm)}: Entra ID signs with RS256 only.")
    if signature is None:
        yield Note(
            "truncated-signature",
            "The signature is truncated or isn't base64url, so it can't be verified.",
        )
    elif not signature:
        yield Note("unsigned", "There is no signature: anyone could have written this.")
    elif (
        isinstance(algorithm, str) and algorithm in _RSA and len(signature) not in _SIGNATURE_BYTES
    ):
        yield Note(
            "truncated-signature",
            f"The signature has {len(signature)} bytes, which no RSA key makes: the token was "
            "probably truncated.",
        )


def _expected(token: AccessToken) -> Iterator[str]:
    """Yield the claims that every token of its kind has."""
    for name in _EXPECTED:
        if name == "tid" and token.is_b2c:
            continue
        if name == "oid" and (token.is_b2c or token.kind == APP or token.is_id_token):
            continue
        yield name
