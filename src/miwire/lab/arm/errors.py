"""
ARM's refusals in its two shapes, a table of rows that are called with their values.

The front door wraps `code` and `message` in `error`; Microsoft.Web itself answers with
capitalized members and no wrapper (both recorded by azure-cli and azure-dev).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from miwire.lab.documents import Document


class ArmError(Exception):
    """ARM refuses with *status* and *body*; *headers* are those of this refusal only."""

    def __init__(
        self, status: int, body: Document, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """A refusal of ARM's front door; the values fill `{0}`, `{1}` … in *template*."""

    status: int
    code: str
    template: str

    def __call__(self, *values: str) -> ArmError:
        """Return the error with *values*."""
        body = {"error": {"code": self.code, "message": self.template.format(*values)}}
        return ArmError(self.status, body, {"x-ms-failure-cause": "gateway"})


@dataclass(frozen=True, slots=True)
class Provider:
    """A refusal of Microsoft.Web, whose body repeats the template and its values."""

    status: int
    code: str
    extended_code: str
    template: str

    def __call__(self, *values: str) -> ArmError:
        """Return the error with *values*."""
        message = self.template.format(*values)
        entity = {
            "ExtendedCode": self.extended_code,
            "MessageTemplate": self.template,
            "Parameters": list(values),
            "Code": self.code,
            "Message": message,
        }
        details = [{"Message": message}, {"Code": self.code}, {"ErrorEntity": entity}]
        head = {"Code": self.code, "Message": message}
        return ArmError(
            self.status, {**head, "Target": None, "Details": details, "Innererror": None}
        )


# Authorization

forbidden = FrontDoor(  # azure-cli #29644
    403,
    "AuthorizationFailed",
    "The client '{0}' with object id '{1}' does not have authorization to perform action '{2}' over"
    " scope '{3}' or the scope is invalid. If access was recently granted, please refresh your"
    " credentials.",
)
linked_forbidden = FrontDoor(  # the action on the scope is allowed, that on another isn't
    403,
    "LinkedAuthorizationFailed",
    "The client '{0}' with object id '{1}' has permission to perform action '{2}' on scope '{3}';"
    " however, it does not have permission to perform action(s) '{4}' on the linked scope(s) '{5}'"
    " (respectively) or the linked scope(s) are invalid.",
)
deny_assignment = FrontDoor(  # reported by users of deployment stacks and managed applications
    403,
    "DenyAssignmentAuthorizationFailed",
    "The client '{0}' with object id '{1}' has permission to perform action '{2}' on scope '{3}';"
    " however, the access is denied because of the deny assignment with name '{4}' and Id '{5}' at"
    " scope '{6}'.",
)
scope_locked = FrontDoor(
    409,
    "ScopeLocked",
    "The scope '{0}' cannot perform write operation because following scope(s) are locked: '{1}'."
    " Please remove the lock and try again.",
)

# The request

api_version_missing = FrontDoor(
    400,
    "MissingApiVersionParameter",
    "The api-version query parameter (?api-version=) is required for all requests.",
)
api_version_invalid = FrontDoor(
    400,
    "InvalidApiVersionParameter",
    "The api-version '{0}' is invalid. The supported versions are"
    " '2025-05-01,2024-11-01,2024-04-01,2023-12-01,2022-03-01,2020-12-01'.",
)
api_version_unsupported = FrontDoor(  # azure-cli#31943: location, version, type, all versions
    400,
    "NoRegisteredProviderFound",
    "No registered resource provider found for location '{0}' and API version '{1}' for type"
    " '{2}'. The supported api-versions are '{3}'. The supported locations are '{4}'.",
)
query_invalid = FrontDoor(
    400, "InvalidQueryParameterValue", "The value '{1}' of the query parameter '{0}' is invalid."
)
location_required = FrontDoor(
    400, "LocationRequired", "The location property is required for this definition."
)
content_too_large = FrontDoor(
    413, "RequestContentTooLarge", "The request content size exceeds the maximum size of 4 MB."
)
content_invalid = FrontDoor(
    400,
    "InvalidRequestContent",
    "The request content was invalid and could not be deserialized: '{0}'.",
)
method_not_allowed = FrontDoor(
    405, "HttpMethodNotSupported", "The HTTP method '{0}' is not supported at scope '{1}'."
)

# What is not there

subscription_not_found = FrontDoor(
    404, "SubscriptionNotFound", "The subscription '{0}' could not be found."
)
group_not_found = FrontDoor(
    404, "ResourceGroupNotFound", "Resource group '{0}' could not be found."
)
resource_not_found = FrontDoor(  # recorded by azure-cli: type, name, group
    404,
    "ResourceNotFound",
    "The Resource '{0}/{1}' under resource group '{2}' was not found. For more details please go to"
    " https://aka.ms/ARMResourceNotFoundFix",
)
type_not_found = FrontDoor(
    404,
    "InvalidResourceType",
    "The resource type '{1}' could not be found in the namespace '{0}' for api version '{2}'.",
)
path_not_found = FrontDoor(404, "NotFound", "The request path '{0}' was not found.")
config_not_found = Provider(404, "NotFound", "51004", "Cannot find {0} with name {1}.")

# Managed identities

identity_ids_forbidden = FrontDoor(
    400, "InvalidIdentityIds", "The identity ids must be null or empty for '{0}' identity type."
)
identity_ids_missing = FrontDoor(
    400,
    "MissingIdentityIds",
    "The identity ids must not be null or empty for 'UserAssigned' identity type.",
)
identity_id_invalid = FrontDoor(
    400,
    "LinkedInvalidPropertyId",
    "Property id '{0}' at path 'identity.userAssignedIdentities' is invalid. Expect fully qualified"
    " resource Id that start with '/subscriptions/{{subscriptionId}}' or"
    " '/providers/{{resourceProviderNamespace}}/'.",
)
identity_not_found = FrontDoor(
    400,
    "FailedIdentityOperation",
    "Identity operation for resource '{0}' failed with error 'Failed to perform resource identity"
    " operation. Status: 'BadRequest'. Response:"
    ' \'{{"error":{{"code":"BadRequest","message":"Resource'
    " '{1}' was not found.\"}}}}'.'.",
)

# Values that Microsoft.Web refuses

value_invalid = Provider(400, "BadRequest", "01007", "The parameter {0} has an invalid value. {1}")
slots_exceeded = Provider(
    409,
    "Conflict",
    "",
    "Cannot complete the operation because the site will exceed the number of slots allowed for"
    " the '{0}' SKU.",
)
preview_refused = Provider(  # azure-docs#10661, PR #102500; its number is not known
    409,
    "Conflict",
    "",
    "Swap with Preview cannot be used when one of the slots has site authentication enabled.",
)
setting_name_invalid = Provider(
    400, "BadRequest", "04072", "AppSetting with name(s) '{0}' is not allowed."
)


def unauthenticated(authority: str, code: str, message: str, description: str) -> ArmError:
    """Return a 401; *authority* is Entra ID's URL of the tenant to get a token from."""
    error = FrontDoor(401, code, "{0}")(message)
    error.headers["WWW-Authenticate"] = (
        f'Bearer authorization_uri="{authority}", error="invalid_token",'
        f' error_description="{description}"'
    )
    return error


def name_invalid(name: str, characters: Iterable[str]) -> ArmError:
    """Return a 400 for a path with a name that holds *characters* that no resource may have."""
    shown = "".join(dict.fromkeys(each if each.isprintable() else "?" for each in characters))
    return _name_invalid(name, shown)


_name_invalid = FrontDoor(
    400,
    "InvalidResourceName",
    "The provided resource name '{0}' has these invalid characters: '{1}'. The name can not have"
    " the characters '<,>,%,&,:,\\,?,#,/' or control characters.",
)


def disallowed_by_policy(scope: str) -> ArmError:
    """
    Return a 403 by an Azure Policy with the effect deny that is assigned to the subscription.

    The members are those of a body that a user reported (terraform-provider-azurerm#17832).
    """
    resource, subscription = scope.rpartition("/")[2], "/".join(scope.split("/")[:3])
    authorization = f"{subscription}/providers/Microsoft.Authorization"
    reason = "Changes of apps go through the platform team."
    info = {
        "evaluationDetails": {"evaluatedExpressions": [], "reason": reason},
        "policyDefinitionId": f"{authorization}/policyDefinitions/deny-changes",
        "policyDefinitionName": "deny-changes",
        "policyDefinitionDisplayName": "Deny changes of apps",
        "policyDefinitionEffect": "deny",
        "policyAssignmentId": f"{authorization}/policyAssignments/deny-changes",
        "policyAssignmentName": "deny-changes",
        "policyAssignmentDisplayName": "Deny changes of apps",
        "policyAssignmentScope": subscription,
        "policyAssignmentParameters": {},
    }
    error = _disallowed(resource, reason)
    error.body["error"] |= {
        "target": resource,
        "additionalInfo": [{"type": "PolicyViolation", "info": info}],
    }
    return error


_disallowed = FrontDoor(
    403,
    "RequestDisallowedByPolicy",
    "Resource '{0}' was disallowed by policy. Reasons: '{1}'. See error details for policy resource"
    " IDs.",
)
