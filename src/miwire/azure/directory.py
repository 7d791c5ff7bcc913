"""Registrations, service principals and app role assignments, through Microsoft Graph."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from miwire.azure.directory_reader import Reading, Wanted
from miwire.azure.error_mapping import fault
from miwire.azure.graph_client import GraphSession, Reply, native
from miwire.azure.graph_json import application, assignment, request_body, service_principal
from miwire.errors import WaitTimeout
from miwire.model.directory import AppRoleAssignment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from miwire.azure.context import Context
    from miwire.model.directory import AppRegistration, DirectoryView, ServicePrincipal

_UPSERT = {"Prefer": "create-if-missing"}
_HTTP_NOT_FOUND = 404
_ASSIGNED_IN_OTHER_WORDS = "EntitlementGrant entry already exists"
_NOT_YET = (
    _ASSIGNED_IN_OTHER_WORDS,
    "does not reference a valid application object",
    "the backing application of the service principal being created must in the local tenant",
    "Not a valid reference update",
    "does not exist or one of its queried reference-property objects are not present",
    "Permission being assigned was not found on application",
)
"""What Graph says for a while of what was just made; azure-cli and terraform retry on these."""
_ALREADY_ASSIGNED = "Permission being assigned already exists on the object"
_NOT_ASSIGNED = "EntitlementGrant being updated or deleted is not found"
"""Graph's newer words for the same and for a 404; both count once a read agrees."""
_NAME_TAKEN = "same value for property uniqueName already exists"


class Directory:
    """The adapter: domain values in and out, MiwireErrors only."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @cached_property
    def _graph(self) -> GraphSession:
        # Before anything is looked up: in another tenant's directory nothing would be found.
        self._context.refuse_other_tenant(self._context.cloud.graph_scope)
        return GraphSession(self._context)

    @property
    def sent(self) -> int:
        """How many requests were sent to Microsoft Graph; a batch is one."""
        return self._graph.sent if "_graph" in self.__dict__ else 0

    @property
    def _reading(self) -> Reading:
        return Reading(self._graph)

    def look(  # noqa: PLR0913  as many as Wanted has
        self,
        *,
        app_id: str | None = None,
        unique_name: str | None = None,
        display_name: str | None = None,
        principal_ids: tuple[str, ...] = (),
        client_ids: tuple[str, ...] = (),
        app_ids: tuple[str, ...] = (),
        or_deleted: bool = False,
    ) -> DirectoryView:
        """Read a registration with all that hangs from it, and other objects: see Wanted."""
        return self._reading.look(
            Wanted(
                app_id,
                unique_name,
                display_name,
                principal_ids,
                client_ids,
                app_ids,
                or_deleted=or_deleted,
            )
        )

    def service_principal(self, object_id: str) -> ServicePrincipal | None:
        """Return a service principal by its object id."""
        return self.look(principal_ids=(object_id,)).principals[object_id]

    def managed_identity_of(self, resource_id: str) -> ServicePrincipal | None:
        """Return the service principal of an ARM resource's system-assigned identity."""
        return self._reading.managed_identity_of(resource_id)

    def upsert_application(self, unique_name: str, body: Mapping[str, Any]) -> AppRegistration:
        """Make the registration of that unique name, or update it, and return it."""
        item = self._graph.client.applications_with_unique_name(unique_name)
        doing = f"create the app registration {unique_name}"
        call = item.patch(request_body(body), native(_UPSERT))
        made = self._graph.send(call, doing)
        if _NAME_TAKEN in _message(made):
            # Nothing alive has that name: it is reserved for one that was deleted softly.
            gone = self._reading.deleted_registration(unique_name)
            if gone is not None:
                return application(self.restore(gone.object_id))
        self._written(lambda: made, doing)
        if made.body:
            return application(made.body)
        return self._context.waiter.until(
            lambda: self.look(unique_name=unique_name).registration,
            for_what=f"the app registration {unique_name} to be readable",
        )

    def update_application(self, object_id: str, body: Mapping[str, Any], doing: str) -> None:
        """Set members of a registration; a collection among them is replaced whole."""
        item = self._graph.client.applications.by_application_id(object_id)
        self._settled(
            lambda: self._graph.send(item.patch(request_body(body), native()), doing), doing
        )

    def upsert_service_principal(self, app_id: str, body: Mapping[str, Any]) -> ServicePrincipal:
        """Make the registration's service principal, or update it, and return it."""
        item = self._graph.client.service_principals_with_app_id(app_id)
        doing = f"create the service principal of {app_id}"
        made = self._settled(
            lambda: self._graph.send(item.patch(request_body(body), native(_UPSERT)), doing), doing
        )
        if made.body:
            return service_principal(made.body)
        found = self._context.waiter.until(
            lambda: self.look(client_ids=(app_id,)).principals[app_id],
            for_what=f"the service principal of {app_id} to be readable",
        )
        # A read may still show what was before the update.
        required = body.get("appRoleAssignmentRequired", found.assignment_required)
        return replace(found, assignment_required=required)

    def assign(self, principal_id: str, resource_id: str, role_id: str) -> AppRoleAssignment:
        """Give a principal an app role of a resource; that it has it already is fine."""
        item = self._graph.client.service_principals.by_service_principal_id(resource_id)
        body = {"principalId": principal_id, "resourceId": resource_id, "appRoleId": role_id}
        doing = f"assign the app role to {principal_id}"

        def attempt() -> Reply:
            reply = self._graph.send(
                item.app_role_assigned_to.post(request_body(body), native()), doing
            )
            if _ASSIGNED_IN_OTHER_WORDS in _message(reply):
                held = self._reading.assignment_of(resource_id, principal_id, role_id)
                return Reply(200, held) if held is not None else reply
            return reply

        made = self._settled(attempt, doing, fine=_ALREADY_ASSIGNED)
        return assignment(made.body) if made.ok else AppRoleAssignment(principal_id, role_id)

    def unassign(self, resource_id: str, assignment_id: str) -> None:
        """Take an app role assignment away; that it is gone already is fine."""
        item = self._graph.client.service_principals.by_service_principal_id(resource_id)
        held = item.app_role_assigned_to.by_app_role_assignment_id(assignment_id)
        self._gone(
            lambda: held.delete(native()),
            "remove an app role assignment",
            lambda: self._reading.is_assigned(resource_id, assignment_id),
        )

    def delete_registration(self, object_id: str) -> None:
        """Delete a registration softly, and the tenant's service principal of it with it."""
        item = self._graph.client.applications.by_application_id(object_id)
        self._gone(
            lambda: item.delete(native()),
            f"delete the app registration {object_id}",
            lambda: self._reading.is_there("applications", object_id),
        )

    def delete_service_principal(self, object_id: str) -> None:
        """Delete a service principal softly."""
        item = self._graph.client.service_principals.by_service_principal_id(object_id)
        self._gone(
            lambda: item.delete(native()),
            f"delete the service principal {object_id}",
            lambda: self._reading.is_there("servicePrincipals", object_id),
        )

    def restore(self, object_id: str) -> Mapping[str, Any]:
        """Bring a registration or a service principal back, with its ids, as Graph shows it."""
        doing = f"restore {object_id} from the deleted items"
        item = self._graph.client.directory.deleted_items.by_directory_object_id(object_id)
        restored = self._settled(
            lambda: self._graph.send(item.restore.post(native()), doing), doing
        )
        document: Mapping[str, Any] = restored.body
        return document

    def close(self) -> None:
        """Close the connections."""
        if "_graph" in self.__dict__:
            self._graph.close()

    def _gone(
        self, delete: Callable[[], Awaitable[Any]], doing: str, still_there: Callable[[], bool]
    ) -> None:
        """Delete, and take a 404 for it only once reading does not find it either."""

        def attempt() -> bool | None:
            reply = self._graph.send(delete(), doing)
            if reply.status == _HTTP_NOT_FOUND or _NOT_ASSIGNED in _message(reply):
                return None if still_there() else True
            return self._written(lambda: reply, doing).ok

        self._context.waiter.until(attempt, for_what=f"Graph to {doing}")

    def _written(self, send: Callable[[], Reply], doing: str, fine: str | None = None) -> Reply:
        reply = send()
        if not reply.ok and not (fine and fine in _message(reply)):
            raise fault(reply.status, reply.body, doing)
        return reply

    def _settled(self, send: Callable[[], Reply], doing: str, fine: str | None = None) -> Reply:
        """Send again while Graph's replicas do not yet agree that something exists."""
        last = Reply(0, None)

        def attempt() -> Reply | None:
            nonlocal last
            last = send()
            if any(text in _message(last) for text in _NOT_YET):
                return None
            return self._written(lambda: last, doing, fine)

        try:
            return self._context.waiter.until(attempt, for_what=f"Graph to {doing}")
        except WaitTimeout as error:
            error.message += f" Last response: {fault(last.status, last.body, doing).message}"
            raise


def _message(reply: Reply) -> str:
    error = reply.body.get("error") if isinstance(reply.body, dict) else None
    return str(error.get("message") or "") if isinstance(error, dict) and not reply.ok else ""
