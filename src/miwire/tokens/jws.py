"""A JSON Web Signature in its compact form, read strictly (RFC 7515)."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from miwire.errors import NotAToken
from miwire.tokens.strict_json import json_object

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 64 * 1024
"""Bytes. App Service refuses headers long before that."""

_CHARACTERS = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Jws:
    """Header, payload and signature, and the text they came from: a secret, never to be shown."""

    header: Mapping[str, Any]
    payload: bytes
    signature: bytes | None = field(repr=False)
    """None where it is not base64url, as in documents that cut it off; it proves nothing then."""
    text: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read three segments of base64url without padding, the first a JSON object.

        Raises NotAToken, whose sentence quotes nothing of *text*: it may be a password as well.
        """
        header, payload, signature = _segments(text)
        raw_payload = base64url(payload)
        if raw_payload is None:
            raise NotAToken("This isn't a JWT: its payload isn't base64url.")
        return cls(
            header=_object(header, "header"),
            payload=raw_payload,
            signature=base64url(signature),
            text=text,
        )


def is_compact(text: str) -> bool:
    """
    Say whether a text is one JWS or JWE and nothing else, by its segments and its header.

    What its other segments hold does not matter here: a damaged token is a token.
    """
    if len(text) > LONGEST or _CHARACTERS.fullmatch(text) is None:
        return False
    header, *others = text.split(".")
    raw = base64url(header)
    if raw is None or len(others) not in {2, 4}:
        return False
    try:
        return "alg" in json_object(raw)
    except ValueError:
        return False


def base64url(segment: str) -> bytes | None:
    """
    Return the bytes of a segment; None where it is not the one way to write them.

    Neither padding nor white space is taken, nor are bits beyond the last byte other than zero.
    """
    try:
        raw = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except (binascii.Error, ValueError):
        return None
    written = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return raw if written == segment else None


def _segments(text: str) -> list[str]:
    if not text:
        raise NotAToken("No token: the input is empty.")
    if len(text) > LONGEST:
        raise NotAToken("This isn't an Entra ID token: it is longer than 64 KiB.")
    if _CHARACTERS.fullmatch(text) is None:
        raise NotAToken("This isn't a JWT: it contains invalid characters.")
    segments = text.split(".")
    match len(segments):
        case 3:
            return segments
        case 5:
            raise NotAToken(
                "This is an encrypted token (five segments): only its audience can read it."
            )
        case number:
            raise NotAToken(f"This isn't a JWT: it has {number} segments instead of three.")


def _object(segment: str, name: str) -> Mapping[str, Any]:
    raw = base64url(segment)
    if raw is None:
        raise NotAToken(f"This isn't a JWT: its {name} isn't base64url.")
    try:
        return json_object(raw)
    except ValueError as error:
        raise NotAToken(f"This isn't a JWT: couldn't read its {name}, {error}.") from error
