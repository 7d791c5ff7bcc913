"""MIW211 to MIW213: the ids in the allow-lists, compared with what the directory knows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from miwire.checks.registry import Check, doubtful, unknown
from miwire.finding import Severity
from miwire.model import auth_settings as at
from miwire.model.wiring import Part
from miwire.text import is_guid, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.checks.registry import Judgement
    from miwire.model.wiring import Target

_CLIENT, _OBJECT = "client ID", "object ID"
_LISTS = (
    (at.APPLICATIONS, "allowedApplications", _CLIENT),
    (at.CHECKED_APPLICATIONS, "jwtClaimChecks.allowedClientApplications", _CLIENT),
    (at.IDENTITIES, "allowedPrincipals.identities", _OBJECT),
)
"""Each list, its name for people, and which of an identity's two ids it is compared with."""
_SHOWN = 3
"""Dead entries of a list that are told one by one."""
_BY_HAND = "the entry allows nobody, and whom it was meant for is for the owner to say"


def listed_ids_exist(target: Target) -> Iterator[Judgement]:
    """
    Look for ids in the allow-lists that are no service principal of this tenant.

    The identity of an app that was deleted and created anew has other ids: the old ones stay in the
    lists and allow nobody, while the new one gets 403. An object id may also be a user's.
    """
    known = {each.casefold(): principal for each, principal in target.listed.items()}
    own = {(target.settings.client_id or "").casefold()}
    for path, name, kind in _LISTS:
        entries = target.settings.listed(path)
        # Of an id that nobody looked up, it isn't known whose it is.
        dead = [each for each in entries if known.get(each.casefold(), target) is None]
        for each in dead[:_SHOWN]:
            yield doubtful(_dead(target.name, name, kind, each))
        if len(dead) > _SHOWN:
            yield doubtful(
                f"{name} of {target.name} lists {len(dead) - _SHOWN} more IDs that belong to no "
                "service principal in this tenant."
            )
        unasked = [e for e in entries if is_guid(e) and e.casefold() not in {*known, *own}]
        if target.listed and unasked:
            yield unknown(f"{len(unasked)} more IDs in {name} of {target.name} weren't looked up.")


def _dead(target: str, name: str, kind: str, each: str) -> str:
    if not is_guid(each):
        return (
            f"{name} of {target} lists {printable(each)}, which isn't a {kind}: it allows nobody."
        )
    users = ", or be a user's" if kind == _OBJECT else ""
    return (
        f"{name} of {target} lists {each}, which isn't the {kind} of any service principal in this "
        f"tenant: it may have been deleted{users}."
    )


def listed_ids_are_of_their_kind(target: Target) -> Iterator[Judgement]:
    """
    Look for object ids among the allowed client ids, and for client ids among the identities.

    `allowedApplications` is compared with the client id in a token (`appid` or `azp`), and
    `allowedPrincipals.identities` with its object id (`oid`): swapped, both allow nobody.
    """
    known = {each.casefold(): principal for each, principal in target.listed.items()}
    for name, kind, each in _entries(target):
        principal = known.get(each.casefold())
        if principal is None:
            continue
        right = principal.app_id if kind == _CLIENT else principal.object_id
        if right.casefold() != each.casefold():
            other = _OBJECT if kind == _CLIENT else _CLIENT
            yield doubtful(
                f"{name} of {target.name} lists {each}, which is the {other} of "
                f"{principal.display_name}: that list is compared with {kind}s, and its {kind} is "
                f"{right}."
            )


def listed_ids_stand_once(target: Target) -> Iterator[Judgement]:
    """
    Look for ids that stand twice in one allow-list, which compares them without case.

    It changes nothing by itself. A caller that is removed by hand stays allowed by the entry that
    was overlooked.
    """
    times = Counter((name, each.casefold()) for name, _, each in _entries(target))
    for (name, each), count in times.items():
        if count > 1:
            yield doubtful(
                f"{name} of {target.name} lists {printable(each)} {count} times: remove all of "
                "them to remove that caller."
            )


def _entries(target: Target) -> Iterator[tuple[str, str, str]]:
    """Yield the name of a list, the kind of its ids, and an entry."""
    for path, name, kind in _LISTS:
        for each in target.settings.listed(path):
            yield name, kind, each


ALL: tuple[Check[Target], ...] = (
    Check(
        "MIW211",
        "each allowed ID belongs to a service principal of this tenant",
        listed_ids_exist,
        no_fix=_BY_HAND,
        needs=(Part.AUTH_SETTINGS, Part.DIRECTORY),
    ),
    Check(
        "MIW212",
        "each allowed ID is of the kind that its list is compared with",
        listed_ids_are_of_their_kind,
        no_fix=_BY_HAND,
        severity=Severity.HIGH,
        needs=(Part.AUTH_SETTINGS, Part.DIRECTORY),
    ),
    Check(
        "MIW213",
        "each allowed ID is listed once",
        listed_ids_stand_once,
        no_fix="a second entry does no harm while the caller stays allowed",
        severity=Severity.LOW,
        needs=(Part.AUTH_SETTINGS, Part.DIRECTORY),
    ),
)
