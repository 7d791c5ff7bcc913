"""Changes to the service principal of the target's registration, and to who holds its app role."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miwire.permissions.graph import ASSIGN_ROLES, READ_DIRECTORY
from miwire.model.directory import AppRoleAssignment
from miwire.plan.changes.registration import WRITING, the_registration

if TYPE_CHECKING:
    from miwire.azure.session import Azure
    from miwire.model.directory import ServicePrincipal
    from miwire.model.wiring import Caller, Wiring
    from miwire.plan.preflight import Right

ASSIGNING: tuple[Right, ...] = (READ_DIRECTORY, ASSIGN_ROLES)
TAGS = ["WindowsAzureActiveDirectoryIntegratedApp"]
"""Without it the portal does not list the service principal as an enterprise application."""


def the_principal(wiring: Wiring) -> ServicePrincipal:
    """Return it, in changes that come after the one that makes it."""
    if wiring.service_principal is None:
        raise LookupError("the service principal was not made")
    return wiring.service_principal


@dataclass(frozen=True, slots=True)
class RestoreServicePrincipal:
    """Bring the service principal back that was deleted with its registration."""

    action = "restore-service-principal"

    @property
    def summary(self) -> str:
        """Say it for people."""
        return "restore its service principal"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def foreseen(self, wiring: Wiring) -> Wiring:
        """Return the wiring with the service principal among the living."""
        return wiring.saw(service_principal=replace(the_principal(wiring), deleted=False))

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Restore by object id."""
        azure.directory.restore(the_principal(wiring).object_id)
        return self.foreseen(wiring)


@dataclass(frozen=True, slots=True)
class CreateServicePrincipal:
    """Make the registration's service principal, in its tenant the API itself."""

    assignment_required: bool
    action = "create-service-principal"

    @property
    def summary(self) -> str:
        """Say it for people."""
        then = ", which issues tokens only to who holds a role" if self.assignment_required else ""
        return f"create its service principal{then}"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def foreseen(self, wiring: Wiring) -> Wiring:
        """Return the wiring as it is: the service principal is nothing without its id."""
        return wiring

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Upsert by client id."""
        made = azure.directory.upsert_service_principal(
            the_registration(wiring).app_id,
            {"appRoleAssignmentRequired": self.assignment_required, "tags": TAGS},
        )
        return wiring.saw(service_principal=made)


@dataclass(frozen=True, slots=True)
class RequireAssignment:
    """Let Entra ID issue tokens for the API only to who holds a role of it, or to anybody."""

    required: bool
    action = "require-assignment"

    @property
    def summary(self) -> str:
        """Say it for people."""
        whom = "only to who holds a role of it" if self.required else "to anybody in the tenant"
        return f"let Entra ID issue tokens for the API {whom}"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def foreseen(self, wiring: Wiring) -> Wiring:
        """Return the wiring with what is required."""
        now = replace(the_principal(wiring), assignment_required=self.required)
        return wiring.saw(service_principal=now)

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Update by client id: the upsert updates what exists."""
        made = azure.directory.upsert_service_principal(
            the_registration(wiring).app_id, {"appRoleAssignmentRequired": self.required}
        )
        return wiring.saw(service_principal=made)


@dataclass(frozen=True, slots=True)
class AssignAppRole:
    """Give a caller the app role."""

    role: str
    caller: Caller
    action = "assign-app-role"

    @property
    def summary(self) -> str:
        """Say it for people."""
        return f"assign the app role {self.role} to {self.caller.name}"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return ASSIGNING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Assign on the side of the resource, as Microsoft recommends."""
        wanted = self._assignment(wiring)
        resource = the_principal(wiring).object_id
        made = azure.directory.assign(wanted.principal_id, resource, wanted.app_role_id)
        return wiring.saw(assignments=(*wiring.assignments, made))

    def foreseen(self, wiring: Wiring) -> Wiring:
        """Add the assignment; its key is Graph's to give."""
        return wiring.saw(assignments=(*wiring.assignments, self._assignment(wiring)))

    def _assignment(self, wiring: Wiring) -> AppRoleAssignment:
        role = the_registration(wiring).role(self.role)
        if role is None:
            raise LookupError(f"the app role {self.role} was not made")
        return AppRoleAssignment(wiring.settled(self.caller).principal_id, role.id)
