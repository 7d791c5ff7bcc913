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
    header = header_of(text)
    match text.count("."):
        case 2:
            return header is not None and "alg" in header
        case 4:
            return is_encrypted(text)
    return False


def is_encrypted(text: str) -> bool:
    """Say whether five segments are a JWE: its header has `enc` (RFC 7516), and it has a text."""
    segments = text.split(".")
    header = header_of(text)
    return len(segments) == 5 and bool(segments[3]) and header is not None and "enc" in header  # noqa: PLR2004


def header_of(text: str) -> Mapping[str, Any] | None:
    """Return the JSON object that the first segment of a text is; None where it isn't one."""
    raw = base64url(text.partition(".")[0])
    try:
        return json_object(raw) if raw else None
    except ValueError:
        return None


def encrypted() -> NotAToken:
    """Return the error for a JWE, which nobody can read but its audience."""
    return NotAToken(
        "This is an encrypted token (its header has enc): only its audience can read it.",
        kind="encrypted",
        hint="Pass an access token that isn't encrypted.",
    )


def too_long() -> NotAToken:
    """Return the error for an input that is longer than any token."""
    return NotAToken("This isn't an Entra ID token: it is longer than 64 KiB.", kind="too-long")


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
        raise NotAToken("No token: the input is empty.", kind="empty")
    if len(text) > LONGEST:
        raise too_long()
    if _CHARACTERS.fullmatch(text) is None:
        raise NotAToken("This isn't a JWT: it contains invalid characters.")
    segments = text.split(".")
    match len(segments):
        case 3:
            return segments
        case 5 if is_encrypted(text):
            raise encrypted()
        case 1:
            raise NotAToken("This isn't a JWT: it has 1 segment instead of three.")
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
