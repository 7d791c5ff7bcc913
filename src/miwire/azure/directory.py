"""Registrations, service principals and app role assignments, through Microsoft Graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from miwire.azure.faults import fault
from miwire.azure.graph_documents import (
    APPLICATION_MEMBERS,
    SERVICE_PRINCIPAL_MEMBERS,
    application,
    assignment,
    request_body,
    service_principal,
)
from miwire.azure.graph_session import GraphSession, native
from miwire.azure.patience import until
from miwire.domain.registration import AppRoleAssignment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from miwire.azure import Azure
    from miwire.azure.graph_session import Reply
    from miwire.domain.registration import AppRegistration, ServicePrincipal

_UPSERT = {"Prefer": "create-if-missing"}
_NOT_YET = (
    "does not reference a valid application object",
    "the backing application of the service principal being created must in the local tenant",
    "Not a valid reference update",
    "does not exist or one of its queried reference-property objects are not present",
    "Permission being assigned was not found on application",
)
"""What Graph says for a while of what was just made; azure-cli and terraform retry on these."""
_ALREADY_ASSIGNED = "Permission being assigned already exists on the object"


@dataclass(frozen=True, slots=True)
class DirectoryView:
    """What one look at the directory saw; None: looked, and it is not there."""

    registration: AppRegistration | None = None
    service_principal: ServicePrincipal | None = None
    assignments: tuple[AppRoleAssignment, ...] = ()
    principals: Mapping[str, ServicePrincipal | None] = field(default_factory=dict)
    """By the object id or client id that was asked for."""


class Directory:
    """The adapter: domain values in and out, MiwireErrors only."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure

    @cached_property
    def _graph(self) -> GraphSession:
        # Before anything is looked up: in another tenant's directory nothing would be found.
        self._azure.refuse_other_tenant(self._azure.cloud.graph_scope)
        return GraphSession(self._azure)

    def look(
        self,
        *,
        app_id: str | None = None,
        unique_name: str | None = None,
        principal_ids: tuple[str, ...] = (),
        client_ids: tuple[str, ...] = (),
    ) -> DirectoryView:
        """
        Read a registration with all that hangs from it, and other principals, at one time.

        The registration is found by *app_id*, else by *unique_name* (then what hangs from it takes
        a second round). *principal_ids* are object ids, *client_ids* are app ids.
        """
        paths = [f"/servicePrincipals/{_key(each)}{_SP}" for each in principal_ids]
        paths += [f"/servicePrincipals(appId='{_key(each)}'){_SP}" for each in client_ids]
        if app_id:
            paths += [f"/applications(appId='{_key(app_id)}'){_APP}", *_below(app_id)]
        elif unique_name:
            paths.append(f"/applications(uniqueName='{_key(unique_name)}'){_APP}")
        replies = iter(self._read(paths) if paths else [])
        principals = {
            each: _found(service_principal, next(replies)) for each in (*principal_ids, *client_ids)
        }
        if not app_id and not unique_name:
            return DirectoryView(principals=principals)
        registration = _found(application, next(replies))
        if registration is None:
            return DirectoryView(principals=principals)
        if not app_id:
            replies = iter(self._read(_below(registration.app_id)))
        principal = _found(service_principal, next(replies))
        held = self._assignments(next(replies)) if principal else ()
        return DirectoryView(registration, principal, held, principals)

    def service_principal(self, object_id: str) -> ServicePrincipal | None:
        """Return a service principal by its object id."""
        return self.look(principal_ids=(object_id,)).principals[object_id]

    def upsert_application(self, unique_name: str, body: Mapping[str, Any]) -> AppRegistration:
        """Make the registration of that unique name, or update it, and return it."""
        item = self._graph.client.applications_with_unique_name(unique_name)
        doing = f"create the app registration {unique_name}"
        call = item.patch(request_body(body), native(_UPSERT))
        made = self._written(lambda: self._graph.send(call, doing), doing)
        if made.body:
            return application(made.body)
        return until(
            lambda: self.look(unique_name=unique_name).registration,
            for_what=f"the app registration {unique_name} to be readable",
            seconds=self._azure.wait,
            pause=self._azure.pause,
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
        return until(
            lambda: self.look(client_ids=(app_id,)).principals[app_id],
            for_what=f"the service principal of {app_id} to be readable",
            seconds=self._azure.wait,
            pause=self._azure.pause,
        )

    def assign(self, principal_id: str, resource_id: str, role_id: str) -> AppRoleAssignment:
        """Give a principal an app role of a resource; that it has it already is fine."""
        item = self._graph.client.service_principals.by_service_principal_id(resource_id)
        body = {"principalId": principal_id, "resourceId": resource_id, "appRoleId": role_id}
        doing = f"assign the app role to {principal_id}"
        self._settled(
            lambda: self._graph.send(
                item.app_role_assigned_to.post(request_body(body), native()), doing
            ),
            doing,
            fine=_ALREADY_ASSIGNED,
        )
        return AppRoleAssignment(principal_id, role_id)

    def close(self) -> None:
        """Close the connections."""
        if "_graph" in self.__dict__:
            self._graph.close()

    def _read(self, paths: list[str]) -> list[Reply]:
        return self._graph.get_all(paths, "read the directory")

    def _assignments(self, reply: Reply) -> tuple[AppRoleAssignment, ...]:
        """Return the assignments of a reply and of the pages after it."""
        _refuse_failure(reply, "read the app role assignments")
        found = [assignment(each) for each in reply.body.get("value", ())]
        link = reply.body.get("@odata.nextLink")
        while link:
            path = urlsplit(link)
            below = path.path.partition("/v1.0")[2]
            (page,) = self._read([f"{below}?{path.query}"])
            _refuse_failure(page, "read the app role assignments")
            found += [assignment(each) for each in page.body.get("value", ())]
            link = page.body.get("@odata.nextLink")
        return tuple(found)

    def _written(self, send: Callable[[], Reply], doing: str, fine: str | None = None) -> Reply:
        reply = send()
        if not reply.ok and not (fine and fine in _message(reply)):
            raise fault(reply.status, reply.body, doing)
        return reply

    def _settled(self, send: Callable[[], Reply], doing: str, fine: str | None = None) -> Reply:
        """Send again while Graph's replicas do not yet agree that something exists."""

        def attempt() -> Reply | None:
            reply = send()
            if any(text in _message(reply) for text in _NOT_YET):
                return None
            return self._written(lambda: reply, doing, fine)

        return until(
            attempt, for_what=f"Graph to {doing}", seconds=self._azure.wait, pause=self._azure.pause
        )


_APP = f"?$select={APPLICATION_MEMBERS}"
_SP = f"?$select={SERVICE_PRINCIPAL_MEMBERS}"
_HTTP_NOT_FOUND = 404


def _below(app_id: str) -> list[str]:
    principal = f"/servicePrincipals(appId='{_key(app_id)}')"
    return [f"{principal}{_SP}", f"{principal}/appRoleAssignedTo?$top=999"]


def _key(text: str) -> str:
    """Write a key into a path; a quote in an OData literal is doubled."""
    return quote(text.replace("'", "''"), safe="")


def _found(of: Callable[[Mapping[str, Any]], Any], reply: Reply) -> Any:  # noqa: ANN401
    if reply.status == _HTTP_NOT_FOUND:
        return None
    _refuse_failure(reply, "read the directory")
    return of(reply.body)


def _refuse_failure(reply: Reply, doing: str) -> None:
    if not reply.ok or not isinstance(reply.body, dict):
        raise fault(reply.status, reply.body, doing)


def _message(reply: Reply) -> str:
    error = reply.body.get("error") if isinstance(reply.body, dict) else None
    return str(error.get("message") or "") if isinstance(error, dict) and not reply.ok else ""
