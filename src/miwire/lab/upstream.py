"""Programs of the user's own behind a gate: what may stand there."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Container

_PORTS = {"http": 80, "https": 443}


class UpstreamRefused(Exception):
    """A URL cannot stand behind a gate; the message is one sentence that says why."""


def checked(url: str, own_ports: Container[int]) -> str:
    """
    Return the base URL of a program on loopback, without a trailing slash.

    The gate hands on bearer tokens and vouches for callers, so they never leave this machine; and
    it passes paths on byte by byte, so there is no path of the program's own. *own_ports* are the
    lab's: a gate behind a gate would ask itself for ever. Raises UpstreamRefused.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UpstreamRefused(f"{url!r} is no URL: {error}.") from None
    if parts.scheme not in _PORTS or not host:
        raise UpstreamRefused(f"{url!r} is no http or https URL.")
    if not _is_loopback(host):
        raise UpstreamRefused(
            f"{host} is not this machine: a gate stands before programs on loopback only, such as"
            " http://127.0.0.1:8000."
        )
    if parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
        raise UpstreamRefused("An upstream is a scheme, a host and a port, and nothing else.")
    if (port if port is not None else _PORTS[parts.scheme]) in own_ports:
        raise UpstreamRefused(f"{url} is the lab itself.")
    return f"{parts.scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
