"""Changes to the service principal of the target's registration."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miwire.plan import azcli
from miwire.plan.changes.registration import WRITING, the_registration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.azure.session import Azure
    from miwire.model.cloud import Cloud
    from miwire.model.directory import ServicePrincipal
    from miwire.model.wiring import Wiring
    from miwire.permissions.graph import Right

TAGS = ["WindowsAzureActiveDirectoryIntegratedApp"]
"""Without it the portal does not list the service principal as an enterprise application."""


def the_principal(wiring: Wiring) -> ServicePrincipal:
    """Return it, in changes that come after the one that makes it."""
    if wiring.the_target.service_principal is None:
        raise LookupError("the service principal wasn't created")
    return wiring.the_target.service_principal


@dataclass(frozen=True, slots=True)
class RestoreServicePrincipal:
    """Bring the service principal back that was deleted with its registration."""

    action = "restore-service-principal"

    @property
    def summary(self) -> str:
        """Say it for people."""
        return "Entra ID: restore the service principal"

    def az(self, _: Cloud, wiring: Wiring) -> Iterator[str]:
        """Yield the az commands that do the same; ids that nobody knows yet are variables."""
        gone = wiring.the_target.service_principal
        yield from azcli.restore(gone.object_id if gone else "")

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def preview(self, wiring: Wiring) -> Wiring:
        """Return the wiring with the service principal among the living."""
        return wiring.with_target(service_principal=replace(the_principal(wiring), deleted=False))

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Restore by object id."""
        azure.directory.restore(the_principal(wiring).object_id)
        return self.preview(wiring)


@dataclass(frozen=True, slots=True)
class CreateServicePrincipal:
    """Make the registration's service principal, in its tenant the API itself."""

    assignment_required: bool
    action = "create-service-principal"

    @property
    def summary(self) -> str:
        """Say it for people."""
        then = (
            (' with "assignment required" on (only callers that hold an app role get a token)')
            if self.assignment_required
            else ""
        )
        return f"Entra ID: create the service principal{then}"

    def az(self, _: Cloud, __: Wiring) -> Iterator[str]:
        """Yield the az commands that do the same; ids that nobody knows yet are variables."""
        body = azcli.body({"appRoleAssignmentRequired": self.assignment_required, "tags": TAGS})
        yield "principal=\"$graph/servicePrincipals(appId='$app_id')\""
        yield f"if ! {azcli.get('$principal')} >/dev/null 2>&1; then"
        create = azcli.send("patch", "$principal", body, upsert=True)
        yield f"  again {create} >/dev/null"
        yield "fi"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def preview(self, wiring: Wiring) -> Wiring:
        """Return the wiring as it is: the service principal is nothing without its id."""
        return wiring

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Upsert by client id."""
        made = azure.directory.upsert_service_principal(
            the_registration(wiring).app_id,
            {"appRoleAssignmentRequired": self.assignment_required, "tags": TAGS},
        )
        return wiring.with_target(service_principal=made)


@dataclass(frozen=True, slots=True)
class RequireAssignment:
    """Let Entra ID issue tokens for the API only to who holds a role of it, or to anybody."""

    required: bool
    action = "require-assignment"

    @property
    def summary(self) -> str:
        """Say it for people."""
        whom = (
            "on (only callers that hold an app role get a token)"
            if self.required
            else "off (every identity of the tenant can get a token)"
        )
        return f'Entra ID: turn "assignment required" {whom}'

    def az(self, _: Cloud, __: Wiring) -> Iterator[str]:
        """Yield the az commands that do the same; ids that nobody knows yet are variables."""
        body = azcli.body({"appRoleAssignmentRequired": self.required})
        yield azcli.send("patch", "$graph/servicePrincipals(appId='$app_id')", body)

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def preview(self, wiring: Wiring) -> Wiring:
        """Return the wiring with what is required."""
        now = replace(the_principal(wiring), assignment_required=self.required)
        return wiring.with_target(service_principal=now)

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Update by client id: the upsert updates what exists."""
        made = azure.directory.upsert_service_principal(
            the_registration(wiring).app_id, {"appRoleAssignmentRequired": self.required}
        )
        return wiring.with_target(service_principal=made)


@dataclass(frozen=True, slots=True)
class DeleteServicePrincipal:
    """Delete the service principal that a run made for a registration that was there."""

    name: str
    action = "delete-service-principal"
    no_az = azcli.NOTHING_HANDED_OFF

    @property
    def summary(self) -> str:
        """Say it for people."""
        return (
            f"Entra ID: delete the service principal of {self.name} (can be restored for 30 days)"
        )

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Delete it softly."""
        azure.directory.delete_service_principal(the_principal(wiring).object_id)
        return self.preview(wiring)

    def preview(self, wiring: Wiring) -> Wiring:
        """Return the wiring without it, and without the roles that it gave."""
        return wiring.with_target(service_principal=None, assignments=())
