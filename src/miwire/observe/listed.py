"""What the directory knows of the ids in a target's allow-lists and of its allowed audiences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from miwire.model import auth_settings as at
from miwire.model.directory import named_in
from miwire.text import is_guid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from miwire.azure.session import Azure
    from miwire.model.auth_settings import AuthSettings
    from miwire.model.directory import AppRegistration, DirectoryView, ServicePrincipal

_MOST = 60
"""Ids of one list that are looked up: Microsoft Graph takes 20 in a batch."""


@dataclass(frozen=True, slots=True)
class ListedIds:
    """The ids that settings list, as far as they can be looked up: GUIDs, each once."""

    identities: tuple[str, ...] = ()
    """From lists of object ids."""
    applications: tuple[str, ...] = ()
    """From lists of client ids, but for the API's own."""
    apis: tuple[str, ...] = ()
    """Client ids of other APIs, in allowed audiences such as api://GUID."""
    others: tuple[str, ...] = ()
    """Entries that are no ids."""

    @classmethod
    def of(cls, settings: AuthSettings) -> Self:
        """Return the ids in *settings*."""
        identities = _guids(settings.listed(at.IDENTITIES))
        applications = _guids(settings.other_clients)
        named = _guids(filter(None, map(named_in, settings.listed(at.AUDIENCES))))
        own = (settings.client_id or "").casefold()
        return cls(
            identities,
            # What stands in both lists is wrong in one: the first look tells in which.
            tuple(each for each in applications if each not in identities),
            tuple(each for each in named if each.casefold() != own),
            tuple(
                each
                for each in (*settings.listed(at.IDENTITIES), *settings.other_clients)
                if not is_guid(each)
            ),
        )

    def known(
        self, azure: Azure, view: DirectoryView
    ) -> tuple[Mapping[str, ServicePrincipal | None], Mapping[str, AppRegistration]]:
        """
        Return whose the ids are, and the other APIs.

        *view* is of a look for them as what their list wants; an id that isn't that is looked for
        as the other kind, which takes a request more.
        """
        found = dict.fromkeys(self.others) | {
            each: view.principals.get(each) for each in (*self.identities, *self.applications)
        }
        objects = tuple(each for each in self.applications if found[each] is None)
        clients = tuple(each for each in self.identities if found[each] is None)
        if objects or clients:
            found |= azure.directory.look(principal_ids=objects, client_ids=clients).principals
        others = {each: api for each, api in view.registrations.items() if api is not None}
        return found, others


def _guids(ids: Iterable[str]) -> tuple[str, ...]:
    once = {each.casefold(): each for each in ids if is_guid(each)}
    return tuple(once.values())[:_MOST]
