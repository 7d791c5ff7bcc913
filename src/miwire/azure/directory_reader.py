"""Reading Microsoft Graph: a registration with all that hangs from it, in one round or two."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from miwire.azure.error_mapping import fault
from miwire.azure.graph_json import (
    APPLICATION_MEMBERS,
    SERVICE_PRINCIPAL_MEMBERS,
    application,
    assignment,
    service_principal,
)
from miwire.azure.shapes import entries, members, readable
from miwire.errors import Unreachable
from miwire.model.directory import DirectoryView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from miwire.azure.graph_client import GraphSession, Reply
    from miwire.model.directory import AppRegistration, AppRoleAssignment, ServicePrincipal

_HTTP_NOT_FOUND = 404
_APP = f"?$select={APPLICATION_MEMBERS}"
_SP = f"?$select={SERVICE_PRINCIPAL_MEMBERS}"
_DELETED = "/directory/deletedItems/microsoft.graph."
_DOING = "read the directory"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for: a registration by *app_id*, else by *unique_name*; and principals."""

    app_id: str | None = None
    unique_name: str | None = None
    display_name: str | None = None
    """Under which to look among the deleted items, where nothing alive has the unique name."""
    principal_ids: tuple[str, ...] = ()
    """Object ids of service principals."""
    client_ids: tuple[str, ...] = ()
    """App ids of service principals."""
    app_ids: tuple[str, ...] = ()
    """App ids of other registrations."""
    or_deleted: bool = False
    """Whether *app_id* is looked for among the deleted items as well, which takes two rounds."""

    def paths(self) -> Iterator[str]:
        """Yield what the first round asks for."""
        yield from (f"/servicePrincipals/{_key(each)}{_SP}" for each in self.principal_ids)
        yield from (f"/servicePrincipals(appId='{_key(each)}'){_SP}" for each in self.client_ids)
        yield from (f"/applications(appId='{_key(each)}'){_APP}" for each in self.app_ids)
        if self.app_id:
            yield f"/applications(appId='{_key(self.app_id)}'){_APP}"
            yield from _below(self.app_id)
        elif self.unique_name:
            yield f"/applications(uniqueName='{_key(self.unique_name)}'){_APP}"
            if self.display_name:
                named = f"&$filter=displayName eq '{_key(self.display_name)}'"
                yield f"{_DELETED}application{_APP}{named}"


class Reading:
    """Looks at the directory through one session."""

    def __init__(self, graph: GraphSession) -> None:
        self._graph = graph

    def look(self, wanted: Wanted) -> DirectoryView:
        """
        Read all that is wanted at one time.

        A registration that is known by its unique name takes a second round: what hangs from it is
        addressed by its client id.
        """
        paths = list(wanted.paths())
        replies = iter(self._read(paths) if paths else [])
        ids = (*wanted.principal_ids, *wanted.client_ids)
        principals = {each: _found(service_principal, next(replies)) for each in ids}
        others = {each: _found(application, next(replies)) for each in wanted.app_ids}
        if not wanted.app_id and not wanted.unique_name:
            return DirectoryView(principals=principals, registrations=others)
        registration = _found(application, next(replies))
        if registration is None:
            gone = self._gone(wanted, replies)
            return replace(gone, principals=principals, registrations=others)
        if not wanted.app_id:
            replies = iter(self._read(_below(registration.app_id)))
        principal = _found(service_principal, next(replies))
        assigned, owners = next(replies), _owners(next(replies))
        held = self._assignments(assigned) if principal else ()
        return DirectoryView(registration, principal, held, owners, principals, others)

    def managed_identity_of(self, resource_id: str) -> ServicePrincipal | None:
        """
        Return the service principal that bears the resource's id among its alternative names.

        Graph filters by them without an advanced query. It was recorded to hold the id with
        `resourcegroups` in lower case; whether it compares without case was not.
        """
        ids = dict.fromkeys(
            (resource_id, resource_id.replace("/resourceGroups/", "/resourcegroups/"))
        )
        named = " or ".join(f"alternativeNames/any(n:n eq '{_key(each)}')" for each in ids)
        (first,) = self._read([f"/servicePrincipals{_SP}&$filter={named}"])
        found = (service_principal(each) for each in self._all(first, _DOING))
        return next((each for each in found if each.is_managed_identity), None)

    def deleted_registration(self, unique_name: str) -> AppRegistration | None:
        """Return the registration of that unique name from among all deleted ones."""
        (first,) = self._read([f"{_DELETED}application{_APP}&$top=999"])
        found = (application(each) for each in self._all(first, "read the deleted registrations"))
        return next((each for each in found if each.unique_name == unique_name), None)

    def is_there(self, collection: str, object_id: str) -> bool:
        """Say whether a collection holds an object of that id."""
        (reply,) = self._read([f"/{collection}/{_key(object_id)}?$select=id"])
        return bool(_found(bool, reply))

    def is_assigned(self, resource_id: str, assignment_id: str) -> bool:
        """Say whether a service principal has that app role assignment."""
        path = f"/servicePrincipals/{_key(resource_id)}/appRoleAssignedTo?$top=999"
        (reply,) = self._read([path])
        if reply.status == _HTTP_NOT_FOUND:
            return False
        return any(each.id == assignment_id for each in self._assignments(reply))

    def assignment_of(
        self, resource_id: str, principal_id: str, role_id: str
    ) -> Mapping[str, Any] | None:
        """Return a principal's assignment of an app role, as Graph shows it; None: it has none."""
        path = f"/servicePrincipals/{_key(resource_id)}/appRoleAssignedTo?$top=999"
        (reply,) = self._read([path])
        wanted = principal_id.lower(), role_id.lower()
        for each in self._all(reply, "read the app role assignments"):
            if (str(each.get("principalId")).lower(), str(each.get("appRoleId")).lower()) == wanted:
                return each
        return None

    def _gone(self, wanted: Wanted, replies: Iterator[Reply]) -> DirectoryView:
        """Return the registration that is wanted, where it was deleted softly."""
        if not wanted.app_id:
            return self._deleted(
                next(replies, None), lambda each: each.unique_name == wanted.unique_name
            )
        if not wanted.or_deleted:
            return DirectoryView()
        named = f"&$filter=appId eq '{_key(wanted.app_id)}'"
        (reply,) = self._read([f"{_DELETED}application{_APP}{named}"])
        app_id = wanted.app_id.casefold()
        return self._deleted(reply, lambda each: each.app_id.casefold() == app_id)

    def _deleted(
        self, reply: Reply | None, is_wanted: Callable[[AppRegistration], bool]
    ) -> DirectoryView:
        """Return a registration that was deleted softly, and its service principal with it."""
        if reply is None or not reply.ok or not isinstance(reply.body, dict):
            return DirectoryView()
        found = [application(each) for each in _values(reply.body, _DOING)]
        ours = next(filter(is_wanted, found), None)
        if ours is None:
            return DirectoryView()
        named = f"&$filter=appId eq '{_key(ours.app_id)}'"
        (answer,) = self._read([f"{_DELETED}servicePrincipal{_SP}{named}"])
        principals = _values(answer.body, _DOING) if answer.ok else []
        principal = next((service_principal(each) for each in principals), None)
        return DirectoryView(
            replace(ours, deleted=True), replace(principal, deleted=True) if principal else None
        )

    def _read(self, paths: list[str]) -> list[Reply]:
        return self._graph.get_all(paths, _DOING)

    def _assignments(self, reply: Reply) -> tuple[AppRoleAssignment, ...]:
        found = self._all(reply, "read the app role assignments")
        return tuple(assignment(each) for each in found)

    def _all(self, reply: Reply, doing: str) -> Iterator[Mapping[str, Any]]:
        """Yield the objects of a reply and of the pages after it."""
        while True:
            refuse_failure(reply, doing)
            yield from _values(reply.body, doing)
            link = reply.body.get("@odata.nextLink")
            if not link:
                return
            try:
                path = urlsplit(str(link))
            except ValueError as error:
                raise Unreachable(
                    f"Could not {doing}: the next-page link of Microsoft Graph is missing."
                ) from error
            below = path.path.partition("/v1.0")[2]
            (reply,) = self._read([f"{below}?{path.query}"])


def refuse_failure(reply: Reply, doing: str) -> None:
    """Raise what a reply that is no success means."""
    if not reply.ok or not isinstance(reply.body, dict):
        raise fault(reply.status, reply.body, doing)


def _below(app_id: str) -> list[str]:
    principal = f"/servicePrincipals(appId='{_key(app_id)}')"
    owners = f"/applications(appId='{_key(app_id)}')/owners?$select=id"
    return [f"{principal}{_SP}", f"{principal}/appRoleAssignedTo?$top=999", owners]


def _key(text: str) -> str:
    """Write a key into a path; a quote in an OData literal is doubled."""
    return quote(text.replace("'", "''"), safe="", errors="surrogatepass")


def _found(of: Callable[[Mapping[str, Any]], Any], reply: Reply) -> Any:  # noqa: ANN401
    if reply.status == _HTTP_NOT_FOUND:
        return None
    refuse_failure(reply, _DOING)
    return of(reply.body)


def _owners(reply: Reply) -> tuple[str, ...] | None:
    if not reply.ok or not isinstance(reply.body, dict):
        return None
    return tuple(str(each.get("id")) for each in _values(reply.body, _DOING))


def _values(body: object, doing: str) -> list[Mapping[str, Any]]:
    """Return the objects of a collection; raises Unreachable for what is none."""
    with readable(doing, "Microsoft Graph"):
        return [members(each) for each in entries(members(body).get("value"))]
