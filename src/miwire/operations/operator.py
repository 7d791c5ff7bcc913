"""Call a target as the one who runs miwire, who is no allowed caller unless the settings say so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miwire.errors import MiwireError, Unreachable
from miwire.model.auth_settings import IDENTITIES
from miwire.probe import cases as probe_case
from miwire.probe.model import OPERATOR, ProbeCase
from miwire.probe.signatures import Origin
from miwire.text import is_among
from miwire.tokens.aadsts import TokenRefused
from miwire.tokens.access_token import AccessToken

if TYPE_CHECKING:
    from collections.abc import Callable

    from miwire.azure.session import Azure
    from miwire.model.auth_settings import AuthSettings
    from miwire.model.wiring import Target
    from miwire.operations.exchanges import Exchanges
    from miwire.tokens.aadsts import TokenRefusal

_PROOFS = {
    501051: "refused: you hold no app role (AADSTS501051)",
    50105: "refused: you aren't assigned to the app (AADSTS50105)",
}
"""The refusals that show an assignment to be required and missing; others show less."""
_DISABLED = 500014
_NO_CONSENT = 65001
_OPAQUE = 500


@dataclass(frozen=True, slots=True)
class Api:
    """The API behind a target: its settings, and what the directory knows of it."""

    settings: AuthSettings
    scope: str
    """What a token is requested for."""
    read: Callable[[], Target | None]
    """Returns the target with its registration and assignments; None: they can't be read."""
    strangers_may: bool = False
    """Whether the settings let others in and are to stay so."""


@dataclass(frozen=True, slots=True)
class OperatorCall:
    """What came of the call: the case, and the token that was sent."""

    case: ProbeCase
    text: str | None = None
    listed: bool = False
    """Whether the one who runs miwire is an allowed caller."""

    @property
    def token(self) -> AccessToken | None:
        """The token, decoded; None: none was issued, or it is no JWT."""
        return AccessToken.read(self.text)


def called(azure: Azure, exchanges: Exchanges, api: Api, given: str | None = None) -> OperatorCall:
    """
    Request a token, or take the *given* one, and call with it.

    An identity in a list or with an app role is to be allowed, anyone else refused; a refusal
    counts only where it shows that.
    """
    try:
        text = given or azure.token(api.scope)
    except TokenRefused as refused:
        return _unissued(azure, api, refused)
    except Unreachable as error:
        return OperatorCall(_silent(error.message))
    token = AccessToken.read(text)
    listed = token is not None and (_is_listed(api.settings, token) or bool(token.roles))
    seen = exchanges.with_token(text)
    if not listed and token is not None and seen.speaker.origin is Origin.APP:
        # A role that was assigned after the token was issued isn't in it yet.
        known = api.read()
        listed = known is not None and known.names(token.client, token.principal)
    case = probe_case.operator(seen, listed=listed, strangers_may=api.strangers_may)
    return OperatorCall(case, text, listed)


def _is_listed(settings: AuthSettings, token: AccessToken) -> bool:
    return is_among(token.client, settings.clients) or is_among(
        token.principal, settings.listed(IDENTITIES)
    )


def _silent(why: str) -> ProbeCase:
    return ProbeCase(OPERATOR, "refused", why=why, decides=False)


def _unissued(azure: Azure, api: Api, refused: TokenRefused) -> OperatorCall:
    """Judge that no token was issued: only a missing assignment is a proof."""
    refusal = refused.refusal
    known = api.read()
    own = _own(azure)
    listed = own is not None and (
        _is_listed(api.settings, own)
        or (known is not None and known.names(own.client, own.principal))
    )
    why = _PROOFS.get(refusal.aadsts or 0)
    if why is None and refusal.aadsts is None and refusal.endpoint_status == _OPAQUE:
        why = _opaque(api, known, own)
    disabled = known is not None and known.is_disabled
    if listed and not refusal.shows_nothing:
        told = why or refusal.told_of_a_target() or refused.message
        case = ProbeCase(OPERATOR, probe_case.ALLOWED, ok=False)
        told = f"you are an allowed caller, but no token was issued: {told.rstrip('.')}"
        return OperatorCall(replace(case, why=told), listed=True)
    if why is not None and not disabled:
        return OperatorCall(ProbeCase(OPERATOR, "refused", ok=True, why=why))
    return OperatorCall(_silent(_no_proof(refusal, refused.message, disabled=disabled)))


def _no_proof(refusal: TokenRefusal, message: str, *, disabled: bool) -> str:
    if disabled or refusal.aadsts == _DISABLED:
        return (
            "the API's service principal is disabled, so Entra ID issues no token for it "
            "(AADSTS500014); this proves nothing about authentication"
        )
    if refusal.aadsts == _NO_CONSENT:
        return "your sign-in can't request a token for this API (AADSTS65001); this proves nothing"
    told = refusal.told if refusal.shows_nothing else refusal.told_of_a_target() or message
    return f"{told.rstrip('.')}; this proves nothing about the target"


def _opaque(api: Api, known: Target | None, own: AccessToken | None) -> str | None:
    """
    Explain the identity endpoint's bare 500 by what is known of the API; None where that is less.

    The same endpoint issued a token for ARM, the API has an enabled service principal and what was
    requested exists, it requires assignment, and none is held: then AADSTS501051 stands behind it
    (recorded on App Service).
    """
    if known is None or own is None or known.service_principal is None:
        return None
    principal, registration = known.service_principal, known.registration
    if not principal.assignment_required or known.is_disabled:
        return None
    resource = api.scope.removesuffix("/.default")
    if registration is None or not registration.answers_to(resource):
        return None
    return "refused: you hold no app role (reported as HTTP 500)"


def _own(azure: Azure) -> AccessToken | None:
    """Return the signed-in identity's token for ARM, which says whose it is."""
    try:
        return AccessToken.read(azure.token(azure.cloud.resource_manager_scope))
    except MiwireError:
        return None
