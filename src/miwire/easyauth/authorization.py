"""
Whether the caller in a valid token is allowed: what answers 403 (FACTS 5.2, step 6, and 5.8).

All of these rules have to agree. `roles` is in none of them: Easy Auth never looks at it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.easyauth.model import DISABLE_CHALLENGE, TRUE, WARMUP_PATH, Objection, Rule
from miwire.model import auth_settings as at
from miwire.text import is_among, printable
from miwire.tokens.access_token import APP

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from miwire.easyauth.model import Gate
    from miwire.tokens.access_token import AccessToken

ALLOWED_TENANTS = "WEBSITE_AUTH_AAD_ALLOWED_TENANTS"
REQUIRE_SERVICE_PRINCIPAL = "WEBSITE_AUTH_AAD_REQUIRE_CLIENT_SERVICE_PRINCIPAL"
_RESTRICTING = (ALLOWED_TENANTS, REQUIRE_SERVICE_PRINCIPAL)
APP_SETTINGS = (*_RESTRICTING, DISABLE_CHALLENGE, WARMUP_PATH)
"""The app settings that change what a gate answers."""


_SHOWN = 5
"""Ids of a list that a sentence holds."""


def objections(gate: Gate, token: AccessToken) -> Iterator[Objection]:
    """Yield what speaks against the caller, in the gate's own order."""
    found = (
        *_of_app_settings(gate.app_settings, token),
        _application(gate, token, at.APPLICATIONS, Rule.ALLOWED_APPLICATIONS),
        _principal(gate, token),
        _application(gate, token, at.CHECKED_APPLICATIONS, Rule.JWT_CLAIM_CHECKS),
        _checked_group(gate, token),
    )
    yield from (each for each in found if each is not None)


def _of_app_settings(settings: Mapping[str, str] | None, token: AccessToken) -> Iterator[Objection]:
    if settings is None:
        yield Objection(
            Rule.TENANTS,
            (f"couldn't read the app settings; {' or '.join(_RESTRICTING)} may restrict access"),
            only_if="app settings",
            expected=False,
        )
        return
    tenants = [each.strip().lower() for each in settings.get(ALLOWED_TENANTS, "").split(",")]
    if any(tenants) and (token.tenant or "").lower() not in tenants:
        yield Objection(
            Rule.TENANTS,
            (
                f"tid is {printable(token.tenant)}; {ALLOWED_TENANTS} is "
                f"{printable(settings[ALLOWED_TENANTS])}"
            ),
        )
    required = settings.get(REQUIRE_SERVICE_PRINCIPAL, "").strip().lower() in TRUE
    if required and token.principal is None:
        yield Objection(
            Rule.SERVICE_PRINCIPAL,
            f"the token has no oid, which {REQUIRE_SERVICE_PRINCIPAL} requires",
        )


def _application(gate: Gate, token: AccessToken, path: str, rule: Rule) -> Objection | None:
    """Compare the caller's client id with a list; whether an empty one restricts is uncertain."""
    if gate.settings.at(path) is None:
        return None
    name = path.rpartition(".")[2]
    allowed = gate.settings.listed(path)
    seen = f"the caller's client ID is {printable(token.client)}"
    if allowed:
        if is_among(token.client, allowed):
            return None
        return Objection(rule, f"{seen}; {name} is {_told(allowed)}")
    # Fact 3: refused was everybody (2026), or every client but the registration itself; the
    # documentation has an empty list let anybody in.
    own = gate.settings.client_id is not None and is_among(token.client, (gate.settings.client_id,))
    return Objection(
        rule,
        (
            f"{seen}; {name} is an empty list, which rejects "
            f"{'everybody' if own else 'other clients'}"
        ),
        only_if="empty_allowed_applications",
        expected=rule is Rule.ALLOWED_APPLICATIONS and not own,
    )


def _principal(gate: Gate, token: AccessToken) -> Objection | None:
    """Compare `oid` and `groups` with the two lists of allowedPrincipals: either will do."""
    identities, groups = gate.settings.listed(at.IDENTITIES), gate.settings.listed(at.GROUPS)
    if not identities and not groups:
        return None
    named = is_among(token.principal, identities)
    if _in_a_group(token, groups) or (named and not groups):
        return None
    if not named and groups and token.lacks_groups:
        return _overage(Rule.ALLOWED_GROUPS, groups)
    if not named:
        rule = Rule.ALLOWED_IDENTITIES if identities else Rule.ALLOWED_GROUPS
        return Objection(
            rule,
            (
                f"oid is {printable(token.principal)}, groups "
                f"{_told(_groups_of(token))}; allowed identities are "
                f"{_told(identities)}, allowed groups {_told(groups)}"
            ),
        )
    if token.kind != APP:
        return None
    return Objection(
        Rule.ALLOWED_GROUPS,
        (
            f"oid is {printable(token.principal)}, an allowed identity; but allowed "
            f"groups are {_told(groups)}, and app-only tokens carry no groups claim"
        ),
        only_if="groups_break_identities_for_app_only",
    )


def _checked_group(gate: Gate, token: AccessToken) -> Objection | None:
    groups = gate.settings.listed(at.CHECKED_GROUPS)
    if not groups or _in_a_group(token, groups):
        return None
    if token.lacks_groups:
        return _overage(Rule.JWT_CLAIM_CHECKS, groups)
    return Objection(
        Rule.JWT_CLAIM_CHECKS,
        (f"groups is {_told(_groups_of(token))}; jwtClaimChecks.allowedGroups is {_told(groups)}"),
    )


def _overage(rule: Rule, groups: tuple[str, ...]) -> Objection:
    """Object to a caller whose groups are too many for a token; what App Service does is open."""
    return Objection(
        rule,
        (
            "the caller is a member of too many groups to list them in a token (group overage); "
            f"allowed groups are {_told(groups)}, and whether App Service looks the groups up "
            "isn't documented"
        ),
        only_if="group overage",
    )


def _groups_of(token: AccessToken) -> tuple[str, ...]:
    groups = token.claims.get("groups")
    return tuple(str(each) for each in groups) if isinstance(groups, list) else ()


def _in_a_group(token: AccessToken, groups: tuple[str, ...]) -> bool:
    return any(is_among(each, groups) for each in _groups_of(token))


def _told(ids: tuple[str, ...]) -> str:
    shown = printable(list(ids[:_SHOWN])) or "nobody"
    return f"{shown} and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else shown
