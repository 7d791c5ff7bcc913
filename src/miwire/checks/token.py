"""MIW3xx: whether a token is what it should be, before somebody relies on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from miwire import timestamps as moment
from miwire.checks.registry import Check, Judgement, doubtful, fails, holds, run
from miwire.finding import Verdict
from miwire.model.cloud import of_issuer
from miwire.remedy import Fix, Remedy
from miwire.text import is_guid, printable
from miwire.tokens.access_token import USER
from miwire.tokens.expectation import miss

if TYPE_CHECKING:
    from miwire.finding import Finding
    from miwire.tokens.access_token import AccessToken
    from miwire.tokens.expectation import Expectation, PresentedToken

_TIMES = ("exp", "nbf", "iat")
_V2 = "/v2.0"


def signature(presented: PresentedToken) -> Judgement:
    """
    Require a valid signature: without it, anyone could have written the token.

    RS256 with a published key of the issuer, found by `kid`; keys and addresses that a token brings
    along count for nothing. An API with a claims mapping has a signing key of its own, which is in
    the key set only if the address has its client ID (query `appid`).
    """
    seen = presented.signature
    fix = _fix_for_another_key(presented) if seen.lacks_key else ""
    return Judgement(seen.verdict, seen.seen, fix)


def _fix_for_another_key(presented: PresentedToken) -> Fix:
    """Return how to verify with the keys of one policy or API of an expected issuer."""
    token, expected = presented.token, presented.expected
    if token.policy_keys and token.issuer in expected.issuers:
        return Fix(Remedy.USE_KEYS_OF_POLICY, name=token.policy_keys)
    app = next((each for each in map(_client_id, expected.audiences) if each), None)
    authority = next(
        (each.removesuffix(_V2) for each in expected.issuers if each.endswith(_V2)), None
    )
    if app is None or authority is None:
        return Fix(Remedy.FIND_KEYS_OF_APP)
    return Fix(Remedy.USE_KEYS_OF_APP, name=f"{authority}/discovery/v2.0/keys?appid={app}")


def _client_id(audience: str) -> str | None:
    plain = audience.removeprefix("api://")
    return plain.lower() if is_guid(plain) else None


def unexpired(presented: PresentedToken) -> Judgement:
    """
    Demand a moment between `nbf` and `exp`, give or take the leeway for clocks that disagree.

    Tokens of managed identities last 24 hours, others about one. `exp` has to be there.
    """
    token, expected = presented.token, presented.expected
    for name in _TIMES:
        if name in token.claims and moment.seconds(token.claims[name]) is None:
            return fails(f"{name} is {printable(token.claims[name])}, which isn't a time")
    if token.expires_at is None:
        return fails("exp is missing: the token would never expire")
    now, leeway = expected.at, expected.leeway
    expires = f"exp is {moment.told(token.expires_at, now)}"
    if now >= token.expires_at + leeway:
        return fails(f"expired: {expires}")
    for name, begins in (("nbf", token.not_before), ("iat", token.issued_at)):
        if begins is not None and begins - leeway > now:
            return fails(f"not valid yet: {name} is {moment.told(begins, now)}")
    if now >= token.expires_at:
        return holds(f"{expires}, within the leeway of {moment.span(leeway)}")
    return holds(expires)


def audience(presented: PresentedToken) -> Judgement:
    """
    Demand that it is for this API: one that takes others' tokens lets them pose as their callers.

    `aud` is compared exactly. v2 tokens carry the bare client id of the API; v1 tokens whatever the
    caller asked for, `api://…` as a rule.
    """
    seen, accepted = presented.token.audiences, presented.expected.audiences
    if any(each in accepted for each in seen):
        return holds(f"aud is {printable(presented.token.claims.get('aud'))}")
    return fails(_not_among("aud", presented.token.claims.get("aud"), seen, accepted))


def issuer(presented: PresentedToken) -> Judgement:
    """
    Demand that the expected tenant issued it, in v1's form of `iss` or in v2's.

    `iss` is compared exactly; `tid` must name the same tenant. Tokens of Azure AD B2C have no
    `tid`: there the issuer alone names it. Each cloud has issuers of its own.
    """
    token, expected = presented.token, presented.expected
    if token.issuer is None or token.issuer not in expected.issuers:
        seen = (token.issuer,) if token.issuer else ()
        said = _not_among("iss", token.claims.get("iss"), seen, expected.issuers)
        return _explained(said, token, expected)
    named_tenant = token.tenant
    if token.is_b2c and "tid" not in token.claims:
        named_tenant = token.issuer_tenant
    for tenant in (expected.tenant, token.issuer_tenant):
        if tenant is not None and (named_tenant or "").lower() != tenant.lower():
            named = printable(token.claims.get("tid"))
            return fails(f"iss is {printable(token.issuer)}, but tid is {named}, not {tenant}")
    return holds(f"iss is {printable(token.issuer)}")


def _explained(said: str, token: AccessToken, expected: Expectation) -> Judgement:
    """Add what kind of issuer another one is, where that tells what to do."""
    if token.is_b2c:
        return fails(
            f"{said}; Azure AD B2C issued it",
            Fix(Remedy.EXPECT_B2C_ISSUER),
        )
    if token.is_external_id:
        return fails(
            f"{said}; an external tenant (Microsoft Entra External ID) issued it",
            Fix(Remedy.EXPECT_EXTERNAL_ISSUER),
        )
    cloud = of_issuer(token.issuer or "")
    if cloud is not None and cloud.name not in {
        each.name for each in map(of_issuer, expected.issuers) if each is not None
    }:
        return fails(
            f"{said}; it was issued in another cloud, {cloud.name}",
            Fix(Remedy.USE_CLOUD, name=cloud.name),
        )
    return fails(said)


def roles(presented: PresentedToken) -> Judgement | None:
    """
    Look for `roles`: there once an app role of the API is assigned to the calling app.

    Easy Auth does not look at it, APIs often do. App Service keeps tokens for up to 24 hours, so a
    role that was assigned meanwhile shows in the next token only.
    """
    token = presented.token
    if token.kind == USER:
        return None
    if token.roles:
        return holds(f"roles: {printable(list(token.roles))}")
    return doubtful(
        "roles is missing: no app role of the API was assigned when the token was issued"
    )


def app_only(presented: PresentedToken) -> Judgement:
    """
    Look for a caller in its own name; a person's token carries the person's `oid`.

    If an app's identity is the allowed caller, a user who signed in to that app is rejected.
    """
    match presented.token.kind:
        case "app" if presented.token.principal is None:
            return holds("issued to an app alone, without a service principal in this tenant")
        case "app":
            return holds("issued to an app alone")
        case "user":
            return doubtful("issued for a user who signed in to the client")
        case _:
            return doubtful("it has neither oid nor scp, so it isn't an Entra ID access token")


def principal(presented: PresentedToken) -> Judgement | None:
    """Demand the identity that was expected, by its object id; where none was, any will do."""
    expected = presented.expected.principal
    if expected is None:
        return None
    seen = presented.token.principal
    if seen is not None and seen.lower() == expected.lower():
        return holds(f"oid is {printable(seen)}")
    return fails(f"oid is {printable(seen)}, expected {expected}")


def access(presented: PresentedToken) -> Judgement | None:
    """
    Look for an ID token, which tells a client who signed in and is no key to an API.

    It names no client (`appid`, `azp`) and no permission (`scp`), but a sign-in (`nonce`) or a
    person. Its audience is the client, so an API with the same registration may accept it.
    """
    if not presented.token.is_id_token:
        return None
    return doubtful("this is an ID token: it was issued to a client for sign-in, not for an API")


ALL: tuple[Check[PresentedToken], ...] = (
    Check(
        "MIW300",
        "signed by a published key of the issuer",
        signature,
        fix="Use the token exactly as issued.",
    ),
    Check(
        "MIW301",
        "valid at this time",
        unexpired,
        fix=Remedy.ASK_FOR_NEW_TOKEN,
    ),
    Check(
        "MIW302",
        "issued for the expected audience",
        audience,
        fix=Remedy.ASK_FOR_SCOPE,
    ),
    Check(
        "MIW303",
        "issued by the expected tenant",
        issuer,
        fix=Remedy.ASK_THE_TENANT,
    ),
    Check(
        "MIW304",
        "contains an app role",
        roles,
        fix=Remedy.ALLOW_CALLER,
    ),
    Check(
        "MIW305",
        "issued to an app (app-only)",
        app_only,
        fix="Use a managed identity's token instead of a user's.",
    ),
    Check(
        "MIW306",
        "issued to the expected identity",
        principal,
        fix=Remedy.ENABLE_IDENTITY,
    ),
    Check(
        "MIW307",
        "an access token",
        access,
        fix="Request an access token: the scope api://<client ID of the API>/.default.",
    ),
)


def judged(presented: PresentedToken) -> tuple[Finding, ...]:
    """
    Judge a token with all checks.

    What an unproven signature does not cover is never called fine: a claim that would hold is
    unknown then. One that fails stays a failure, for it would fail with a good signature too.
    """
    found = tuple(run(ALL, presented))
    if presented.signature.holds:
        return found
    return found[:1] + tuple(_unproven(finding) for finding in found[1:])


def _unproven(finding: Finding) -> Finding:
    if finding.verdict is Verdict.FAIL:
        return finding
    seen = f"{finding.seen}, according to a token whose signature isn't verified"
    return replace(finding, verdict=Verdict.UNKNOWN, seen=seen, fix="")


def _not_among(name: str, claim: object, seen: tuple[str, ...], accepted: tuple[str, ...]) -> str:
    if not seen:
        return f"{name} is missing or isn't text; expected {' or '.join(accepted)}"
    said = f"{name} is {printable(claim)}, expected {' or '.join(accepted)}"
    near = (miss(one, other) for one in seen for other in accepted)
    why = next((each for each in near if each), None)
    return f"{said} ({why})" if why else said
