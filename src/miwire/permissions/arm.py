"""
Rights in ARM: what a change needs, what somebody holds, and whether that is enough.

A missing action is certain. A present one is no promise: a lock or a deny assignment may still
refuse, and neither is among the permissions that ARM tells (FACTS 1.11).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from miwire.model.site import SiteRef

WEBSITE_CONTRIBUTOR = "Website Contributor"
"""Holds Microsoft.Web/sites/*, slots and their configuration too."""
MANAGED_IDENTITY_OPERATOR = "Managed Identity Operator"
"""Holds Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action."""


class Judgement(StrEnum):
    """Whether a right is held, as far as can be told before it is used."""

    HELD = "held"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PermissionSet:
    """What one role assignment gives: its actions but for its notActions, with `*` in both."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        """
        Say whether *action* is among them, without regard to case.

        Managed Identity Operator holds `userAssignedIdentities/*/assign/action`, and ARM asks for
        `userAssignedIdentities/assign/action` (FACTS 1.3, 1.9): in what is given, `/*/` may stand
        for one slash. In what is taken away it may not, for a right must not seem to be missing.
        """
        given = any(_covers(each, action, bridging=True) for each in self.actions)
        return given and not any(_covers(each, action) for each in self.not_actions)


@dataclass(frozen=True, slots=True)
class ArmRight:
    """An action on a resource, and the smallest built-in role that gives it."""

    action: str
    scope_id: str
    where: str
    """The resource's name for people."""
    role: str

    @property
    def text(self) -> str:
        """Say it for people."""
        return f"{self.action} on {self.where}"

    def judged(self, permissions: Iterable[PermissionSet] | None) -> Judgement:
        """
        Judge it by what the scope's *permissions* allow; None: they may not be read.

        Role assignments add up: what one of them takes away another may give.
        """
        if permissions is None:
            return Judgement.UNKNOWN
        allowed = any(each.allows(self.action) for each in permissions)
        return Judgement.HELD if allowed else Judgement.MISSING


def write_site(ref: SiteRef) -> ArmRight:
    """Return the right to change an app or slot itself, its identities among it (FACTS 1.3)."""
    return _of_site(ref, "write")


def write_settings(ref: SiteRef) -> ArmRight:
    """Return the right to write its configuration, authsettingsV2 among it."""
    return _of_site(ref, "config/write")


def list_settings(ref: SiteRef) -> ArmRight:
    """Return the right to read what Reader may not: app settings and v1's view (FACTS 1.4)."""
    return _of_site(ref, "config/list/action")


def assign_identity(resource_id: str) -> ArmRight:
    """Return the right to attach a user-assigned identity to something (FACTS 1.3)."""
    return ArmRight(
        "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
        resource_id,
        resource_id.rpartition("/")[2],
        MANAGED_IDENTITY_OPERATOR,
    )


def _of_site(ref: SiteRef, verb: str) -> ArmRight:
    """
    Return a right on an app or a slot.

    A slot is a resource type of its own, so a role may allow one without the other: azure-cli
    #29644 shows `sites/config/list/action` refused to somebody who may list a slot's settings.
    """
    kind = "sites/slots" if ref.slot else "sites"
    name = f"{ref.name}/{ref.slot}" if ref.slot else ref.name
    return ArmRight(f"Microsoft.Web/{kind}/{verb}", ref.id, name, WEBSITE_CONTRIBUTOR)


def _covers(pattern: str, action: str, *, bridging: bool = False) -> bool:
    expression = re.escape(pattern)
    if bridging:
        expression = expression.replace(r"/\*/", "/(?:.*/)?")
    return re.fullmatch(expression.replace(r"\*", ".*"), action, re.IGNORECASE) is not None
