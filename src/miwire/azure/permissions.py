"""Permissions of the signed-in account in ARM, through azure-mgmt-authorization."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from azure.mgmt.authorization import AuthorizationManagementClient

from miwire.azure.arm import translated
from miwire.errors import NotFound, NotPermitted
from miwire.permissions.arm import Judgement, PermissionSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from miwire.azure.arm import PacedTransport
    from miwire.azure.context import Context
    from miwire.permissions.arm import ArmRight

Held = tuple[PermissionSet, ...] | None
"""Permissions of a scope; None where they may not be read, or there is no such scope."""
_AT_ONCE = 4


@dataclass(frozen=True, slots=True, order=True)
class _Scope:
    """A resource group, or a resource in it, by its id in lower case: ARM ids have no case."""

    subscription: str
    group: str
    provider: str = ""
    parent: str = ""
    type: str = ""
    name: str = ""

    @classmethod
    def of(cls, resource_id: str) -> _Scope:
        """Read …/providers/NAMESPACE[/TYPE/NAME]…/TYPE/NAME; the last pair is the resource."""
        _, _, subscription, _, group, _, provider, *path = resource_id.lower().split("/")
        return cls(subscription, group, provider, "/".join(path[:-2]), path[-2], path[-1])

    @property
    def around(self) -> _Scope:
        """The resource group that it is in."""
        return _Scope(self.subscription, self.group)

    def __str__(self) -> str:
        return f"{self.group}/{self.name}" if self.name else self.group


class Permissions:
    """The adapter: domain values in and out, MiwireErrors only."""

    def __init__(self, context: Context, transport: PacedTransport) -> None:
        self._context = context
        self._transport = transport
        self._clients: dict[str, AuthorizationManagementClient] = {}

    def of(self, rights: Iterable[ArmRight]) -> Mapping[str, Held]:
        """
        Return what is allowed where *rights* are wanted, by scope id.

        A group's permissions hold for all that is in it. So where several scopes share a group it
        is asked first, and a resource only if more than that is wanted of it.
        """
        wanted: dict[_Scope, list[ArmRight]] = {}
        for right in rights:
            wanted.setdefault(_Scope.of(right.scope_id), []).append(right)
        shared = {
            group
            for group, inside in groupby(sorted(wanted), lambda scope: scope.around)
            if len(list(inside)) > 1
        }
        lone = [scope for scope in wanted if scope.around not in shared]
        found = self._read([*sorted(shared), *lone])
        enough = {
            scope: found[scope.around]
            for scope, asked in wanted.items()
            if scope.around in shared and _all_held(asked, found[scope.around])
        }
        found |= enough | self._read([each for each in wanted if each not in found | enough])
        return {right.scope_id: found[scope] for scope, asked in wanted.items() for right in asked}

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            client.close()  # type: ignore[no-untyped-call]

    def _read(self, scopes: list[_Scope]) -> dict[_Scope, Held]:
        """Ask for several at one time."""
        for scope in scopes:
            # Before the threads start: each must find the client made.
            self._client(scope.subscription)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return dict(zip(scopes, pool.map(self._at, scopes), strict=True))

    def _at(self, scope: _Scope) -> Held:
        permissions = self._client(scope.subscription).permissions
        try:
            with translated(f"read the permissions in {scope}"):
                listed = (
                    permissions.list_for_resource(
                        scope.group, scope.provider, scope.parent, scope.type, scope.name
                    )
                    if scope.name
                    else permissions.list_for_resource_group(scope.group)
                )
                return tuple(
                    PermissionSet(tuple(each.actions or ()), tuple(each.not_actions or ()))
                    for each in listed
                )
        except (NotPermitted, NotFound):
            return None

    def _client(self, subscription: str) -> AuthorizationManagementClient:
        if subscription not in self._clients:
            self._clients[subscription] = AuthorizationManagementClient(
                subscription_id=subscription, **self._context.arm_options(self._transport)
            )
        return self._clients[subscription]


def _all_held(rights: list[ArmRight], held: Held) -> bool:
    return all(right.judged(held) is Judgement.HELD for right in rights)
