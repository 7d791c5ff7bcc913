"""What a gate will answer a caller's own token, by the rule that decides and without asking it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from miwire.easyauth import authentication, authorization
from miwire.easyauth.model import Gate, GateRequest
from miwire.easyauth.predict import predicted
from miwire.finding import Verdict
from miwire.tokens.access_token import AccessToken
from miwire.tokens.expectation import Signature
from miwire.tokens.jws import Jws

if TYPE_CHECKING:
    from miwire.easyauth.model import GateVerdict, Objection
    from miwire.model.auth_settings import AuthSettings
    from miwire.model.wiring import Caller, Wiring

_DAY = 86_400
_SIGNED = Signature(Verdict.PASS, "as issued by Entra ID")


def gate_of(wiring: Wiring, settings: AuthSettings | None = None) -> Gate:
    """Return the gate of the target as it is, or as it will be with *settings*."""
    return Gate(
        settings=wiring.the_target.settings if settings is None else settings,
        tenant_id=wiring.tenant_id,
        issuers=wiring.the_target.issuers,
        app_settings=wiring.the_target.app_settings,
    )


def prediction(wiring: Wiring, caller: Caller, gate: Gate) -> GateVerdict | None:
    """Return what *gate* will answer to *caller*; None: no registration, so no token for it."""
    if wiring.the_target.registration is None:
        return None
    now = time.time()
    token = AccessToken(_claims(wiring, caller, now), Jws({}, b"", None, ""))
    return predicted(gate, GateRequest(at=now, token=token, signature=_SIGNED))


def objections(wiring: Wiring, caller: Caller) -> tuple[Objection, ...]:
    """
    Return every rule of the target's gate that speaks against a caller's own token.

    A request is answered by the first of them; a diagnosis names all. Empty where there is no
    registration: then no token comes.
    """
    if wiring.the_target.registration is None:
        return ()
    gate, now = gate_of(wiring), time.time()
    token = AccessToken(_claims(wiring, caller, now), Jws({}, b"", None, ""))
    return (
        *authentication.objections(gate, token, _SIGNED, now),
        *authorization.objections(gate, token),
    )


def _claims(wiring: Wiring, caller: Caller, now: float) -> dict[str, Any]:
    """Return what a token of the caller will say, of what a gate looks at (FACTS 3.2)."""
    registration = wiring.the_target.registration
    v2 = registration is not None and registration.issues_v2_tokens
    app_id = registration.app_id if registration else ""
    scope = registration.scope(wiring.the_target.settings.audiences) if registration else ""
    return {
        "aud": app_id if v2 else scope.removesuffix("/.default"),
        "iss": wiring.the_target.issuers.v2 if v2 else wiring.the_target.issuers.v1,
        "azp" if v2 else "appid": caller.client_id,
        "oid": caller.principal_id,
        "sub": caller.principal_id,
        "tid": wiring.tenant_id,
        "ver": "2.0" if v2 else "1.0",
        "nbf": now,
        "exp": now + _DAY,
    }
