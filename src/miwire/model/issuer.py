"""
What the text of `openIdIssuer` is: an issuer of the target's tenant, a deliberate other, or none.

App Service takes any text. It downloads `<openIdIssuer>/.well-known/openid-configuration` and
accepts that address itself, too (MicrosoftDocs/azure-docs#70212); text that is no issuer shows only
when a token comes. The documentation's own example was transposed, and templates repeat it
(MicrosoftDocs/azure-docs-sdk-dotnet#2413, hashicorp/terraform-provider-azurerm#12900).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from miwire.model.cloud import PUBLISHED, SIGN_IN_HOSTS
from miwire.text import in_path, is_guid, is_host

if TYPE_CHECKING:
    from collections.abc import Collection
    from urllib.parse import SplitResult

    from miwire.model.cloud import Issuers


class IssuerGroup(StrEnum):
    """What follows from the text of an issuer."""

    ABSENT = "absent"
    TENANT = "tenant"
    """An issuer of the target's own tenant, in one of the forms that Azure accepts."""
    OTHER = "other"
    """Deliberately another: who signs in there is somebody's decision."""
    UNRESOLVED = "unresolved"
    """The tenant's or another's: only the metadata at that address would tell."""
    MALFORMED = "malformed"
    """No issuer."""


class IssuerForm(NamedTuple):
    """One form of the text."""

    name: str
    group: IssuerGroup
    says: str
    """What is to be said of a text of this form, after its subject."""


_TENANT, _OTHER = IssuerGroup.TENANT, IssuerGroup.OTHER
_UNRESOLVED, _MALFORMED = IssuerGroup.UNRESOLVED, IssuerGroup.MALFORMED

ABSENT = IssuerForm("absent", IssuerGroup.ABSENT, "isn't set")
OWN_TENANT = IssuerForm("own-tenant", _TENANT, "is an issuer of this tenant")
OWN_DOMAIN = IssuerForm("own-domain", _TENANT, "names this tenant by a verified domain")
ANY_TENANT = IssuerForm("any-tenant", _OTHER, "stands for every tenant")
PERSONAL_ACCOUNTS = IssuerForm("personal-accounts", _OTHER, "stands for personal accounts")
ANOTHER_TENANT = IssuerForm("another-tenant", _OTHER, "is another tenant's")
EXTERNAL_ID = IssuerForm("external-id", _OTHER, "is of Microsoft Entra External ID")
B2C = IssuerForm("b2c", _OTHER, "is of Azure AD B2C")
ANOTHER_PROVIDER = IssuerForm("another-provider", _OTHER, "is another identity provider's")
DOMAIN = IssuerForm("domain", _UNRESOLVED, "names a tenant by a domain")
ANOTHER_HOST = IssuerForm("another-host", _UNRESOLVED, "names this tenant on another host")
PLACEHOLDER = IssuerForm("placeholder", _MALFORMED, "still has a placeholder")
BARE_TENANT_ID = IssuerForm("bare-tenant-id", _MALFORMED, "is a bare tenant ID")
BLANK = IssuerForm("blank", _MALFORMED, "has a blank in it")
NO_SCHEME = IssuerForm("no-scheme", _MALFORMED, "doesn't begin with https://")
EMPTY_SEGMENT = IssuerForm("empty-segment", _MALFORMED, "has two slashes in its path")
NO_TENANT = IssuerForm("no-tenant", _MALFORMED, "names no tenant")
TRANSPOSED = IssuerForm("transposed", _MALFORMED, "has the version before the tenant")
VERSION_1 = IssuerForm("version-1", _MALFORMED, "ends in /v1.0, which no issuer does")
ENDPOINT = IssuerForm("endpoint", _MALFORMED, "is an endpoint for signing in, not an issuer")
NOT_AN_ISSUER = IssuerForm("not-an-issuer", _MALFORMED, "isn't an issuer")

_METADATA = "/.well-known/openid-configuration"
_V2 = "v2.0"
_VERSIONS = (_V2, "v1.0")
_BY_SEGMENT = {
    "common": ANY_TENANT,
    "organizations": ANY_TENANT,
    "consumers": PERSONAL_ACCOUNTS,
}
_BY_DOMAIN = {".ciamlogin.com": EXTERNAL_ID, ".b2clogin.com": B2C}
_POLICY_SEGMENTS = (["te"], ["tfp"])
"""First segments of B2C's issuers on the host of Entra ID, before b2clogin.com."""
_ENTRA = SIGN_IN_HOSTS.union(
    {urlsplit(cloud.sts).netloc for cloud in PUBLISHED}, {"login.microsoft.com"}
)
"""Hosts of issuers and endpoints of Entra ID, in every published cloud."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """The text of an issuer, read."""

    form: IssuerForm
    host: str = ""
    tenant: str | None = None
    """The tenant's ID in it, in lower case, where it names one."""
    is_v2: bool = False
    """Whether it names the v2 issuer of its tenant."""

    @property
    def group(self) -> IssuerGroup:
        """What follows from its form."""
        return self.form.group


def classified(
    text: object, tenant_id: str, issuers: Issuers | None, domains: Collection[str] = ()
) -> Issuer:
    """
    Return what *text*, the value of `openIdIssuer`, is to a target in the tenant *tenant_id*.

    *issuers* are that tenant's two, None where they couldn't be read; *domains* are its verified
    ones, as far as they are known.
    """
    if not isinstance(text, str) or not text:
        return Issuer(ABSENT)
    if any(sign in text for sign in "{}<>"):
        return Issuer(PLACEHOLDER)
    if is_guid(text.strip()):
        return Issuer(BARE_TENANT_ID)
    if any(sign.isspace() or not sign.isprintable() for sign in text):
        return Issuer(BLANK)
    lowered = text.lower()
    try:
        url = urlsplit(lowered)
    except ValueError:
        return Issuer(NOT_AN_ISSUER)
    if url.scheme != "https":
        return Issuer(NO_SCHEME)
    if not is_host(url.netloc):
        return Issuer(NOT_AN_ISSUER)
    own = {urlsplit(each).netloc for each in (issuers.v1, issuers.v2)} if issuers else set()
    if url.netloc in own | _ENTRA:
        return _of_entra(url, tenant_id.lower(), own, {each.lower() for each in domains})
    found = in_path(url.path)
    form = next((form for end, form in _BY_DOMAIN.items() if url.netloc.endswith(end)), None)
    if form is None:
        is_own = issuers is None or found == tenant_id.lower()
        form = ANOTHER_HOST if is_own else ANOTHER_PROVIDER
    return Issuer(form, url.netloc, found, is_v2=url.path.rstrip("/").endswith(f"/{_V2}"))


def _of_entra(
    url: SplitResult, tenant_id: str, own_hosts: Collection[str], domains: Collection[str]
) -> Issuer:
    """Return what a URL at a host of Entra ID is, by the segments of its path."""
    segments = url.path.removesuffix(_METADATA).split("/")[1:]
    if segments[-1:] == [""]:
        segments.pop()
    if segments[:1] in _POLICY_SEGMENTS or url.query.startswith("p="):
        return Issuer(B2C, url.netloc)
    malformed = NOT_AN_ISSUER if url.query or url.fragment else _malformed(segments)
    if malformed is not None:
        return Issuer(malformed)
    form, found = _of_tenant(segments[0], tenant_id, domains)
    if form.group is _TENANT and url.netloc not in own_hosts:
        form = ANOTHER_HOST
    return Issuer(form, url.netloc, found, is_v2=segments[1:] == [_V2])


def _malformed(segments: list[str]) -> IssuerForm | None:
    """Return why a path is no issuer's; None for one or two segments: a tenant, and /v2.0."""
    match segments:
        case []:
            return NO_TENANT
        case _ if "" in segments:
            return EMPTY_SEGMENT
        case [version] if version in _VERSIONS:
            return NO_TENANT
        case [version, _] if version in _VERSIONS:
            return TRANSPOSED
        case [_, "v1.0"]:
            return VERSION_1
        case [_, "oauth2", *_]:
            return ENDPOINT
        case [_] | [_, "v2.0"]:
            return None
        case _:
            return NOT_AN_ISSUER


def _of_tenant(
    name: str, tenant_id: str, domains: Collection[str]
) -> tuple[IssuerForm, str | None]:
    """Return whose the segment of a tenant is, and the tenant's ID where it is known."""
    if name in _BY_SEGMENT:
        return _BY_SEGMENT[name], None
    if is_guid(name):
        return (OWN_TENANT if name == tenant_id else ANOTHER_TENANT), name
    if name in domains:
        return OWN_DOMAIN, tenant_id
    is_domain = is_host(name) and name.rpartition(".")[2].isalpha() and "." in name
    return (DOMAIN if is_domain else NOT_AN_ISSUER), None
