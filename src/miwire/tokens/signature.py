"""
Whether a key of an issuer signed a token: RS256 and nothing else (RFC 7515, 7517, 7518).

PyJWT verifies; the rules beside it are those that it leaves to its callers: which key, fit for
what, and that nothing in the token's header has a say in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from miwire.text import printable
from miwire.tokens.expectation import ONLY_GRAPH
from miwire.tokens.jws import base64url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    from miwire.tokens.jws import Jws

Jwk = dict[str, Any]

ALGORITHM = "RS256"
SMALLEST_KEY = 2048
"""Bits, by RFC 7518, 3.3."""


_DOES_NOT_MATCH = "the signature doesn't match the header and payload"


class KeySet:
    """
    The published keys of an issuer, read when the first signature needs them.

    Entra ID changes its keys without notice, so an unknown `kid` has them read again: once.
    """

    def __init__(self, source: str, read: Callable[[], list[Jwk]]) -> None:
        self._source = source
        self._read = read
        self._keys: list[Jwk] | None = None
        self._read_again = False

    def flaw(self, jws: Jws) -> str | None:
        """
        Say why a signature proves nothing; None: one of these keys made it.

        The header is judged before any key is asked for. Raises what reading the keys raises.
        """
        flaw = header_flaw(jws.header)
        if flaw is not None:
            return flaw
        kid = jws.header["kid"]
        named = self._named(kid)
        if not named:
            return f"no key of {self._source} has the token's kid, {printable(kid)}"
        if len({(str(key.get("n")), str(key.get("e"))) for key in named}) > 1:
            # Which of them signed is not for a token to choose: the set is broken.
            return f"several keys of {self._source} have the token's kid, {printable(kid)}"
        return signature_flaw(jws, named[0])

    def lacks(self, kid: object) -> bool:
        """Say whether the keys were read, and none of them is named so."""
        return self._keys is not None and not any(key.get("kid") == kid for key in self._keys)

    def _named(self, kid: str) -> list[Jwk]:
        if self._keys is None:
            self._keys = self._read()
        named = _of_kid(self._keys, kid)
        if not named and not self._read_again:
            self._read_again = True
            self._keys = self._read()
            named = _of_kid(self._keys, kid)
        return named


def _of_kid(keys: list[Jwk], kid: str) -> list[Jwk]:
    return [key for key in keys if key.get("kid") == kid]


def header_flaw(header: Mapping[str, Any]) -> str | None:
    """
    Say what in a header makes the signature prove nothing, whatever the key.

    `jwk`, `jku`, `x5c` and `x5u` are no flaw: they are ignored.
    """
    algorithm = header.get("alg")
    if algorithm != ALGORITHM:
        return f"alg is {printable(algorithm)}; Entra ID signs with {ALGORITHM} only"
    for extension in ("crit", "b64"):
        if extension in header:
            return f"its header has {extension}, an extension that Entra ID does not use"
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        return "the header has no key ID (kid)"
    return None


def signature_flaw(jws: Jws, key: Jwk) -> str | None:
    """Say why this key did not make the signature, or may not; None: it did."""
    flaw = _unfit(key)
    if flaw is not None:
        return f"the key {flaw}"
    public = _public_key(key)
    if public is None:
        return "the key isn't an RSA key"
    if public.key_size < SMALLEST_KEY:
        return f"the key has {public.key_size} bits; at least {SMALLEST_KEY} are required"
    if jws.signature is None:
        return "the signature is truncated or isn't base64url"
    try:
        jwt.PyJWS(algorithms=[ALGORITHM]).decode(jws.text, public, algorithms=[ALGORITHM])
    except jwt.PyJWTError:
        return _mismatch(jws, jws.signature, public.key_size // 8)
    return None


def _mismatch(jws: Jws, signature: bytes, length: int) -> str:
    """Say what is likely where a key did not make a signature; *length* is the key's, in bytes."""
    if not signature:
        return "there is no signature"
    if len(signature) != length:
        return (
            f"the signature has {len(signature)} bytes instead of {length}: the token was "
            "probably truncated"
        )
    return ONLY_GRAPH if "nonce" in jws.header else _DOES_NOT_MATCH


def _unfit(key: Jwk) -> str | None:
    """Say why a key is not for RS256 signatures (RFC 7517, 4.1 to 4.4)."""
    operations = key.get("key_ops", ["verify"])
    if key.get("kty") != "RSA":
        return "isn't an RSA key"
    if key.get("use", "sig") != "sig":
        return f"isn't for signatures (use is {printable(key['use'])})"
    if not isinstance(operations, list) or "verify" not in operations:
        return f"isn't for verifying signatures (key_ops is {printable(operations)})"
    if key.get("alg", ALGORITHM) != ALGORITHM:
        return f"is for {printable(key['alg'])}, not for {ALGORITHM}"
    return None


def _public_key(key: Jwk) -> RSAPublicKey | None:
    """Return the public key of `n` and `e`; private members, if somebody published them, stay."""
    modulus, exponent = (_number(key.get(name)) for name in ("n", "e"))
    if modulus is None or exponent is None:
        return None
    try:
        return RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError:  # an exponent that is even or below 3, among others
        return None


def _number(member: object) -> int | None:
    raw = base64url(member) if isinstance(member, str) else None
    return int.from_bytes(raw, "big") if raw else None
