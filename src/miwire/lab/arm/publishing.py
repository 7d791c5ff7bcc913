"""How files get into an app: the publishing profiles, and whether basic authentication may."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from miwire.lab.arm import errors
from miwire.lab.arm.request import PROVIDER_JSON, ArmResponse, inner

if TYPE_CHECKING:
    from miwire.lab.arm.request import ArmRequest
    from miwire.lab.documents import Document
    from miwire.lab.state.site import Site

_XML = {"content-type": "application/xml"}
_POLICIES = ("ftp", "scm")


def profiles(request: ArmRequest, site: Site) -> ArmResponse:
    """
    Return the answer to POST publishxml, as azure-cli recorded it (test_webapp_slot, 2021).

    Nothing can be published to the lab, so there is no password in it.
    """
    if request.method != "POST":
        raise request.refused_method()
    request.demand(f"{site.type}/publishxml/action", site.id)
    user, scm = str(site.document["properties"]["ftpUsername"]), _scm_host(site)
    kinds = (
        ("Web Deploy", "MSDeploy", f"{scm}:443", user.partition("\\")[2]),
        ("FTP", "FTP", f"ftps://{scm}/site/wwwroot", user),
        ("Zip Deploy", "ZipDeploy", f"{scm}:443", user.partition("\\")[2]),
    )
    found = "".join(_profile(site, *each) for each in kinds)
    return ArmResponse(200, f"<publishData>{found}</publishData>", _XML)


def policies(request: ArmRequest, site: Site, below: tuple[str, ...]) -> ArmResponse:
    """Answer a request for what is *below* …/basicPublishingCredentialsPolicies."""
    match request.method, below:
        case "GET", ():
            request.demand(f"{site.type}/basicPublishingCredentialsPolicies/read", site.id)
            value = [_policy(site, name) for name in _POLICIES]
            return ArmResponse(200, {"value": value, "nextLink": None, "id": None}, PROVIDER_JSON)
        case "GET", (name,) if name in _POLICIES:
            request.demand(f"{site.type}/basicPublishingCredentialsPolicies/read", site.id)
            return ArmResponse(200, _policy(site, name), PROVIDER_JSON)
        case "PUT", (name,) if name in _POLICIES:
            request.demand(f"{site.type}/basicPublishingCredentialsPolicies/write", site.id)
            allow = inner(request.document(), "properties").get("allow")
            if not isinstance(allow, bool):
                raise errors.value_invalid("properties.allow", "The value is not a boolean.")
            site.basic_publishing[name] = allow
            return ArmResponse(200, _policy(site, name), PROVIDER_JSON)
        case _, () | ("ftp",) | ("scm",):
            raise request.refused_method()
        case _:
            raise errors.path_not_found(request.path)


def _policy(site: Site, name: str) -> Document:
    return {
        "id": f"{site.id}/basicPublishingCredentialsPolicies/{name}",
        "name": name,
        "type": f"{site.document['type']}/basicPublishingCredentialsPolicies",
        "location": site.document["location"],
        "properties": {"allow": site.basic_publishing.get(name, False)},
    }


def _profile(site: Site, label: str, method: str, url: str, user: str) -> str:
    attributes = {
        "profileName": f"{site.name} - {label}",
        "publishMethod": method,
        "publishUrl": url,
        "msdeploySite": site.name,
        "userName": user,
        "userPWD": "",
        "destinationAppUrl": f"https://{site.host}",
        "SQLServerDBConnectionString": "",
        "mySQLDBConnectionString": "",
        "hostingProviderForumLink": "",
        "controlPanelLink": "https://portal.azure.com",
        "webSystem": "WebSites",
    }
    text = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<publishProfile {text}><databases /></publishProfile>"


def _scm_host(site: Site) -> str:
    states = site.document["properties"]["hostNameSslStates"]
    return str(next(each["name"] for each in states if each["hostType"] == "Repository"))
