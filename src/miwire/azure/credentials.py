"""Access tokens for the operator: one credential per process, asked for one tenant."""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from azure.identity import DefaultAzureCredential

from miwire.azure.arm import PacedTransport
from miwire.azure.bounded import MIB
from miwire.azure.error_mapping import claims_challenge, other_tenant, sign_in_hint
from miwire.azure.http import hint_for, way_to
from miwire.azure.shapes import UNREADABLE
from miwire.errors import BadRequest, Unreachable
from miwire.remedy import Fix, Remedy
from miwire.tokens.aadsts import TokenRefusal, TokenRefused, explained
from miwire.tokens.access_token import AccessToken
from miwire.tokens.entra_errors import PAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.core.credentials import AccessToken as IssuedToken
    from azure.core.credentials import AccessTokenInfo

    from miwire.azure.waiter import Waiter
    from miwire.errors import MiwireError
    from miwire.model.cloud import Cloud

_LARGEST = MIB
_TOKEN = re.compile(r"[!-~]+", re.ASCII)
_NO_IDENTITY = 400
"""What the identity endpoint answers in an app without a managed identity."""
_SIGN_IN = "Sign in with az login, or set the variables that DefaultAzureCredential reads."
_OWN_SIGN_IN = (
    "To use your own sign-in in Cloud Shell: az login, then set the variable "
    "AZURE_TOKEN_CREDENTIALS to AzureCliCredential."
)
_TAKES_NO_TENANT = re.compile(r"Tenant shouldn't be specified for \S+(?: \S+)? account")
"""How az refuses --tenant for a managed identity and in Cloud Shell (azure-cli, _profile.py)."""
_REFUSALS = (ClientAuthenticationError, ServiceRequestError, *UNREADABLE)

Token = TypeVar("Token", "IssuedToken", "AccessTokenInfo")


class Credentials:
    """DefaultAzureCredential for one cloud; making it costs a second, so it is made once."""

    def __init__(self, cloud: Cloud, waiter: Waiter) -> None:
        _check_user_agent()
        self._cloud = cloud
        self._transport = PacedTransport(waiter, largest=_LARGEST)
        self._account: str | None = None

    @cached_property
    def _credential(self) -> DefaultAzureCredential:
        try:
            return DefaultAzureCredential(
                authority=self._cloud.active_directory,
                # An authority that Microsoft does not know cannot be looked up at Microsoft.
                disable_instance_discovery=not self._cloud.published,
                additionally_allowed_tenants=["*"],
                # Waiting out the identity endpoint's refusals helps nobody: it refuses again.
                retry_total=1,
                transport=self._transport,
                permit_redirects=False,
            )
        except (OSError, ValueError) as error:
            raise BadRequest(
                "The environment selects a credential that can't be created: "
                f"{str(error).rstrip('.')}.",
                hint="Check AZURE_TOKEN_CREDENTIALS and the other AZURE_ variables.",
            ) from error

    def token(self, scope: str, tenant_id: str | None = None) -> str:
        """
        Return an access token for *scope*, asked for *tenant_id* where it is given.

        Raises TokenRefused (a NotSignedIn) with what Entra ID or the identity endpoint said, and
        Unreachable where nobody answered.
        """
        return self.of(tenant_id).get_token(scope).token

    def of(self, tenant_id: str | None) -> TenantCredential:
        """Return a credential, for an SDK, whose every token is asked for this tenant."""
        return TenantCredential(self._credential, tenant_id, self._refused, self._issued)

    @property
    def account(self) -> str | None:
        """Who is signed in, as the latest token for ARM told; None: none was needed or tells."""
        return self._account

    def _issued(self, scopes: tuple[str, ...], token: str) -> None:
        """Keep of a token for ARM whose it is: asking again may take a program of its own."""
        if self._cloud.resource_manager_scope not in scopes:
            return
        if (read := AccessToken.read(token)) is not None:
            self._account = read.account

    def _refused(self, scopes: tuple[str, ...], error: Exception) -> MiwireError:
        """Return what an error of azure-identity's means."""
        if self._transport.stopped is not None:
            # The chain of credentials has made a report of it, in its own words.
            return self._transport.stopped
        if isinstance(error, UNREADABLE):
            return _unusable("The token endpoint returned something that miwire can't read.")
        refusal = TokenRefusal.of(str(error))
        scope = " ".join(scopes)
        if isinstance(error, ServiceRequestError) or (
            refusal.network and refusal.aadsts is None and refusal.endpoint_status is None
        ):
            authority = self._cloud.active_directory
            way = way_to(authority)
            return Unreachable(
                f"No response to the token request for {scope}{way}: "
                f"{refusal.network or 'no connection'}.",
                hint=hint_for(authority, refusal.network or ""),
                fix=Fix(Remedy.CHECK_LAB),
            )
        if refusal.aadsts is None and refusal.endpoint_status is None:
            _check_identity_endpoint()
        return TokenRefused(
            scope, refusal, _what_helps(str(error), refusal), _identity_fix(refusal)
        )

    def close(self) -> None:
        """Close the connections of the credential."""
        if "_credential" in self.__dict__:
            self._credential.close()


def _what_helps(report: str, refusal: TokenRefusal) -> str | None:
    """Return what to do about a refusal; None inside App Service, where nobody can sign in."""
    # A plain az login doesn't meet a claims challenge (azure-cli#29155): its own line does.
    challenge = claims_challenge(report)
    known = explained(refusal.aadsts) if refusal.aadsts is not None else None
    if challenge is None and known is not None and "az login" not in known.fix:
        return known.fix
    if challenge is None and known is None and refusal.aadsts is not None:
        return f"Look AADSTS{refusal.aadsts} up at {PAGE}."
    general = _OWN_SIGN_IN if refusal.shows_nothing else _SIGN_IN
    return sign_in_hint(challenge or (known.fix if known else general))


def _identity_fix(refusal: TokenRefusal) -> Fix | None:
    """Return what gives an app its identity, where that it has none is the cause."""
    site = os.environ.get("WEBSITE_SITE_NAME")
    known = refusal.aadsts is not None or refusal.endpoint_status not in {None, _NO_IDENTITY}
    return Fix(Remedy.ENABLE_IDENTITY, source=site) if site and not known else None


class TenantCredential:
    """The process's credential as SDKs want it, its errors translated, its tenant fixed."""

    def __init__(
        self,
        credential: DefaultAzureCredential,
        tenant_id: str | None,
        refused: Callable[[tuple[str, ...], Exception], MiwireError],
        issued: Callable[[tuple[str, ...], str], None],
    ) -> None:
        self._credential = credential
        self._refused = refused
        self._issued = issued
        self._tenant = {"tenant_id": tenant_id} if tenant_id else {}

    def get_token(self, *scopes: str, **options: Any) -> IssuedToken:  # noqa: ANN401
        """Return a token, as azure-core's TokenCredential does."""

        def ask(tenant: dict[str, str]) -> IssuedToken:
            return self._credential.get_token(*scopes, **{**options, **tenant})

        return self._had(scopes, ask)

    def get_token_info(self, *scopes: str, options: Any = None) -> AccessTokenInfo:  # noqa: ANN401
        """Return a token with its times, as azure-core's SupportsTokenInfo does."""

        def ask(tenant: dict[str, str]) -> AccessTokenInfo:
            asked = {**(options or {}), **tenant}
            return self._credential.get_token_info(*scopes, options=asked)  # type: ignore[arg-type]

        return self._had(scopes, ask)

    def _had(self, scopes: tuple[str, ...], ask: Callable[[dict[str, str]], Token]) -> Token:
        """
        Return a token of the tenant, noted.

        az with a managed identity, and in Cloud Shell, has one tenant and refuses to be told
        which: it is asked again without, and whose token came is compared.
        """
        try:
            return self._noted(scopes, ask(self._tenant))
        except _REFUSALS as error:
            if not (self._tenant and _TAKES_NO_TENANT.search(str(error))):
                raise self._refused(scopes, error) from error
        try:
            token = ask({})
        except _REFUSALS as error:
            raise self._refused(scopes, error) from error
        self._compare_tenant(scopes, token.token)
        return self._noted(scopes, token)

    def _compare_tenant(self, scopes: tuple[str, ...], token: str) -> None:
        """Raise NotPermitted for a token of another tenant than the one that was wanted."""
        read, wanted = AccessToken.read(token), self._tenant["tenant_id"]
        issued_by = read.tenant if read is not None else None
        if issued_by is None or issued_by.casefold() != wanted.casefold():
            raise other_tenant(" ".join(scopes), issued_by, wanted)

    def _noted(self, scopes: tuple[str, ...], token: Token) -> Token:
        checked = _checked(token)
        self._issued(scopes, checked.token)
        return checked


def _checked(token: Token) -> Token:
    """
    Return a token that a header can carry: printable ASCII without spaces.

    A library that fails at another one may quote it.
    """
    if not isinstance(token.token, str) or _TOKEN.fullmatch(token.token) is None:
        raise _unusable("The endpoint that issues tokens sent one that no request can carry.")
    return token


def _unusable(message: str) -> Unreachable:
    """Return the error of an answer that holds no usable token."""
    return Unreachable(
        message, hint="Check what answers there: a proxy, or another program at that address?"
    )


def _check_user_agent() -> None:
    """Raise BadRequest where the SDKs would add what no header can hold."""
    added = os.environ.get("AZURE_HTTP_USER_AGENT", "")
    if not added.isascii() or not added.isprintable():
        raise BadRequest(
            "AZURE_HTTP_USER_AGENT contains characters that no request can carry.",
            hint="Unset it, or use printable ASCII characters.",
        )


def _check_identity_endpoint() -> None:
    """Raise BadRequest where what names the identity endpoint can't be used."""
    for name in ("IDENTITY_ENDPOINT", "MSI_ENDPOINT"):
        url = os.environ.get(name)
        if url and not _is_http(url):
            raise BadRequest(
                f"{name} isn't the URL of an identity endpoint.",
                hint=f"Unset {name} outside App Service; inside, leave it as the platform sets it.",
            )
    for name in ("IDENTITY_HEADER", "MSI_SECRET"):
        secret = os.environ.get(name, "")
        if not secret.isascii() or not secret.isprintable():
            raise BadRequest(
                f"{name} contains characters that aren't allowed in an HTTP request.",
                hint=f"Unset {name} outside App Service; inside, leave it as the platform sets it.",
            )


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
