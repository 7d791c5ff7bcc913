"""
Rights in the directory: what a Graph token tells of them before they are used.

An app's token carries the application permissions that it was granted as `roles`. A person's token
carries in `scp` what the client may do on anybody's behalf, which says nothing about the person
(FACTS 2.9); `wids` holds the template ids of their directory roles, and beside those it is owning
the registration that counts. What none of this decides is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from miwire.permissions.arm import ArmRight, Judgement
from miwire.tokens.access_token import APP, USER

if TYPE_CHECKING:
    from miwire.tokens.access_token import AccessToken

GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
PRIVILEGED_ROLE_ADMINISTRATOR = "e8611ab8-c189-46e8-94e1-60213ab1f814"
APPLICATION_ADMINISTRATOR = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
CLOUD_APPLICATION_ADMINISTRATOR = "158c047a-c907-4556-b7ef-446551a6b5f7"
APPLICATION_DEVELOPER = "cf1c38e5-3621-4004-a7cb-879624dced7c"
DIRECTORY_READERS = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
EVERY_MEMBER = "b79fbf4d-3ef9-4689-8143-76b194e85509"
"""What `wids` holds of every person: the default role, which is none."""
EVERY_APP = "0997a1d0-0d1d-4acb-b408-d5ca73121e90"
"""What `wids` holds of every app: no directory role has this template id."""

OWNED_BY = "Application.ReadWrite.OwnedBy"
_WRITERS = frozenset(
    {GLOBAL_ADMINISTRATOR, APPLICATION_ADMINISTRATOR, CLOUD_APPLICATION_ADMINISTRATOR}
)
_POWERLESS = frozenset(
    {APPLICATION_DEVELOPER, DIRECTORY_READERS, GLOBAL_READER, EVERY_MEMBER, EVERY_APP}
)
"""Roles that change nobody else's registration. Any role that is not here may."""


class Ownership(StrEnum):
    """Who owns the registration, as seen by the signed-in account."""

    NEW = "new"
    """It does not exist yet; the account that creates it will own it."""
    OWN = "own"
    OTHERS = "others"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class GraphRight:
    """Something that one may do in the directory, and what gives it."""

    permissions: tuple[str, ...]
    """Application permissions of which each gives it to an app, the smallest first."""
    what: str
    """What it is to do, for people."""
    role: str
    """The smallest directory role that gives it to a person."""
    role_ids: frozenset[str]
    """Template ids of the directory roles that give it."""
    of_owned: tuple[str, ...] = ()
    """Application permissions that give it for what the app owns or makes."""
    perhaps: tuple[str, ...] = ()
    """Application permissions of which sources do not agree that they give it."""
    to_owners: Judgement = Judgement.UNKNOWN
    """Whether a person has it by owning the registration."""
    to_members: Judgement = Judgement.MISSING
    """Whether a person has it without any role, as tenants are by default."""

    @property
    def text(self) -> str:
        """Say it for people."""
        return f"permission to {self.what} (Microsoft Graph)"

    @property
    def needs_role(self) -> bool:
        """Whether a person who is a member and nothing more lacks it."""
        return self.to_members is Judgement.MISSING

    def judged(self, token: AccessToken, ownership: Ownership = Ownership.UNKNOWN) -> Judgement:
        """Judge it by a token for Graph and by whose the registration is."""
        if token.kind == APP:
            return self._of_app(token, ownership)
        if token.kind == USER:
            return self._of_person(token, ownership)
        return Judgement.UNKNOWN

    def _of_app(self, token: AccessToken, ownership: Ownership) -> Judgement:
        """
        Judge an app by its permissions: without one, Graph refuses (FACTS 2.8, 2.9).

        A service principal may hold a directory role as well, which gives rights without any
        permission: with one that might do, nothing is certain. `wids` absent means none, for
        Entra ID puts one id there for every app.
        """
        roles = set(token.roles)
        if roles & set(self.permissions):
            return Judgement.HELD
        if roles & set(self.of_owned):
            match ownership:
                case Ownership.NEW | Ownership.OWN:
                    return Judgement.HELD
                case Ownership.UNKNOWN:
                    return Judgement.UNKNOWN
        mute = _POWERLESS - self.role_ids
        if roles & set(self.perhaps) or not (_wids(token) or set()) <= mute:
            return Judgement.UNKNOWN
        return Judgement.MISSING

    def _of_person(self, token: AccessToken, ownership: Ownership) -> Judgement:
        """
        Judge a person by directory roles, then by owning the registration.

        Without either, Graph decides: who may make registrations is the tenant's setting (by
        default every member may), and who makes one owns it. `wids` holds built-in roles for the
        whole tenant only: a custom role, one for this registration alone and one that was just
        activated aren't in it (reference of access token claims), so its silence says nothing.
        """
        if (_wids(token) or set()) & self.role_ids:
            return Judgement.HELD
        if not self.needs_role:
            return self.to_members
        return self.to_owners if ownership is Ownership.OWN else Judgement.UNKNOWN


READ_DIRECTORY = GraphRight(
    permissions=(
        "Application.Read.All",
        OWNED_BY,
        "Application.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
    ),
    what="read the directory",
    role="Directory Readers",
    role_ids=_WRITERS | {PRIVILEGED_ROLE_ADMINISTRATOR, DIRECTORY_READERS, GLOBAL_READER},
    to_members=Judgement.UNKNOWN,
)
"""Members may by default, which a tenant can turn off; guests may not (FACTS 2.9)."""

WRITE_APPLICATIONS = GraphRight(
    permissions=("Application.ReadWrite.All", "Directory.ReadWrite.All"),
    what="write app registrations",
    role="Cloud Application Administrator",
    role_ids=_WRITERS,
    of_owned=(OWNED_BY,),
    to_owners=Judgement.HELD,
)
"""To make or change a registration and its service principal (FACTS 2.9)."""

ASSIGN_ROLES = GraphRight(
    permissions=("AppRoleAssignment.ReadWrite.All",),
    what="assign app roles",
    role="Cloud Application Administrator",
    role_ids=_WRITERS | {PRIVILEGED_ROLE_ADMINISTRATOR},
    perhaps=("Directory.ReadWrite.All",),
)
"""
To post to appRoleAssignedTo, for which an app needs READ_DIRECTORY besides (FACTS 2.9).

Whether owning the service principal is enough for a person is uncertain there. The provider for
Terraform lists Directory.ReadWrite.All as enough for an app, Graph's own reference does not.
"""


def _wids(token: AccessToken) -> set[str] | None:
    """Return the directory roles of a token; None where it does not tell."""
    wids = token.claims.get("wids")
    return {str(each).lower() for each in wids} if isinstance(wids, list) else None


Right = ArmRight | GraphRight
"""What a change takes, in ARM or in the directory."""
