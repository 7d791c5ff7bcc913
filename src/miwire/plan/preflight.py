"""Rights first: name what is missing before the first write, and who could give it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.errors import NotPermitted
from miwire.model.wiring import Part
from miwire.permissions.arm import ArmRight, Judgement, list_settings
from miwire.permissions.graph import GraphRight, Ownership
from miwire.text import listed
from miwire.tokens.access_token import AccessToken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from miwire.azure.session import Azure
    from miwire.permissions.graph import Right
    from miwire.plan.plan import Plan


def missing(
    azure: Azure, rights: Iterable[Right], *, ownership: Ownership = Ownership.UNKNOWN
) -> tuple[Right, ...]:
    """
    Return those of *rights* that are certainly missing, each once.

    *ownership* says whose the registration is. ARM is asked, Graph is not: its token tells.
    """
    wanted = tuple(dict.fromkeys(rights))
    in_arm = tuple(each for each in wanted if isinstance(each, ArmRight))
    in_graph = tuple(each for each in wanted if isinstance(each, GraphRight))
    lacked: set[Right] = set()
    if in_graph:
        text = azure.token(azure.cloud.graph_scope)
        token = AccessToken.parse(text)
        lacked |= {each for each in in_graph if _lacks(each.judged(token, ownership))}
    if in_arm:
        held = azure.permissions.of(in_arm)
        lacked |= {each for each in in_arm if _lacks(each.judged(held[each.scope_id]))}
    return tuple(each for each in wanted if each in lacked)


def lacked_by(azure: Azure, plan: Plan) -> tuple[Right, ...]:
    """Return the rights of a plan that are certainly missing."""
    text = azure.token(azure.cloud.resource_manager_scope)
    me = AccessToken.parse(text).principal
    target = plan.start.target
    if target is None:
        ownership = Ownership.UNKNOWN
    elif target.registration is None and Part.DIRECTORY not in target.unread:
        ownership = Ownership.NEW
    elif target.owners is None:
        ownership = Ownership.UNKNOWN
    else:
        ownership = Ownership.OWN if me in target.owners else Ownership.OTHERS
    return missing(azure, plan.requires, ownership=ownership)


def demand(azure: Azure, plan: Plan) -> None:
    """
    Raise NotPermitted, before anything is written, for every right that is certainly missing.

    What could not be read stops, too: a plan that was made without it may be wrong.
    """
    lacked = lacked_by(azure, plan)
    if lacked:
        raise refusal(lacked, plan.purpose)
    for part, why in unread_by(plan):
        raise NotPermitted(
            f"Could not {plan.purpose}: couldn't read {part}. Nothing was changed. {why}",
            hint="Ask for the permission named in Azure's message.",
        )


def unread_by(plan: Plan) -> Iterator[tuple[Part, str]]:
    """Yield the parts that a plan relies on and that could not be read, and why not."""
    source = plan.start.source
    listing = list_settings(source.ref) if source else None
    relies = {
        Part.DIRECTORY: any(isinstance(each, GraphRight) for each in plan.requires),
        Part.VERSION: any(isinstance(each, ArmRight) for each in plan.requires),
        Part.SOURCE_SETTINGS: listing in plan.requires,
    }
    for part, needed in relies.items():
        if needed and part in plan.start.unread:
            yield part, plan.start.unread[part]


def refusal(
    lacked: Iterable[Right], doing: str, *, but: str = "nothing was changed"
) -> NotPermitted:
    """Return the error that names every missing right and the smallest roles that give them."""
    rights = tuple(lacked)
    return NotPermitted(
        f"Could not {doing}: the signed-in account lacks "
        f"{listed(each.text for each in rights)}; {but}.",
        hint=f"Ask for {listed(_roles(rights))}.",
        missing=rights,
    )


def _lacks(judgement: Judgement) -> bool:
    return judgement is Judgement.MISSING


def _roles(rights: tuple[Right, ...]) -> list[str]:
    places: dict[str, list[str]] = {}
    for right in rights:
        if isinstance(right, ArmRight):
            names = places.setdefault(right.role, [])
            names += [right.where] if right.where not in names else []
    asked = [f"{role} on {listed(names)}" for role, names in places.items()]
    in_graph = [each for each in rights if isinstance(each, GraphRight)]
    return asked + ([_in_directory(in_graph)] if in_graph else [])


def _in_directory(rights: list[GraphRight]) -> str:
    """Name what gives all of *rights*, and nothing that another of them gives anyway."""
    needed = [
        each
        for each in rights
        if not any(other.permissions[0] in each.permissions[1:] for other in rights)
    ]
    permissions = list(dict.fromkeys(each.permissions[0] for each in needed))
    # Every directory role that writes may also read.
    writing = [each for each in rights if each.needs_role] or rights
    roles = list(dict.fromkeys(each.role for each in writing))
    word = "permission" if len(permissions) == 1 else "permissions"
    return f"{listed(roles)} (an app: the application {word} {listed(permissions)})"
