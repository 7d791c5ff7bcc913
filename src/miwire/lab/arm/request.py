"""A request to ARM and its answer, apart from HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from miwire.lab.arm import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.lab.documents import Document
    from miwire.lab.state.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Caller:
    """Who holds the token: client id, object id, and the ARM actions that may be performed."""

    client_id: str
    object_id: str
    rights: tuple[str, ...]
    refused: tuple[str, ...] = ()
    """Actions that are taken out of the rights, as a role's notActions are."""

    def may(self, action: str) -> bool:
        """Say whether a right covers *action*; `*` stands for any characters, case for nothing."""
        allowed = any(_covers(right, action) for right in self.rights)
        return allowed and not any(_covers(each, action) for each in self.refused)


@dataclass(frozen=True, slots=True)
class ArmRequest:
    """A request by somebody whose token is good."""

    tenant: Tenant
    caller: Caller
    method: str
    segments: tuple[str, ...]
    """The path, decoded, without its empty segments: SDKs double a slash here and there."""
    api_version: str
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def folded(self) -> tuple[str, ...]:
        """The path in lower case, as ARM compares it."""
        return tuple(segment.lower() for segment in self.segments)

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing: GET, and the POST …/list that reads secrets."""
        return self.method in {"GET", "HEAD"} or (
            self.method == "POST" and self.folded[-1:] == ("list",)
        )

    @property
    def path(self) -> str:
        """The path as the caller wrote it."""
        return self.scope(len(self.segments))

    def scope(self, length: int) -> str:
        """Return the resource id that the first *length* segments make."""
        return "/" + "/".join(self.segments[:length])

    def demand(self, action: str, scope: str) -> None:
        """Raise ArmError (403) unless the caller may perform *action* on *scope*."""
        caller = self.caller
        if not caller.may(action):
            raise errors.forbidden(caller.client_id, caller.object_id, action, scope)
        for refused, code in self.tenant.faults.arm_refusals.items():
            if _covers(refused, action):
                raise _refusal(code, caller, action, scope)

    def document(self) -> Document:
        """Return the body as a JSON object; raises ArmError (400) if it is none."""
        if not isinstance(self.body, dict):
            raise errors.content_invalid("The request body must be a JSON object.")
        return self.body

    def refused_method(self) -> errors.ArmError:
        """Return the refusal of a method that the path does not have."""
        return errors.method_not_allowed(self.method, self.path)


PROVIDER_JSON = {"content-type": "application/json"}
"""How Microsoft.Web labels its answers; the front door's own name a character set, too."""


@dataclass(frozen=True, slots=True)
class ArmResponse:
    """
    A status, a body, and the headers that belong to this answer.

    The body is a JSON value, text of the content type that the headers name, or None for none.
    """

    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)


def inner(document: Document, name: str) -> Document:
    """Return a member that is an object, {} for none; raises ArmError (400) for another type."""
    found = document.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise errors.content_invalid(f"Unexpected type of value. Path '{name}'.")
    return found


def _refusal(code: str, caller: Caller, action: str, scope: str) -> errors.ArmError:
    """Return the refusal that the fault armRefusals names *code*, of an action that is allowed."""
    allowed = caller.client_id, caller.object_id, action, scope
    group = "/".join(scope.split("/")[:5])
    match code:
        case "DenyAssignmentAuthorizationFailed":
            deny = uuid5(NAMESPACE_URL, group)
            stack = f"{group}/providers/Microsoft.Resources/deploymentStacks/story"
            name = f"Deny assignment '{deny}' created by Deployment Stack '{stack}'."
            return errors.deny_assignment(*allowed, name, deny.hex, group)
        case "LinkedAuthorizationFailed":
            plan = f"{group}/providers/Microsoft.Web/serverfarms/plan"
            return errors.linked_forbidden(*allowed, "Microsoft.Web/serverfarms/join/action", plan)
        case "ScopeLocked":
            return errors.scope_locked(scope, group)
        case _:
            return errors.disallowed_by_policy(scope)


def _covers(right: str, action: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in right.split("*"))
    return re.fullmatch(pattern, action, re.IGNORECASE) is not None
