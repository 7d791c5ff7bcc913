"""What to say where a request got no answer: by which way it went, and what helps."""

from __future__ import annotations

import re

from miwire.azure.proxies import proxy_for

_CERTIFICATE = re.compile(
    r"certificate[ _]verify[ _]failed|self[- ]signed certificate", re.IGNORECASE
)
_SIGNED_ELSEWHERE = (
    "If a proxy or your company signs the certificates, set SSL_CERT_FILE and REQUESTS_CA_BUNDLE "
    "to a file that holds its authority."
)


def way_to(url: str) -> str:
    """Return the proxy on the way to *url* as a part of a sentence; nothing for a direct way."""
    proxy = proxy_for(url)
    return f" through the proxy {proxy} ({proxy.variable})" if proxy else ""


def hint_for(url: str, said: str, otherwise: str) -> str:
    """Return what helps; *said* is the library's reason, *otherwise* the hint for the rest."""
    if _CERTIFICATE.search(said):
        return _SIGNED_ELSEWHERE
    proxy = proxy_for(url)
    if proxy is not None:
        return f"Check {proxy.variable}; hosts to reach without it belong in NO_PROXY."
    return otherwise
