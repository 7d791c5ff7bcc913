"""Changes to the target's app registration."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from miwire.model.directory import V2_TOKENS, new_role, unique_name
from miwire.permissions.graph import READ_DIRECTORY, WRITE_APPLICATIONS
from miwire.plan import azcli
from miwire.shell_words import backtickless, jmespath, sh
from miwire.text import ascii_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.azure.session import Azure
    from miwire.model.cloud import Cloud
    from miwire.model.directory import AppRegistration, DirectoryView
    from miwire.model.wiring import Wiring
    from miwire.permissions.graph import Right

WRITING: tuple[Right, ...] = (READ_DIRECTORY, WRITE_APPLICATIONS)


def the_registration(wiring: Wiring) -> AppRegistration:
    """Return the registration, in changes that come after the one that makes it."""
    if wiring.the_target.registration is None:
        raise LookupError("the registration wasn't created")
    return wiring.the_target.registration


@dataclass(frozen=True, slots=True)
class CreateRegistration:
    """
    Make the app registration, under a unique name so that no run makes a second one.

    The body holds nothing that may be added later: sent again, it would reset what is there.
    """

    display_name: str
    unique_name: str
    service_management_reference: str | None = None
    action = "create-registration"

    @property
    def summary(self) -> str:
        """Say it for people."""
        return f"Entra ID: create app registration {self.display_name} (v2 tokens, no secret)"

    def az(self, _: Cloud, wiring: Wiring) -> Iterator[str]:
        """Yield the az commands that do the same; ids that nobody knows yet are variables."""
        if wiring.the_target.settings.client_id is not None:
            yield "# It exists: the settings of the target refer to it."
            object_id = azcli.get("$graph/applications(appId='$app_id')", "id")
            yield f"object_id=$({object_id})"
            return
        create = azcli.send(
            "patch", "$registration", azcli.body(registration_body(self)), upsert=True
        )
        key = quote(self.unique_name.replace("'", "''"), safe=":/()", errors="surrogatepass")
        path = f"/applications(uniqueName='{key}')"
        yield f'registration="$graph"{sh(path)}'
        yield f"if ! {azcli.get('$registration')} >/dev/null 2>&1; then"
        yield f"  {create} >/dev/null"
        yield "fi"
        yield f"app_id=$(again {azcli.get('$registration', 'appId')})"
        yield f"object_id=$(again {azcli.get('$registration', 'id')})"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def preview(self, wiring: Wiring) -> Wiring:
        """Return the wiring as it is: the registration is nothing without its ids."""
        return wiring

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Upsert by unique name."""
        made = azure.directory.upsert_application(self.unique_name, registration_body(self))
        return wiring.with_target(registration=made)


def registration_body(change: CreateRegistration) -> dict[str, Any]:
    """Return what the upsert sends: nothing that may be added to a registration later."""
    body: dict[str, Any] = {
        "displayName": change.display_name,
        "signInAudience": "AzureADMyOrg",
        "api": {"requestedAccessTokenVersion": V2_TOKENS},
    }
    if change.service_management_reference:
        body["serviceManagementReference"] = change.service_management_reference
    return body


@dataclass(frozen=True, slots=True)
class RestoreRegistration:
    """Bring the registration back that miwire made, which was deleted softly (FACTS 2.10)."""

    display_name: str
    action = "restore-registration"

    @property
    def summary(self) -> str:
        """Say it for people."""
        return (
            f"Entra ID: restore the deleted app registration {self.display_name} with its client ID"
        )

    def az(self, _: Cloud, wiring: Wiring) -> Iterator[str]:
        """Yield the az commands that do the same; ids that nobody knows yet are variables."""
        gone = wiring.the_target.registration
        yield from azcli.restore(gone.object_id if gone else "")

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def preview(self, wiring: Wiring) -> Wiring:
        """Return the wiring with the registration among the living."""
        return wiring.with_target(registration=replace(the_registration(wiring), deleted=False))

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Restore by object id; its service principal has to be restored for itself."""
        azure.directory.restore(the_registration(wiring).object_id)
        return self.preview(wiring)


@dataclass(frozen=True, slots=True)
class DefineApi:
    """Give the registration its identifier URI, an app role and v2 tokens, whichever it lacks."""

    role: str | None
    uri: bool
    v2_tokens: bool
    action = "define-api"

    @property
    def summary(self) -> str:
        """Say it for people."""
        parts = (
            ("identifier URI api://<client id>", self.uri),
            (f"app role {self.role}", self.role),
            ("v2 tokens", self.v2_tokens),
        )
        return "Entra ID: configure the registration with " + " and ".join(
            text for text, wanted in parts if wanted
        )

    def az(self, _: Cloud, wiring: Wiring) -> Iterator[str]:
        """Yield the az commands that do the same; ids that nobody knows yet are variables."""
        yield 'application="$graph/applications/$object_id"'
        if self.v2_tokens:
            body = azcli.body({"api": {"requestedAccessTokenVersion": V2_TOKENS}})
            yield azcli.send("patch", "$application", body)
        if self.uri:
            patch = azcli.send("patch", "$application", '"{\\"identifierUris\\": $uris}"')
            yield f"uris=$(again {azcli.get('$application', 'identifierUris', 'json')})"
            yield 'case "$uris" in'
            yield '  *"\\"api://$app_id\\""*) ;;'
            yield '  "[]") uris="[\\"api://$app_id\\"]" ;;'
            yield '  *) uris="${uris%]*}, \\"api://$app_id\\"]" ;;'
            yield "esac"
            yield f"again {patch}"
        if self.role:
            api = wiring.the_target.registration or unique_name(wiring.the_target.ref)
            role = backtickless(ascii_json(dict(new_role(api, self.role).document)))
            found = azcli.get("$application", f"length(appRoles[?value=={jmespath(self.role)}])")
            merged = azcli.get("$application", f"{{appRoles: [appRoles, `[{role}]`][]}}", "json")
            patch = azcli.send("patch", "$application", '"$roles"')
            yield f'if [ "$({found})" = 0 ]; then'
            yield f"  roles=$({merged})"
            yield f"  again {patch}"
            yield "fi"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Send whole collections: what is in them goes back unchanged."""
        before, defined = the_registration(wiring), self.preview(wiring)
        after = the_registration(defined)
        body: dict[str, Any] = {}
        if after.token_version != before.token_version:
            body["api"] = {"requestedAccessTokenVersion": after.token_version}
        if after.identifier_uris != before.identifier_uris:
            body["identifierUris"] = list(after.identifier_uris)
        if after.app_roles != before.app_roles:
            body["appRoles"] = [dict(role.document) for role in after.app_roles]
        if body:
            azure.directory.update_application(
                after.object_id, body, f"define the API {after.display_name}"
            )
        return defined

    def preview(self, wiring: Wiring) -> Wiring:
        """Add what is missing: somebody else may have made a part of it since the plan."""
        now = the_registration(wiring)
        if self.v2_tokens:
            now = replace(now, token_version=V2_TOKENS)
        if self.uri and now.uri not in now.identifier_uris:
            now = replace(now, identifier_uris=(*now.identifier_uris, now.uri))
        if self.role and now.role(self.role) is None:
            now = replace(now, app_roles=(*now.app_roles, new_role(now, self.role)))
        return wiring.with_target(registration=now)


@dataclass(frozen=True, slots=True)
class RestoreDeleted:
    """Bring a registration back that a run deleted, and its service principal."""

    registration_id: str
    principal_id: str | None
    """Object ids."""
    action = "restore-registration"
    no_az = azcli.NOTHING_HANDED_OFF

    @property
    def summary(self) -> str:
        """Say it for people."""
        return "Entra ID: restore the deleted app registration and service principal with their IDs"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def preview(self, wiring: Wiring) -> Wiring:
        """Return the wiring as it is: what is in the registration shows once it is restored."""
        return wiring

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Restore both: the one does not bring the other back."""
        azure.directory.restore(self.registration_id)
        if self.principal_id:
            azure.directory.restore(self.principal_id)
        view = azure.waiter.until(
            lambda: _both(azure.directory.look(unique_name=unique_name(wiring.the_target.ref))),
            for_what="the restored registration to be readable",
        )
        return wiring.with_target(
            registration=view.registration,
            service_principal=view.service_principal,
            assignments=view.assignments,
        )


def _both(view: DirectoryView) -> DirectoryView | None:
    return view if view.registration and view.service_principal else None


@dataclass(frozen=True, slots=True)
class RetractApi:
    """Take back what a run added to a registration that was there before it."""

    role_ids: frozenset[str]
    uris: frozenset[str]
    token_version: int | None
    action = "retract-api"
    no_az = azcli.NOTHING_HANDED_OFF

    @property
    def summary(self) -> str:
        """Say it for people."""
        return "Entra ID: restore the app roles, identifier URIs and token version"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Disable the roles first: Graph refuses to remove an enabled one (FACTS 2.2)."""
        now, retracted = the_registration(wiring), self.preview(wiring)
        after = the_registration(retracted)
        doing = f"restore the former values of {now.display_name}"
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

    def preview(self, wiring: Wiring) -> Wiring:
        """Return the wiring with what stays of the registration."""
        now = the_registration(wiring)
        after = replace(
            now,
            app_roles=tuple(role for role in now.app_roles if role.id not in self.role_ids),
            identifier_uris=tuple(each for each in now.identifier_uris if each not in self.uris),
            token_version=self.token_version,
        )
        return wiring.with_target(registration=after)


@dataclass(frozen=True, slots=True)
class DeleteRegistration:
    """Delete the registration that a run made: softly, never for good."""

    name: str
    action = "delete-registration"
    no_az = azcli.NOTHING_HANDED_OFF

    @property
    def summary(self) -> str:
        """Say it for people."""
        return f"Entra ID: delete app registration {self.name} (can be restored for 30 days)"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return WRITING

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Delete it, and the tenant's service principal of it with it."""
        azure.directory.delete_registration(the_registration(wiring).object_id)
        return self.preview(wiring)

    def preview(self, wiring: Wiring) -> Wiring:
        """Return the wiring without it, and without what hangs from it."""
        return wiring.with_target(registration=None, service_principal=None, assignments=())
