"""Managed identities of an app, as ARM tells of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UserAssignedIdentity:
    """An identity with a life of its own that is attached to an app."""

    id: str
    """Its ARM resource id, as ARM printed it; compare without case."""
    principal_id: str | None
    client_id: str | None


@dataclass(frozen=True, slots=True)
class SystemAssignedIdentity:
    """The identity that lives and dies with its app; ARM never tells its client id."""

    principal_id: str
    tenant_id: str


@dataclass(frozen=True, slots=True)
class ManagedIdentity:
    """Every identity of one app."""

    system: SystemAssignedIdentity | None = None
    user_assigned: tuple[UserAssignedIdentity, ...] = ()

    @property
    def type(self) -> str:
        """ARM's word for the combination, with its comma and space."""
        words = [
            word
            for word, there in (
                ("SystemAssigned", self.system is not None),
                ("UserAssigned", bool(self.user_assigned)),
            )
            if there
        ]
        return ", ".join(words) or "None"

    def attached(self, resource_id: str) -> UserAssignedIdentity | None:
        """Return this user-assigned identity, if it is attached."""
        same = (each for each in self.user_assigned if each.id.lower() == resource_id.lower())
        return next(same, None)

    def has_user_assigned(self, resource_id: str) -> bool:
        """Say whether this user-assigned identity is attached."""
        return self.attached(resource_id) is not None
