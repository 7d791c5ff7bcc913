"""Changes to who has an app role of the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.model.directory import AppRoleAssignment
from miwire.permissions.graph import ASSIGN_ROLES, READ_DIRECTORY
from miwire.plan import azcli
from miwire.plan.changes.registration import the_registration
from miwire.plan.changes.service_principal import the_principal
from miwire.shell_words import jmespath

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.azure.session import Azure
    from miwire.model.cloud import Cloud
    from miwire.model.wiring import Caller, Wiring
    from miwire.permissions.graph import Right


ASSIGNING: tuple[Right, ...] = (READ_DIRECTORY, ASSIGN_ROLES)


@dataclass(frozen=True, slots=True)
class AssignAppRole:
    """Give a caller the app role."""

    role: str
    caller: Caller
    action = "assign-app-role"

    @property
    def summary(self) -> str:
        """Say it for people."""
        return f"Entra ID: assign app role {self.role} to {self.caller.name}"

    def az(self, _: Cloud, __: Wiring) -> Iterator[str]:
        """Yield the az commands that do the same; ids that nobody knows yet are variables."""
        role = azcli.get(
            "$graph/applications/$object_id", f"appRoles[?value=={jmespath(self.role)}].id | [0]"
        )
        ids = (
            ("principalId", "principal_id"),
            ("resourceId", "resource_id"),
            ("appRoleId", "role_id"),
        )
        members = ", ".join(f'\\"{name}\\": \\"${variable}\\"' for name, variable in ids)
        resource = azcli.get("$graph/servicePrincipals(appId='$app_id')", "id")
        yield f"resource_id=$(again {resource})"
        yield f"role_id=$({role})"
        yield 'assignments="$graph/servicePrincipals/$resource_id/appRoleAssignedTo"'
        yield "held=\"length(value[?principalId=='$principal_id' && appRoleId=='$role_id'])\""
        yield 'page="$assignments?\\$top=999"'
        assign = azcli.send("post", "$assignments", '"{' + members + '}"')
        known = azcli.get("$page")
        yield f'if [ "$({known} --query "$held" -o tsv)" = 0 ]; then'
        yield f"  again {assign} >/dev/null"
        yield "fi"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return ASSIGNING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Assign on the side of the resource, as Microsoft recommends."""
        wanted = self._assignment(wiring)
        resource = the_principal(wiring).object_id
        made = azure.directory.assign(wanted.principal_id, resource, wanted.app_role_id)
        return wiring.with_target(assignments=(*wiring.the_target.assignments, made))

    def preview(self, wiring: Wiring) -> Wiring:
        """Add the assignment; its key is Graph's to give."""
        return wiring.with_target(
            assignments=(*wiring.the_target.assignments, self._assignment(wiring))
        )

    def _assignment(self, wiring: Wiring) -> AppRoleAssignment:
        role = the_registration(wiring).role(self.role)
        if role is None:
            raise LookupError(f"the app role {self.role} wasn't created")
        return AppRoleAssignment(wiring.settled(self.caller).principal_id, role.id)


@dataclass(frozen=True, slots=True)
class UnassignAppRole:
    """Take an app role of the target from somebody."""

    role: str
    name: str
    principal_id: str
    role_id: str
    action = "unassign-app-role"
    no_az = azcli.NOTHING_HANDED_OFF

    @property
    def summary(self) -> str:
        """Say it for people."""
        return f"Entra ID: remove app role {self.role} from {self.name}"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return ASSIGNING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Take it away on the side of the resource."""
        for each in wiring.the_target.assignments:
            if self._is(each):
                azure.directory.unassign(the_principal(wiring).object_id, each.id)
        return self.preview(wiring)

    def preview(self, wiring: Wiring) -> Wiring:
        """Return the wiring without it."""
        kept = tuple(each for each in wiring.the_target.assignments if not self._is(each))
        return wiring.with_target(assignments=kept)

    def _is(self, assignment: AppRoleAssignment) -> bool:
        return (assignment.principal_id, assignment.app_role_id) == (
            self.principal_id,
            self.role_id,
        )


def unassignment(wiring: Wiring, name: str, principal_id: str, role_id: str) -> UnassignAppRole:
    """Return the change that takes a role from a principal, called *name*."""
    registration = wiring.the_target.registration
    role = registration.role_name(role_id) if registration else role_id
    return UnassignAppRole(role, name, principal_id, role_id)


@dataclass(frozen=True, slots=True)
class ReassignAppRole:
    """Give an app role back to somebody from whom a run took it."""

    principal_id: str
    role_id: str
    action = "assign-app-role"
    no_az = azcli.NOTHING_HANDED_OFF

    @property
    def summary(self) -> str:
        """Say it for people."""
        return f"Entra ID: assign the app role to {self.principal_id} again"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return ASSIGNING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Assign it again."""
        resource = the_principal(wiring).object_id
        made = azure.directory.assign(self.principal_id, resource, self.role_id)
        return wiring.with_target(assignments=(*wiring.the_target.assignments, made))

    def preview(self, wiring: Wiring) -> Wiring:
        """Add the assignment; its key is Graph's to give."""
        again = AppRoleAssignment(self.principal_id, self.role_id)
        return wiring.with_target(assignments=(*wiring.the_target.assignments, again))
