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
_OF_RESOURCES = {
    "DenyAssignmentAuthorizationFailed": (
        "A deny assignment blocks this, whatever roles you have: change it through the deployment "
        "stack or managed application that made it, or ask its owner."
    ),
    "RequestDisallowedByPolicy": (
        "Azure Policy blocks this, whatever roles you have: ask the owner of the policy assignment "
        "for an exemption. If the policy requires multifactor authentication, sign in again "
        "with it."
    ),
    "ScopeLocked": "Remove the resource lock first; that takes Owner or User Access Administrator.",
}
"""What helps against refusals of Azure Resource Manager that no role for the action would lift."""
_CODE = re.compile(r"[A-Za-z]{1,60}|[0-9]{1,6}", re.ASCII)
_LONGEST = 300


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
        case 401 if code in _SIGN_IN_CODES or not code:
            return NotSignedIn(
                sentence,
                hint=sign_in_hint("Sign in to the tenant of the apps with az login --tenant."),
            )
        case 403:
            return NotPermitted(sentence, hint=_way_in(code, whole, of_graph=of_graph))
        case 404:
            return NotFound(sentence, hint="Check the name and the subscription.")
        case 409 if code == "ScopeLocked":
            return NotPermitted(sentence, hint=_OF_RESOURCES[code])
        case 400 if "ServiceManagementReference" in message:
            return BadRequest(sentence, fix=Fix(Remedy.GIVE_SERVICE_REFERENCE))
        case 400 if code in {"FailedIdentityOperation", "InvalidIdentityIds"}:
            return NotFound(sentence, hint="Check the resource ID of the user-assigned identity.")
        case 400:
            return BadRequest(sentence, hint="This request changed nothing.")
        case _:
            return Unreachable(
                sentence, hint="Run the same command again: it continues where it stopped."
            )


def _way_in(code: str, message: str, *, of_graph: bool) -> str | None:
    """Return whom to ask for what after a 403; None: the answer doesn't say, and no guess helps."""
    if of_graph:
        return _OF_GRAPH
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
