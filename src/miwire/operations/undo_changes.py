"""Changes that take a run back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miwire.model.identity import ManagedIdentity
from miwire.model.directory import AppRoleAssignment
from miwire.permissions.arm import write_site
from miwire.domain.sentence import listed
from miwire.plan.changes.auth_settings import rights_to_write
from miwire.plan.changes.auth_settings_write import settle
from miwire.observe.identity import kept_whole
from miwire.plan.changes.registration import WRITING, the_registration, unique_name
from miwire.plan.changes.service_principal import ASSIGNING, the_principal

if TYPE_CHECKING:
    from miwire.azure.session import Azure
    from miwire.model.auth_settings import AuthSettings, Difference
    from miwire.model.directory import DirectoryView
    from miwire.model.wiring import Wiring
    from miwire.plan.preflight import Right


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The settings before a run and after it: what it changed is undone, the rest stays."""

    differences: tuple[Difference, ...]

    def applied_to(self, settings: AuthSettings) -> AuthSettings:
        """Return *settings* as they were, in so far as the run changed them."""
        return settings.taken_back(self.differences)


@dataclass(frozen=True, slots=True)
class RestoreSettings:
    """Write authsettingsV2 as it was before a run."""

    name: str
    changed: tuple[Difference, ...]
    """What the run changed; not what Azure expanded by itself, which it would again."""
    action = "restore-auth-settings"

    @property
    def summary(self) -> str:
        """Say it for people."""
        return f"put the authentication settings of {self.name} back ({self.name} restarts)"

    def requires(self, wiring: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return rights_to_write(wiring)

    def wish(self, _: Wiring) -> TakenBack:
        """Return what is wanted of the settings."""
        return TakenBack(self.changed)

    def foreseen(self, wiring: Wiring) -> Wiring:
        """Return the wiring with the settings as they will be."""
        return wiring.saw(settings=self.wish(wiring).applied_to(wiring.settings))

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Take back in the settings of this moment what the run changed."""
        return settle(azure, wiring, self.wish(wiring))


@dataclass(frozen=True, slots=True)
class RestoreDeleted:
    """Bring a registration back that a run deleted, and its service principal."""

    registration_id: str
    principal_id: str | None
    """Object ids."""
    action = "restore-registration"

    @property
    def summary(self) -> str:
        """Say it for people."""
        return "restore the deleted app registration and its service principal, with their ids"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def foreseen(self, wiring: Wiring) -> Wiring:
        """Return the wiring as it is: what is in the registration shows once it is restored."""
        return wiring

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Restore both: the one does not bring the other back."""
        azure.directory.restore(self.registration_id)
        if self.principal_id:
            azure.directory.restore(self.principal_id)
        view = azure.patience.until(
            lambda: _both(azure.directory.look(unique_name=unique_name(wiring.the_target.ref))),
            for_what="the restored registration to be readable",
        )
        return wiring.saw(
            registration=view.registration,
            service_principal=view.service_principal,
            assignments=view.assignments,
        )


def _both(view: DirectoryView) -> DirectoryView | None:
    return view if view.registration and view.service_principal else None


@dataclass(frozen=True, slots=True)
class ReassignAppRole:
    """Give an app role back to somebody from whom a run took it."""

    principal_id: str
    role_id: str
    action = "assign-app-role"

    @property
    def summary(self) -> str:
        """Say it for people."""
        return f"assign the app role back to {self.principal_id}"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return ASSIGNING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Assign it again."""
        resource = the_principal(wiring).object_id
        made = azure.directory.assign(self.principal_id, resource, self.role_id)
        return wiring.saw(assignments=(*wiring.assignments, made))

    def foreseen(self, wiring: Wiring) -> Wiring:
        """Add the assignment; its key is Graph's to give."""
        again = AppRoleAssignment(self.principal_id, self.role_id)
        return wiring.saw(assignments=(*wiring.assignments, again))


@dataclass(frozen=True, slots=True)
class RetractApi:
    """Take back what a run added to a registration that was there before it."""

    role_ids: frozenset[str]
    uris: frozenset[str]
    token_version: int | None
    action = "retract-api"

    @property
    def summary(self) -> str:
        """Say it for people."""
        return "take the app role, the identifier URI and the token version of the run back"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Disable the roles first: Graph refuses to remove an enabled one (FACTS 2.2)."""
        now, retracted = the_registration(wiring), self.foreseen(wiring)
        after = the_registration(retracted)
        doing = f"take back what was added to {now.display_name}"
        disabled = [
            {**role.document, **({"isEnabled": False} if role.id in self.role_ids else {})}
            for role in now.app_roles
        ]
        if self.role_ids:
            azure.directory.update_application(now.object_id, {"appRoles": disabled}, doing)
        body = {
            "appRoles": [dict(role.document) for role in after.app_roles],
            "identifierUris": list(after.identifier_uris),
            "api": {"requestedAccessTokenVersion": after.token_version},
        }
        azure.directory.update_application(now.object_id, body, doing)
        return retracted

    def foreseen(self, wiring: Wiring) -> Wiring:
        """Return the wiring with what stays of the registration."""
        now = the_registration(wiring)
        after = replace(
            now,
            app_roles=tuple(role for role in now.app_roles if role.id not in self.role_ids),
            identifier_uris=tuple(each for each in now.identifier_uris if each not in self.uris),
            token_version=self.token_version,
        )
        return wiring.saw(registration=after)


@dataclass(frozen=True, slots=True)
class DeleteServicePrincipal:
    """Delete the service principal that a run made for a registration that was there."""

    name: str
    action = "delete-service-principal"

    @property
    def summary(self) -> str:
        """Say it for people."""
        return f"delete the service principal of {self.name} (it can be restored for 30 days)"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Delete it softly."""
        azure.directory.delete_service_principal(the_principal(wiring).object_id)
        return self.foreseen(wiring)

    def foreseen(self, wiring: Wiring) -> Wiring:
        """Return the wiring without it, and without the roles that it gave."""
        return wiring.saw(service_principal=None, assignments=())


@dataclass(frozen=True, slots=True)
class DeleteRegistration:
    """Delete the registration that a run made: softly, never for good."""

    name: str
    action = "delete-registration"

    @property
    def summary(self) -> str:
        """Say it for people."""
        return f"delete the app registration {self.name} (it can be restored for 30 days)"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Delete it, and the tenant's service principal of it with it."""
        azure.directory.delete_registration(the_registration(wiring).object_id)
        return self.foreseen(wiring)

    def foreseen(self, wiring: Wiring) -> Wiring:
        """Return the wiring without it, and without what hangs from it."""
        return wiring.saw(registration=None, service_principal=None, assignments=())


@dataclass(frozen=True, slots=True)
class RemoveIdentity:
    """Take the identities from an app that a run gave it."""

    name: str
    system: bool
    user_assigned: frozenset[str]
    """Resource ids in lower case."""
    action = "remove-identity"

    @property
    def summary(self) -> str:
        """Say it for people."""
        whole = ["the system-assigned identity"] if self.system else []
        attached = [each.rpartition("/")[2] for each in sorted(self.user_assigned)]
        whole += [f"the user-assigned identity {each}" for each in attached]
        return f"take {listed(whole)} from {self.name} ({self.name} restarts)"

    def requires(self, wiring: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return (write_site(wiring.the_source.ref),)

    def foreseen(self, wiring: Wiring) -> Wiring:
        """Return the wiring with the identities that stay."""
        source = wiring.the_source
        left = ManagedIdentity(
            system=None if self.system else source.identity.system,
            user_assigned=tuple(
                each
                for each in source.identity.user_assigned
                if each.id.lower() not in self.user_assigned
            ),
        )
        return wiring.saw(source=replace(source, identity=left), source_principal=None)

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Send the identities of this moment, but for these."""
        source = wiring.the_source
        # Its own identity may be newer than the run, and than what a read of ARM shows.
        now = azure.sites.get(source.ref).identity if self.system else kept_whole(azure, source)
        kept = [each.id for each in now.user_assigned if each.id.lower() not in self.user_assigned]
        system = now.system is not None and not self.system
        changed = azure.sites.set_identity(source.ref, system=system, user_assigned=kept)
        return wiring.saw(source=changed, source_principal=None)
