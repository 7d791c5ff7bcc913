"""
Which proxy a request goes through: one rule for ARM, Microsoft Graph, Entra ID and the apps.

The libraries underneath disagree: requests knows no IPv6 range in NO_PROXY, httpx stops at one,
msgraph-sdk's transport reads no variable at all, and all of them would send the secret of an
identity endpoint through HTTP_PROXY.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from miwire.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from urllib.parse import SplitResult

_IDENTITY_ENDPOINTS = (
    "IDENTITY_ENDPOINT",
    "MSI_ENDPOINT",
    "IMDS_ENDPOINT",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
)
"""Variables that name an endpoint of managed identities, as azure-identity reads them."""
_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
"""The schemes of proxies that requests and httpx both know, with their default ports."""
_SOCKS = ("socks", "socksio")
"""The modules with which requests (PySocks) and httpx (socksio) speak SOCKS."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that the environment names; as text, it is without its credentials."""

    scheme: str
    host: str
    port: int
    credentials: str = field(repr=False)
    """`user:password` as it stands in a URL, or nothing."""
    variable: str
    """The name of the variable that says so."""

    def __str__(self) -> str:
        """Return the proxy's URL without its credentials."""
        return f"{self.scheme}://{self._address}"

    @property
    def url(self) -> str:
        """The proxy's URL with its credentials, for a library and for nobody's eyes."""
        return f"{self.scheme}://{self.credentials and f'{self.credentials}@'}{self._address}"

    @property
    def _address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def proxy_for(url: str) -> Proxy | None:
    """
    Return the proxy for a request to *url*; None for a direct connection.

    HTTPS_PROXY or HTTP_PROXY by the scheme of *url*, else ALL_PROXY, in lower case first, and
    what the system has set where no variable does. Loopback and link-local addresses and the
    endpoints of managed identities are always reached directly, as is what NO_PROXY names.
    Raises BadRequest where the variable that counts names no proxy that can be used.
    """
    try:
        parts = urlsplit(url)
        host, port = _place(parts)
    except ValueError:
        return None  # not an address: the client that is given it says so
    if not host or _is_direct(host, port):
        return None
    settings = getproxies()
    if _is_excepted(settings.get("no", ""), parts.scheme, host, port) or proxy_bypass(host):
        return None
    for kind in (parts.scheme, "all"):
        if settings.get(kind):
            return _parsed(settings[kind], _variable(kind))
    return None


def _place(parts: SplitResult) -> tuple[str, int | None]:
    """Return host and port, the host without a final dot; raises ValueError for a bad address."""
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return (parts.hostname or "").rstrip("."), parts.port or default


def _is_direct(host: str, port: int | None) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    if address is not None and (address.is_loopback or address.is_link_local):
        return True
    for name in _IDENTITY_ENDPOINTS:
        try:
            if (host, port) == _place(urlsplit(os.environ.get(name, ""))):
                return True
        except ValueError:
            continue
    return False


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """Return the IP address that *host* is; None for a name."""
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        try:
            # Resolvers take 127.1 and 2130706433 for addresses, too.
            return IPv4Address(socket.inet_aton(host))
        except (OSError, ValueError):
            return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _is_excepted(no_proxy: str, scheme: str, host: str, port: int | None) -> bool:
    """
    Say whether NO_PROXY names the place.

    An entry is a host with all below it (`corp.example`, `.corp.example`, `*.corp.example`), an
    address (`::1`, `[::1]`), a range (`10.0.0.0/8`, `fd00::/8`) or `*`; a scheme before it and a
    port behind it narrow it. An entry that is none of these names nothing.
    """
    address = _address(host)
    for entry in _entries(no_proxy):
        if entry == "*":
            return True
        wanted, _, rest = entry.rpartition("://")
        if wanted not in {"", "all", scheme}:
            continue
        name, wanted_port = _split(rest)
        if wanted_port and wanted_port != str(port):
            continue
        if address is not None and _holds(name, address):
            return True
        name = name.removeprefix("*").strip(".")
        if name and (host == name or host.endswith(f".{name}")):
            return True
    return False


def _entries(no_proxy: str) -> Iterator[str]:
    return (each.lower() for each in no_proxy.replace(",", " ").split())


def _split(entry: str) -> tuple[str, str]:
    """Return the host or range of an entry, without brackets, and its port as text."""
    if entry.startswith("["):
        host, _, rest = entry[1:].partition("]")
        return (host + rest, "") if rest.startswith("/") else (host, rest.removeprefix(":"))
    host, colon, port = entry.rpartition(":")
    return (host, port) if colon and ":" not in host and port.isdecimal() else (entry, "")


def _holds(text: str, address: IPv4Address | IPv6Address) -> bool:
    try:
        return address in ip_network(text, strict=False)
    except ValueError:
        return False


def _variable(kind: str) -> str:
    """Return the name of the variable that counts for a kind of target."""
    names = [
        name for name, value in os.environ.items() if value and name.lower() == f"{kind}_proxy"
    ]
    return min(names, key=lambda name: (not name.islower(), name), default="the system's settings")


def _parsed(text: str, variable: str) -> Proxy:
    """Return the proxy of a URL or HOST:PORT, which is never repeated: it may hold secrets."""
    text = text.strip()
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = _host(parts), parts.port
        credentials = parts.netloc.rpartition("@")[0]
        unquote(credentials).encode("latin-1")  # as the header that carries them
    except ValueError as error:
        raise _unusable(f"{variable} isn't the URL of a proxy.", variable) from error
    if parts.scheme not in _PORTS:
        raise _unusable(
            f"{variable} names a proxy that miwire can't use: {parts.scheme} isn't one of "
            f"{', '.join(_PORTS)}.",
            variable,
        )
    if parts.scheme.startswith("socks") and not all(find_spec(name) for name in _SOCKS):
        raise BadRequest(
            f"{variable} names a SOCKS proxy, and the packages for SOCKS aren't installed.",
            hint="Install them: pip install 'miwire[socks]'. "
            f"Or set {variable} to an http proxy, or list the hosts in NO_PROXY.",
        )
    return Proxy(parts.scheme, host, port or _PORTS[parts.scheme], credentials, variable)


def _host(parts: SplitResult) -> str:
    """Return the host as DNS and sockets take it; raises ValueError for what is none."""
    host = parts.hostname or ""
    if ":" in host:
        return str(ip_address(host))
    ascii_host = host.encode("idna").decode()
    if not ascii_host or not all(sign.isalnum() or sign in "-._" for sign in ascii_host):
        raise ValueError(host)
    return ascii_host


def _unusable(sentence: str, variable: str) -> BadRequest:
    return BadRequest(sentence, hint=f"Set {variable} to http://HOST:PORT, or unset it.")
