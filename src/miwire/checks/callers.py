"""MIW14x: what App Service authentication says of the token that a caller will send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.checks.registry import Check, doubtful, fails, holds, unknown
from miwire.easyauth.caller import objections
from miwire.easyauth.model import Rule
from miwire.finding import Severity
from miwire.model import auth_settings as at
from miwire.model.wiring import Part
from miwire.remedy import Fix, Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.checks.registry import Judgement
    from miwire.easyauth.model import Objection
    from miwire.model.wiring import Caller, Wiring

_READ = (Part.AUTH_SETTINGS, Part.DIRECTORY)


def client_is_listed(wiring: Wiring) -> Iterator[Judgement]:
    """
    Require that `allowedApplications` holds the client ID of each caller, where it restricts.

    App Service compares it with `azp` or `appid` of the token and answers 403 to any other
    (FACTS 5.2). It holds client IDs (app IDs); an object ID there allows nobody.
    """
    if not wiring.the_target.settings.listed(at.APPLICATIONS):
        return  # without a list nobody is rejected by it; of an empty one another check tells
    yield from _judged(wiring, (Rule.ALLOWED_APPLICATIONS,), Remedy.GRANT)


def principal_is_listed(wiring: Wiring) -> Iterator[Judgement]:
    """
    Require that `allowedPrincipals.identities` holds the object ID of each caller's identity.

    App Service compares it with `oid` of the token and answers 403 to any other. A caller has to
    be in this list and in `allowedApplications`, where both restrict. An identity that was deleted
    and enabled again has another object ID.
    """
    if not wiring.the_target.settings.listed(at.IDENTITIES):
        return
    yield from _judged(wiring, (Rule.ALLOWED_IDENTITIES,), Remedy.GRANT)


def passes_claim_checks(wiring: Wiring) -> Iterator[Judgement]:
    """
    Require that `jwtClaimChecks` allow the token of each caller.

    They restrict client applications and groups beside the other lists; all have to agree.
    """
    checked = (at.CHECKED_APPLICATIONS, at.CHECKED_GROUPS)
    if not any(wiring.the_target.settings.listed(path) for path in checked):
        return
    yield from _judged(wiring, (Rule.JWT_CLAIM_CHECKS,), Remedy.GRANT)


def audience_is_allowed(wiring: Wiring) -> Iterator[Judgement]:
    """
    Require that the audience of each caller's token is among those that the settings allow.

    A v2 token carries the client ID of the API as `aud`, a v1 token the URI that was requested.
    App Service allows its own client ID and `allowedAudiences`, and answers 401 to any other
    (IDX10214).
    """
    yield from _judged(wiring, (Rule.AUDIENCE,), Remedy.CONNECT)


def issuer_is_accepted(wiring: Wiring) -> Iterator[Judgement]:
    """
    Require that the issuer of each caller's token is the one in the settings.

    `openIdIssuer` of another tenant, or of another form than the tokens have, ends in 401 for
    every token (IDX10205).
    """
    yield from _judged(wiring, (Rule.ISSUER,), Remedy.CONNECT)


def provider_is_on(wiring: Wiring) -> Iterator[Judgement]:
    """
    Require that the Microsoft provider is on and has a client ID.

    Without it, App Service takes no token of Entra ID for one: every request is an anonymous one.
    """
    if not wiring.the_target.settings.enabled:
        return
    yield from _judged(wiring, (Rule.PROVIDER_OFF,), Remedy.CONNECT)


def app_settings_allow_it(wiring: Wiring) -> Iterator[Judgement]:
    """
    Require that no app setting of the target rejects the token of a caller.

    WEBSITE_AUTH_AAD_ALLOWED_TENANTS restricts the tenants, and
    WEBSITE_AUTH_AAD_REQUIRE_CLIENT_SERVICE_PRINCIPAL rejects a token without `oid`. Both answer
    403, and no blade of the portal shows them beside the authentication settings.
    """
    yield from _judged(wiring, (Rule.TENANTS, Rule.SERVICE_PRINCIPAL), None)


def _judged(wiring: Wiring, rules: tuple[Rule, ...], remedy: Remedy | None) -> Iterator[Judgement]:
    for caller in wiring.callers:
        if not caller.has_identity or wiring.the_target.registration is None:
            continue  # it gets no token, which other checks tell
        if not caller.client_id:
            yield unknown(f"The directory doesn't know the identity of {caller.name} (yet).")
            continue
        found = next((each for each in objections(wiring, caller) if each.rule in rules), None)
        if found is None:
            yield holds(f"{wiring.the_target.name} accepts the token of {caller.name}")
        else:
            yield _against(wiring, caller, found, remedy)


def _against(wiring: Wiring, caller: Caller, found: Objection, remedy: Remedy | None) -> Judgement:
    target = wiring.the_target
    source = str(wiring.source.ref) if wiring.source else caller.name
    fix = Fix(remedy, source=source, target=str(target.ref)) if remedy else ""
    if found.only_if:
        return doubtful(f"{target.name} may reject {caller.name}: {found.sentence}.", fix)
    return fails(f"{target.name} rejects {caller.name}: {found.sentence}.", fix)


LISTED_CLIENT: Check[Wiring] = Check(
    "MIW140",
    "the caller's client ID is an allowed application",
    client_is_listed,
    fix=Remedy.GRANT,
    severity=Severity.HIGH,
    needs=_READ,
    after=("MIW001", "MIW002"),
    blocks=True,
)
LISTED_PRINCIPAL: Check[Wiring] = Check(
    "MIW141",
    "the caller's object ID is an allowed identity",
    principal_is_listed,
    fix=Remedy.GRANT,
    severity=Severity.HIGH,
    needs=_READ,
    after=("MIW001", "MIW002"),
    blocks=True,
)
CLAIM_CHECKS: Check[Wiring] = Check(
    "MIW142",
    "jwtClaimChecks allow the caller",
    passes_claim_checks,
    fix=Remedy.GRANT,
    severity=Severity.HIGH,
    needs=_READ,
    after=("MIW001", "MIW002"),
    blocks=True,
)
AUDIENCE: Check[Wiring] = Check(
    "MIW143",
    "the audience of the caller's token is allowed",
    audience_is_allowed,
    fix=Remedy.CONNECT,
    severity=Severity.HIGH,
    needs=_READ,
    blocks=True,
)
ACCEPTED_ISSUER: Check[Wiring] = Check(
    "MIW144",
    "the issuer of the caller's token is the one in the settings",
    issuer_is_accepted,
    fix=Remedy.CONNECT,
    severity=Severity.HIGH,
    needs=_READ,
    after=("MIW120", "MIW121"),
    blocks=True,
)
PROVIDER: Check[Wiring] = Check(
    "MIW145",
    "the Microsoft provider accepts tokens",
    provider_is_on,
    fix=Remedy.CONNECT,
    severity=Severity.HIGH,
    needs=_READ,
    after=("MIW103", "MIW111"),
    blocks=True,
)
APP_SETTINGS: Check[Wiring] = Check(
    "MIW146",
    "no app setting of the target rejects the caller",
    app_settings_allow_it,
    no_fix="who may call by tenant is for the owner of the app setting to say",
    severity=Severity.HIGH,
    needs=(*_READ, Part.TARGET_SETTINGS),
    blocks=True,
)
ALL = (
    PROVIDER,
    ACCEPTED_ISSUER,
    AUDIENCE,
    LISTED_CLIENT,
    LISTED_PRINCIPAL,
    CLAIM_CHECKS,
    APP_SETTINGS,
)
