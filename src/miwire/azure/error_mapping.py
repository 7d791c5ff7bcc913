"""What a refusal by ARM or Graph means, as a MiwireError."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from miwire.errors import BadRequest, NotFound, NotPermitted, NotSignedIn, Unreachable
from miwire.remedy import Fix, Remedy

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
_CODE = re.compile(r"[A-Za-z]{1,60}|[0-9]{1,6}", re.ASCII)
_LONGEST = 300


def sign_in_hint(elsewhere: str) -> str | None:
    """Return how to sign in; None inside App Service, where only the managed identity is used."""
    return None if "WEBSITE_SITE_NAME" in os.environ else elsewhere


def fault(status: int, body: object, doing: str) -> MiwireError:
    """
    Return the error that an HTTP answer means.

    *doing* completes "could not …". Bodies come in ARM's shape (`error.code`), in Microsoft.Web's
    own (`Code`, no wrapper) and in Graph's, which is like ARM's.
    """
    code, message = _said(body)
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
            action = _ACTION.search(message)
            return NotPermitted(
                sentence,
                hint=f"Ask for a role that allows {action[1]}."
                if action
                else (
                    "Reading needs Application.Read.All in Microsoft Graph; writing needs "
                    "Application.ReadWrite.All and AppRoleAssignment.ReadWrite.All. Users "
                    "have these as Cloud Application Administrator."
                ),
            )
        case 404:
            return NotFound(sentence, hint="Check the name and the subscription.")
        case 409 if code == "ScopeLocked":
            return NotPermitted(sentence, hint="Remove the resource lock first.")
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
    text = " ".join(str(message).split())
    return str(code), text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()} …"
