"""The headers in which the gate tells the program who is calling."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.lab.easyauth.judge import Claims
    from miwire.lab.easyauth.settings import GateSettings

_SOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
_MICROSOFT = "http://schemas.microsoft.com/identity/claims"
_ROLE = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
_LONG_NAMES = {
    "email": f"{_SOAP}/emailaddress",
    "family_name": f"{_SOAP}/surname",
    "given_name": f"{_SOAP}/givenname",
    "sub": f"{_SOAP}/nameidentifier",
    "unique_name": f"{_SOAP}/name",
    "upn": f"{_SOAP}/upn",
    "idp": f"{_MICROSOFT}/identityprovider",
    "oid": f"{_MICROSOFT}/objectidentifier",
    "scp": f"{_MICROSOFT}/scope",
    "tid": f"{_MICROSOFT}/tenantid",
    "acr": "http://schemas.microsoft.com/claims/authnclassreference",
    "amr": "http://schemas.microsoft.com/claims/authnmethodsreferences",
}
"""The inbound claim map of .NET's JwtSecurityTokenHandler, as far as access tokens use it."""
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


def principal_headers(claims: Claims, settings: GateSettings) -> list[tuple[str, str]]:
    """
    Return the headers about an authenticated caller.

    A token for an app alone names nobody, and sources differ about X-MS-CLIENT-PRINCIPAL-NAME
    then: it is left out, so that no program takes an id for a name.
    """
    principal = {
        "auth_typ": "aad",
        "claims": [{"typ": typ, "val": val} for typ, val in _pairs(claims, settings)],
        "name_typ": f"{_SOAP}/emailaddress",
        "role_typ": _ROLE,
    }
    encoded = base64.b64encode(json.dumps(principal).encode()).decode()
    headers = [("X-MS-CLIENT-PRINCIPAL", encoded), ("X-MS-CLIENT-PRINCIPAL-IDP", "aad")]
    caller = claims.get("oid") or claims.get("sub")
    if caller:
        headers.append(("X-MS-CLIENT-PRINCIPAL-ID", header_value(caller)))
    names = (claims.get(key) for key in ("preferred_username", "upn", "unique_name", "email"))
    name = next((each for each in names if each), None)
    if name:
        headers.append(("X-MS-CLIENT-PRINCIPAL-NAME", header_value(name)))
    return headers


def _pairs(claims: Claims, settings: GateSettings) -> Iterator[tuple[str, str]]:
    """Name each claim as .NET does, and repeat it for each value of a list."""
    names = _LONG_NAMES if settings.maps_claims else {}
    if settings.maps_claims and settings.maps_roles:
        names = names | {"roles": _ROLE}
    for claim, value in claims.items():
        for each in value if isinstance(value, list) else [value]:
            yield names.get(claim, claim), each if isinstance(each, str) else json.dumps(each)


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
