"""The HTTP client of what miwire asks by itself: apps, and an issuer's metadata and keys."""

from __future__ import annotations

import httpx

_DIRECT: dict[str, httpx.BaseTransport | None] = {
    "all://localhost": None,
    "all://127.0.0.1": None,
    "all://[::1]": None,
}
"""What is on this machine is not asked through a proxy, which would read a token sent over http."""


def new_client(seconds: float | None = None) -> httpx.Client:
    """Return a client that follows no redirect; *seconds* is its timeout between bytes."""
    return httpx.Client(follow_redirects=False, mounts=_DIRECT, timeout=seconds)
