"""What a refusal by ARM or Graph means, as a MiwireError."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from miwire.errors import BadRequest, NotFound, NotPermitted, NotSignedIn, Unreachable
from miwire.remedy import Fix, Remedy
from miwire.shell_words import sh

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.errors import MiwireError

_SIGN_IN_CODES = {
    "AuthenticationFailed",
    "ExpiredAuthenticationToken",
    "InvalidAuthenticationToken",
    "InvalidAuthenticationTokenTenant",
}
_ACTION = re.compile(r"perform action '([^']+)'")
_LINKED_ACTION = re.compile(r"action\(s\) '([^']+)'")
_CHALLENGE = re.compile(r"az login[^\n]*?-{2}claims-challenge[^\n]*")
_OF_GRAPH = (
    "Reading needs Application.Read.All in Microsoft Graph; writing needs "
    "Application.ReadWrite.All and AppRoleAssignment.ReadWrite.All. Users "
    "have these as Cloud Application Administrator."
)
_DISABLED_SUBSCRIPTION = (
    "The subscription is disabled, so nothing in it can be changed: ask its owner to enable it."
)
_OF_RESOURCES = {
    "DenyAssignmentAuthorizationFailed": (
        "A deny assignment blocks this, whatever roles you have: change it through the deployment "
        "stack or managed application that made it, or ask its owner."
    ),
    "ReadOnlyDisabledSubscription": _DISABLED_SUBSCRIPTION,
    "RequestDisallowedByAzure": (
        "Azure restricts this in the subscription, such as to certain regions, whatever roles you "
        "have: use what the message allows, or ask the subscription's owner."
    ),
    "RequestDisallowedByPolicy": (
        "Azure Policy blocks this, whatever roles you have: ask the owner of the policy assignment "
        "for an exemption. If the policy requires multifactor authentication, sign in again "
        "with it."
    ),
    "ScopeLocked": "Remove the resource lock first; that takes Owner or User Access Administrator.",
    "SubscriptionDisabled": _DISABLED_SUBSCRIPTION,
}
"""What helps against refusals of Azure Resource Manager that no role for the action would lift."""
_OF_DIRECTORY = {
    "Authorization_IdentityNotFound": (
        "The signed-in account has no service principal in this tenant: sign in to the tenant of "
        "the apps."
    ),
    "Directory_QuotaExceeded": (
        "The account owns as many directory objects as it may: delete some for good, or ask an "
        "administrator of Entra ID to create the registration."
    ),
}
"""What helps against refusals of Microsoft Graph that no permission would lift."""
_WHERE = "Check the name and the subscription."
_WHERE_IN_GRAPH = "Check the ID and the tenant; what was just created can take a minute to show."
_AGAIN = "Run the same command again: it continues where it stopped."
_WAIT = "Wait a minute, then run the same command again: it continues where it stopped."
_TOO_MANY = {"SubscriptionRequestsThrottled", "TooManyRequests"}
_REQUESTS = {
    "InvalidSubscriptionId": "Check the subscription: it is a GUID.",
    "NoRegisteredProviderFound": ("This cloud lacks that service, region or API version."),
    "Request_MultipleObjectsWithSameKeyValue": (
        "Another object of the tenant has that name or identifier URI, perhaps a deleted one that "
        "can be restored."
    ),
}
"""What helps where a request can't be served as it is."""
_OF_URI_POLICY = ("identifier-uri-addition-error", "identifierUris property must use a verified")
_URI_POLICY = (
    "The tenant allows only identifier URIs with a verified domain, the tenant ID or the client ID "
    "in them: an administrator of Entra ID can exempt the registration."
)
_NAMESPACE = re.compile(r"namespace '([A-Za-z.]{1,60})'")
_CODE = re.compile(r"[A-Za-z]{1,60}|[0-9]{1,6}", re.ASCII)
_LONGEST = 300
_THROTTLED = 429


def sign_in_hint(elsewhere: str) -> str | None:
    """Return how to sign in; None inside App Service, where only the managed identity is used."""
    return None if "WEBSITE_SITE_NAME" in os.environ else elsewhere


def other_tenant(scope: str, issued_by: str | None, wanted: str) -> NotPermitted:
    """Return the error of a token for *scope* that isn't of the apps' own tenant."""
    return NotPermitted(
        f"The token for {scope} was issued by tenant {issued_by}, but the "
        f"apps belong to tenant {wanted}.",
        hint=sign_in_hint(f"Sign in to that tenant: az login --tenant {sh(wanted)}"),
    )


def fault(status: int, body: object, doing: str, *, of_graph: bool = True) -> MiwireError:
    """
    Return the error that an HTTP answer means.

    *doing* completes "could not …". Bodies come in ARM's shape (`error.code`), in Microsoft.Web's
    own (`Code`, no wrapper) and in Graph's, which is like ARM's. *of_graph*: whose answer it is,
    for a hint about Graph helps nobody whom ARM refuses.
    """
    code, whole = _said(body)
    message = whole if len(whole) <= _LONGEST else f"{whole[:_LONGEST].rstrip()} …"
    said = f"{code}: {message}" if code and message else code or message or "no reason given"
    sentence = f"Could not {doing}: Azure answered {status}, {said}"
    if not sentence.endswith("."):
        sentence += "."
    match status:
        case 401 if (hint := _signing_in(code, whole)) is not None:
            return NotSignedIn(sentence, hint=sign_in_hint(hint))
        case 403:
            return NotPermitted(sentence, hint=_way_in(code, whole, of_graph=of_graph))
        case 404:
            return NotFound(sentence, hint=_WHERE_IN_GRAPH if of_graph else _WHERE)
        case 400 | 409 if (why := _barred(code, whole)) is not None:
            return NotPermitted(sentence, hint=why)
        case 400 | 409 if code in _REQUESTS:
            return BadRequest(sentence, hint=_REQUESTS[code])
        case 400:
            return _bad_request(sentence, code, whole)
    throttled = status == _THROTTLED or code in _TOO_MANY
    return Unreachable(sentence, hint=_WAIT if throttled else _AGAIN)


def _signing_in(code: str, message: str) -> str | None:
    """Return how a 401 is lifted; None for one that isn't about the token."""
    if "Audience" in code or "invalid audience" in message.casefold():
        return "Check that the cloud is the one of the subscription."
    if code in _SIGN_IN_CODES or not code:
        return "Sign in to the tenant of the apps with az login --tenant."
    return None


def _barred(code: str, message: str) -> str | None:
    """Return what lifts a refusal with another status than 403; None: it isn't one."""
    if code == "MissingSubscriptionRegistration":
        found = _NAMESPACE.search(message)
        namespace = found[1] if found else "NAMESPACE"
        return f"Register the resource provider: az provider register --namespace {namespace}"
    return _OF_RESOURCES.get(code) or _OF_DIRECTORY.get(code)


def _bad_request(sentence: str, code: str, message: str) -> MiwireError:
    if any(each in message for each in _OF_URI_POLICY):
        return BadRequest(sentence, hint=_URI_POLICY)
    if "ServiceManagementReference" in message:
        return BadRequest(sentence, fix=Fix(Remedy.GIVE_SERVICE_REFERENCE))
    if code in {"FailedIdentityOperation", "InvalidIdentityIds"}:
        return NotFound(sentence, hint="Check the resource ID of the user-assigned identity.")
    return BadRequest(sentence, hint="This request changed nothing.")


def _way_in(code: str, message: str, *, of_graph: bool) -> str | None:
    """Return whom to ask for what after a 403; None: the answer doesn't say, and no guess helps."""
    if of_graph:
        return _OF_DIRECTORY.get(code, _OF_GRAPH)
    if code in _OF_RESOURCES:
        return _OF_RESOURCES[code]
    # Of two actions, the one that is missing is on the linked resource.
    action = _LINKED_ACTION.search(message) or _ACTION.search(message)
    if action:
        linked = " on the linked resource" if code == "LinkedAuthorizationFailed" else ""
        return f"Ask for a role that allows {action[1]}{linked}."
    return None


def claims_challenge(report: str) -> str | None:
    """Return the az login line that meets a claims challenge (MFA, conditional access), if any."""
    found = _CHALLENGE.search(report)
    return " ".join(found[0].split()) if found else None


def without_message(body: object) -> object:
    """Return the body of an error with nothing but its code, which is a word of Azure's own."""
    code, _ = _said(body)
    return {"code": code} if _CODE.fullmatch(code) else None


def _said(body: object) -> tuple[str, str]:
    if not isinstance(body, dict):
        return "", ""
    error: Mapping[str, object] = body["error"] if isinstance(body.get("error"), dict) else body
    code = error.get("code") or error.get("Code") or ""
    message = error.get("message") or error.get("Message") or ""
    return str(code), " ".join(str(message).split())
