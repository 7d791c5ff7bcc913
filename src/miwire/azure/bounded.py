"""The body of an answer, decoded, and never larger than what is foreseen for it."""

from __future__ import annotations

import zlib
from urllib.parse import urlsplit

from miwire.errors import Unreachable

MIB = 1 << 20
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_PLAIN = {"", "identity"}
_PACKED = {"gzip", "x-gzip", "deflate"}
_AT_ONCE = 1 << 18
"""Bytes that are unpacked in one go: zlib copies what it has whenever its buffer grows."""
ACCEPTED = "gzip"
"""The Accept-Encoding of requests whose answers are read by `Body`."""


class Body:
    """
    Collects a body as it comes and decodes it, at most *largest* bytes.

    A library's own decoder unpacks whatever one read brings, a thousandfold for each coding that
    Content-Encoding lists; this one stops in the middle. Raises Unreachable, which names the host
    of *url*, for a body that is larger, cut off or coded in another way.
    """

    def __init__(self, url: str, encoding: str, largest: int) -> None:
        self._host = urlsplit(url).netloc.rpartition("@")[2]
        self._largest = largest
        self._parts: list[bytes] = []
        self._size = 0
        coding = encoding.strip().lower()
        self._packed = coding in _PACKED
        if not self._packed and coding not in _PLAIN:
            raise Unreachable(
                f"{self._host} sent an answer in an encoding that miwire didn't ask for.",
                hint="Check proxies on the way: Azure answers in gzip or uncompressed.",
            )
        self._unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)

    def add(self, raw: bytes) -> None:
        """Add bytes as they came."""
        if not self._packed:
            self._keep(raw)
            return
        while raw:
            if self._unpacker.eof:  # several members in a row are one file
                self._unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
            try:
                self._unpack(raw)
            except zlib.error as error:
                raise self._refused("a response that is marked as gzip but isn't") from error
            raw = self._unpacker.unused_data

    def _unpack(self, raw: bytes) -> None:
        """Keep what *raw* holds up to the end of a member; zlib may have more than it took."""
        full = True
        while raw or full:
            decoded = self._unpacker.decompress(raw, _AT_ONCE)
            self._keep(decoded)
            raw, full = self._unpacker.unconsumed_tail, len(decoded) == _AT_ONCE

    def whole(self) -> bytes:
        """Return the body once its end has come."""
        if self._packed and self._parts and not self._unpacker.eof:
            raise self._refused("an incomplete response")
        return b"".join(self._parts)

    def _keep(self, decoded: bytes) -> None:
        self._size += len(decoded)
        if self._size > self._largest:
            raise self._refused(f"a response of more than {self._largest // MIB} MiB")
        if decoded:
            self._parts.append(decoded)

    def _refused(self, what: str) -> Unreachable:
        return Unreachable(
            f"{self._host} sent {what}.",
            hint="Check the address, and proxies on the way.",
        )
