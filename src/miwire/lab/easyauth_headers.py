"""The headers of a request that the platform sets, and values that a header can hold."""

from __future__ import annotations

import re
from urllib.parse import quote

_PLATFORM = ("xmsclientprincipal", "xmstoken")
_FRONT_END = frozenset(
    {
        "xforwardedfor",
        "xforwardedhost",
        "xforwardedproto",
        # Frameworks take the path from these, which is then not the one that was judged.
        "xoriginalurl",
        "xrewriteurl",
        "xwawsunencodedurl",
    }
)
_SIGN = re.compile(rb"[^a-z0-9]")


def is_of_the_platform(name: bytes) -> bool:
    """Return whether *name* may be read as a header about the caller that Easy Auth sets."""
    return _folded(name).startswith(_PLATFORM)


def is_of_the_front_end(name: bytes) -> bool:
    """Return whether *name* may be read as a header about the request that App Service sets."""
    return _folded(name) in _FRONT_END


def header_value(value: object) -> str:
    """Return *value* as text for a header; what could end or break it is percent-encoded."""
    return quote(str(value).strip(), safe=" !#$&'()*+,/:;=?@[]", errors="replace")


def _folded(name: bytes) -> str:
    """
    Return the letters and digits of *name* in lowercase.

    WSGI and ASP.NET turn hyphens into underscores, CGI every sign: names that differ in signs alone
    reach some program as one.
    """
    return _SIGN.sub(b"", name.lower()).decode()
