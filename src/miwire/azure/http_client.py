"""The HTTP client of what miwire asks by itself: apps, and an issuer's metadata and keys."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    import ssl

_DIRECT: dict[str, httpx.BaseTransport | None] = {
    "all://localhost": None,
    "all://127.0.0.1": None,
    "all://[::1]": None,
}
"""What is on this machine is not asked through a proxy, which would read a token sent over http."""


def trusted() -> ssl.SSLContext:
    """Return whom to trust, as the environment says; read once, for that outlasts a request."""
    return _trusted(*(os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")))


@cache
def _trusted(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    return httpx.create_ssl_context()


def new_client(seconds: float | None = None) -> httpx.Client:
    """Return a client that follows no redirect; *seconds* is its timeout between bytes."""
    return httpx.Client(follow_redirects=False, mounts=_DIRECT, timeout=seconds, verify=trusted())
