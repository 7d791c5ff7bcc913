"""What a run changed, as its record tells it: read strictly, and written without secrets."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from miwire.errors import BadRequest
from miwire.model.app_setting import checked_name, is_scope
from miwire.model.auth_settings import KNOWN, AuthSettings
from miwire.model.site import SiteRef
from miwire.redaction import without_tokens

if TYPE_CHECKING:
    from miwire.model.app_setting import AppSetting
    from miwire.model.auth_settings import Difference
    from miwire.model.directory import AppRegistration, ServicePrincipal
    from miwire.model.site import Site
    from miwire.model.wiring import Wiring

SCHEMA_VERSION = 2
NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_MAKING = {
    "registration": {"create-registration", "restore-registration"},
    "servicePrincipal": {"create-service-principal", "restore-service-principal"},
    "identity": {"enable-identity"},
}
_COMMANDS = {"protect", "connect", "grant", "revoke", "undo", "doctor"}


@dataclass(frozen=True, slots=True)
class Run:
    """What one run changed, and what was before it."""

    name: str
    started_at: str
    command: str
    source_id: str | None
    target_id: str
    undoes: str | None
    ended: bool
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    """What was after the last change that is known to have been made, or after the next one."""
    planned: tuple[str, ...]
    """The authentication settings that it was going to change."""
    summaries: tuple[str, ...]
    actions: tuple[str, ...]
    """What its changes are for programs, in the same order."""
    done: int

    def made(self, part: str, object_id: str) -> bool:
        """
        Say whether it made this object, a *part* of an image: as is recorded, or as may well be.

        A run that broke off in the middle of making one had no time to write down its id.
        """
        before, after = (_object_id(each[part]) for each in (self.before, self.after))
        if before is not None:
            return False
        if after is not None:
            return after == object_id
        begun = self.actions[self.done : self.done + 1]
        return any(each in _MAKING[part] for each in begun)

    @classmethod
    def parse(cls, document: Any, name: str) -> Self:  # noqa: ANN401  JSON is any value
        """Read the record of the run of that name; raises ValueError for anything else."""
        try:
            return cls._parsed(document, name)
        except (KeyError, TypeError, AttributeError, BadRequest) as error:
            raise ValueError("it isn't a record of a run") from error

    @classmethod
    def _parsed(cls, document: Any, name: str) -> Self:  # noqa: ANN401
        _demand(document["schemaVersion"] == SCHEMA_VERSION and document["run"] == name)
        _demand(NAME.fullmatch(name) and _MOMENT.fullmatch(document["startedAt"]))
        _demand(document["command"] in _COMMANDS and isinstance(document["ended"], bool))
        source, undoes = document["source"], document["undoes"]
        _demand(undoes is None or NAME.fullmatch(undoes))
        settings = [document[each].get("appSetting") for each in ("before", "after")]
        _demand(len({each["name"] for each in settings if each is not None}) <= 1)
        changes = document["changes"]
        _demand(all(isinstance(each["done"], bool) for each in changes))
        return cls(
            name=name,
            started_at=document["startedAt"],
            command=document["command"],
            source_id=SiteRef.parse(source).id if source is not None else None,
            target_id=SiteRef.parse(document["target"]).id,
            undoes=undoes,
            ended=document["ended"],
            before=_image(document["before"]),
            after=_image(document["after"]),
            planned=_strings(document["planned"]),
            summaries=_strings([each["summary"] for each in changes]),
            actions=_strings([each["action"] for each in changes]),
            done=sum(each["done"] for each in changes),
        )


def _image(document: Any) -> Mapping[str, Any]:  # noqa: ANN401
    """Return an image (see `domain.image`) whose every member has its type."""
    registration, principal = document["registration"], document["servicePrincipal"]
    identity = document["identity"]
    _demand(isinstance(document["authSettings"], dict))
    if registration is not None:
        _strings([registration["objectId"], registration["appId"]])
        _strings(registration["identifierUris"])
        _strings([role[member] for role in registration["appRoles"] for member in ("id", "value")])
        _demand(registration["requestedAccessTokenVersion"] in (None, 1, 2))
    if principal is not None:
        _strings([principal["objectId"]])
        _demand(isinstance(principal["appRoleAssignmentRequired"], bool))
    for each in document["assignments"]:
        _strings([each["principalId"], each["appRoleId"]])
    if identity is not None:
        _strings(identity["userAssigned"])
        _demand(isinstance(identity["principalId"], str | None))
    setting = document.setdefault("appSetting", None)  # absent in records of earlier versions
    if setting is not None:
        checked_name(setting["name"])
        _demand(setting["value"] is None or is_scope(setting["value"]))
        _demand(isinstance(setting["slotSetting"], bool | None))
    found: Mapping[str, Any] = document
    return found


def _object_id(part: Mapping[str, Any] | None) -> str | None:
    """Return the object id in a part of an image; of an identity it is the principal's."""
    found = part and (part.get("objectId") or part.get("principalId"))
    return str(found) if found else None


def _strings(values: Any) -> tuple[str, ...]:  # noqa: ANN401
    _demand(isinstance(values, list) and all(isinstance(each, str) for each in values))
    return tuple(values)


def _demand(holds: object) -> None:
    if not holds:
        raise ValueError("it isn't a record of a run")


def image(wiring: Wiring) -> dict[str, Any]:
    """Return what is, in so far as a run may change it."""
    target = wiring.the_target
    return {
        "authSettings": recorded(target.settings.properties),
        "registration": _registration(target.registration),
        "servicePrincipal": _principal(target.service_principal),
        "assignments": sorted(
            (
                {"principalId": each.principal_id, "appRoleId": each.app_role_id}
                for each in target.assignments
            ),
            key=lambda each: (each["principalId"], each["appRoleId"]),
        ),
        "identity": _identity(wiring.source.site if wiring.source else None),
        "appSetting": _app_setting(wiring.scope_setting),
    }


def recorded(value: Any, path: str = "") -> Any:  # noqa: ANN401  a JSON value is anything
    """
    Return settings with only those values that miwire knows, and of the others a digest each.

    Comparing two images shows whether anything changed, but not what a member of another
    meaning holds: it may be a secret, whatever its name.
    """
    if isinstance(value, Mapping) and value:
        return {
            name: recorded(each, f"{path}.{name}" if path else name) for name, each in value.items()
        }
    if path in KNOWN:
        return _of_no_token(value)
    if value is None or isinstance(value, bool) or value in ({}, []):
        return value
    text = json.dumps(value, sort_keys=True, default=str)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _of_no_token(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, list):
        return [_of_no_token(each) for each in value]
    return without_tokens(value) if isinstance(value, str) else value


def _registration(registration: AppRegistration | None) -> dict[str, Any] | None:
    if registration is None or registration.deleted:
        return None
    return {
        "objectId": registration.object_id,
        "appId": registration.app_id,
        "requestedAccessTokenVersion": registration.token_version,
        "identifierUris": list(registration.identifier_uris),
        "appRoles": [{"id": role.id, "value": role.value} for role in registration.app_roles],
    }


def _principal(principal: ServicePrincipal | None) -> dict[str, Any] | None:
    if principal is None or principal.deleted:
        return None
    return {
        "objectId": principal.object_id,
        "appRoleAssignmentRequired": principal.assignment_required,
    }


def _identity(source: Site | None) -> dict[str, Any] | None:
    if source is None:
        return None
    system = source.identity.system
    return {
        "principalId": system.principal_id if system else None,
        "userAssigned": sorted(each.id.lower() for each in source.identity.user_assigned),
    }


def _app_setting(setting: AppSetting | None) -> dict[str, Any] | None:
    """Return a setting by its name and the scope in it; another value isn't known here at all."""
    if setting is None:
        return None
    return {
        "name": setting.name,
        "value": setting.value,
        "slotSetting": setting.is_slot_setting,
    }


def changed(run: Run) -> tuple[Difference, ...]:
    """Return what a run itself changed in the settings, or was about to, setting by setting."""
    before, after = (AuthSettings(each["authSettings"]) for each in (run.before, run.after))
    differences = before.differences(after)
    return tuple(each for each in differences if each.path in run.planned)
