"""
What ARM answers when it refuses, in its two shapes.

The front door wraps `code` and `message` in `error`; Microsoft.Web itself answers with
capitalised members and no wrapper (both recorded by azure-cli and azure-dev).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from miwire.lab.documents import Document

_LEARN_MORE = "For more details please go to https://aka.ms/ARMResourceNotFoundFix"


class ArmError(Exception):
    """ARM refuses with *status* and *body*; *headers* are those of this refusal only."""

    def __init__(
        self, status: int, body: Document, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def front_door(status: int, code: str, message: str) -> ArmError:
    """Return a refusal of ARM's front door."""
    body = {"error": {"code": code, "message": message}}
    return ArmError(status, body, {"x-ms-failure-cause": "gateway"})


def provider(status: int, code: str, extended_code: str, template: str, *values: str) -> ArmError:
    """Return a refusal of Microsoft.Web; *values* fill `{0}`, `{1}` … in *template*."""
    message = template.format(*values)
    entity = {
        "ExtendedCode": extended_code,
        "MessageTemplate": template,
        "Parameters": list(values),
        "Code": code,
        "Message": message,
    }
    details = [{"Message": message}, {"Code": code}, {"ErrorEntity": entity}]
    return ArmError(
        status,
        {"Code": code, "Message": message, "Target": None, "Details": details, "Innererror": None},
    )


def unauthenticated(authority: str, code: str, message: str, description: str) -> ArmError:
    """Return a 401; *authority* is Entra ID's URL of the tenant to get a token from."""
    error = front_door(401, code, message)
    error.headers["WWW-Authenticate"] = (
        f'Bearer authorization_uri="{authority}", error="invalid_token",'
        f' error_description="{description}"'
    )
    return error


def forbidden(client_id: str, object_id: str, action: str, scope: str) -> ArmError:
    """Say that the caller holds no role that allows *action* on *scope* (azure-cli #29644)."""
    return front_door(
        403,
        "AuthorizationFailed",
        f"The client '{client_id}' with object id '{object_id}' does not have authorization to"
        f" perform action '{action}' over scope '{scope}' or the scope is invalid. If access was"
        " recently granted, please refresh your credentials.",
    )


def linked_forbidden(client_id: str, object_id: str, scope: str, linked: str) -> ArmError:
    """Say that the caller may change the site but not attach this identity."""
    return front_door(
        403,
        "LinkedAuthorizationFailed",
        f"The client '{client_id}' with object id '{object_id}' has permission to perform action"
        f" 'Microsoft.Web/sites/write' on scope '{scope}'; however, it does not have permission to"
        " perform action(s) 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action' on"
        f" the linked scope(s) '{linked}' (respectively) or the linked scope(s) are invalid.",
    )


def api_version_missing() -> ArmError:
    """Say that the query lacks api-version."""
    return front_door(
        400,
        "MissingApiVersionParameter",
        "The api-version query parameter (?api-version=) is required for all requests.",
    )


def api_version_invalid(given: str) -> ArmError:
    """Say that api-version is no date."""
    return front_door(
        400,
        "InvalidApiVersionParameter",
        f"The api-version '{given}' is invalid. The supported versions are"
        " '2025-05-01,2024-11-01,2024-04-01,2023-12-01,2022-03-01,2020-12-01'.",
    )


def query_invalid(name: str, value: str) -> ArmError:
    """Say that a query parameter such as `$top` holds something else than it should."""
    message = f"The value '{value}' of the query parameter '{name}' is invalid."
    return front_door(400, "InvalidQueryParameterValue", message)


def location_required() -> ArmError:
    """Say that a resource cannot be made without a location."""
    message = "The location property is required for this definition."
    return front_door(400, "LocationRequired", message)


def name_invalid(name: str, characters: Iterable[str]) -> ArmError:
    """Say that the path holds a name with *characters* that no resource may have."""
    shown = "".join(dict.fromkeys(each if each.isprintable() else "?" for each in characters))
    return front_door(
        400,
        "InvalidResourceName",
        f"The provided resource name '{name}' has these invalid characters: '{shown}'. The name"
        " can not have the characters '<,>,%,&,:,\\,?,#,/' or control characters.",
    )


def content_too_large() -> ArmError:
    """Say that the body is larger than ARM takes one."""
    message = "The request content size exceeds the maximum size of 4 MB."
    return front_door(413, "RequestContentTooLarge", message)


def content_invalid(reason: str) -> ArmError:
    """Say that the body cannot be read as what it should be."""
    return front_door(
        400,
        "InvalidRequestContent",
        f"The request content was invalid and could not be deserialized: '{reason}'.",
    )


def subscription_not_found(subscription_id: str) -> ArmError:
    """Say that there is no such subscription."""
    return front_door(
        404, "SubscriptionNotFound", f"The subscription '{subscription_id}' could not be found."
    )


def group_not_found(group: str) -> ArmError:
    """Say that there is no such resource group."""
    return front_door(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")


def resource_not_found(kind: str, name: str, group: str) -> ArmError:
    """Say that the resource group has no such resource; *kind* is namespace and type."""
    return front_door(
        404,
        "ResourceNotFound",
        f"The Resource '{kind}/{name}' under resource group '{group}' was not found. {_LEARN_MORE}",
    )


def type_not_found(namespace: str, kind: str, api_version: str) -> ArmError:
    """Say that this Azure has no such resource type."""
    return front_door(
        404,
        "InvalidResourceType",
        f"The resource type '{kind}' could not be found in the namespace '{namespace}' for api"
        f" version '{api_version}'.",
    )


def path_not_found(path: str) -> ArmError:
    """Say that nothing at all is at *path*."""
    return front_door(404, "NotFound", f"The request path '{path}' was not found.")


def method_not_allowed(method: str, path: str) -> ArmError:
    """Say that what is at *path* has no such operation."""
    message = f"The HTTP method '{method}' is not supported at scope '{path}'."
    return front_door(405, "HttpMethodNotSupported", message)


def value_invalid(name: str, reason: str) -> ArmError:
    """Let Microsoft.Web refuse the value of a property."""
    template = "The parameter {0} has an invalid value. {1}"
    return provider(400, "BadRequest", "01007", template, name, reason)


def config_not_found(name: str) -> ArmError:
    """Let Microsoft.Web say that a site has no such configuration."""
    return provider(404, "NotFound", "51004", "Cannot find {0} with name {1}.", "Config", name)
