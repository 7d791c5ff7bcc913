"""Whoever runs miwire, as a stranger at the two doors: no token is issued to it, or it gets 403."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miwire.probe.response import Origin
from miwire.probe.model import WITH_TOKEN, ProbeCase, ProbeRequest
from miwire.tokens.access_token import AccessToken
from miwire.tokens.aadsts import TokenRefused
from miwire.errors import NotAToken, Unreachable
from miwire.operations import probe

if TYPE_CHECKING:
    from miwire.azure.session import Azure
    from miwire.probe.model import ProbeTarget
    from miwire.model.wiring import Wiring

OPERATOR = "operator"
_PROOFS = {
    501051: "Entra ID issues it no token: it holds no app role (AADSTS501051)",
    50105: "Entra ID issues it no token: it is not assigned (AADSTS50105)",
}
"""The refusals that show an assignment to be required and missing; others show less."""
_OPAQUE = 500
_FORBIDDEN = 403


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of asking as whoever runs miwire."""

    case: ProbeCase
    token: AccessToken | None = None
    """The token that was issued; None: none was, or it is no JWT."""


def tried(azure: Azure, wiring: Wiring, target: ProbeTarget, *, strangers_may: bool) -> Tried:
    """
    Ask for a token and call with it.

    It holds only on a refusal that proves something. *strangers_may*: the settings let others in
    and were to be kept, so getting in says nothing against the wiring.
    """
    registration = wiring.registration
    bare = ProbeCase(OPERATOR, "refused")
    if registration is None:
        return Tried(replace(bare, why="there is no registration to ask a token for"))
    try:
        text = azure.tokens.token(registration.scope(wiring.settings.audiences), azure.tenant_id)
    except TokenRefused as refused:
        return Tried(_unissued(azure, wiring, refused))
    except Unreachable as error:
        return Tried(replace(bare, why=error.message))
    token = _read(text)
    report = probe.run(azure, target, ProbeRequest(cases=(WITH_TOKEN,), token=text))
    seen = replace(report.cases[0], name=OPERATOR, expected="refused", why="")
    if token is not None and wiring.names(token.client, token.principal):
        return Tried(replace(seen, ok=None, why="whoever runs miwire is let in itself"), token)
    return Tried(_judged(seen, strangers_may=strangers_may), token)


def _judged(seen: ProbeCase, *, strangers_may: bool) -> ProbeCase:
    if seen.status == _FORBIDDEN and seen.origin is Origin.PLATFORM:
        return replace(seen, ok=True, why="with a token, the gate refuses it")
    if seen.origin is Origin.APP and strangers_may:
        return replace(seen, ok=None, why="it gets in, as the settings that were kept have it")
    if seen.origin is Origin.APP:
        return replace(seen, ok=False, why="a stranger got in")
    return replace(seen, ok=None, why="this refusal proves nothing")


def _unissued(azure: Azure, wiring: Wiring, refused: TokenRefused) -> ProbeCase:
    """Judge that no token was issued: only a reason that names the missing role is a proof."""
    refusal = refused.refusal
    case = ProbeCase(OPERATOR, "refused")
    if refusal.aadsts in _PROOFS:
        return replace(case, ok=True, why=_PROOFS[refusal.aadsts])
    if refusal.endpoint_status == _OPAQUE and _holds_no_role(azure, wiring):
        return replace(
            case,
            ok=True,
            why="Entra ID issues it no token: it holds no app role, and the target requires one "
            "(the platform says only 500)",
        )
    told = refusal.told_of_a_target() or refused.message
    return replace(case, ok=None, why=f"{told.rstrip('.')}; that proves nothing of the target")


def _holds_no_role(azure: Azure, wiring: Wiring) -> bool:
    """
    Explain the identity endpoint's opaque 500 by what is known of the target.

    The API has a service principal and an identifier URI, it requires assignment, and none is
    held: then AADSTS501051 stands behind it (FACTS 4.3).
    """
    principal, registration = wiring.service_principal, wiring.registration
    if principal is None or registration is None or not principal.assignment_required:
        return False
    if registration.uri not in registration.identifier_uris:
        return False
    arm = _read(azure.tokens.token(azure.cloud.resource_manager_scope, azure.tenant_id))
    return arm is not None and not wiring.names(arm.client, arm.principal)


def _read(text: str) -> AccessToken | None:
    try:
        return AccessToken.parse(text)
    except NotAToken:
        return None
