"""Words of a command line that must have a form, checked before anybody is asked for anything."""

from __future__ import annotations

import re

from miwire.domain.app_setting import checked_name
from miwire.domain.guid import is_guid
from miwire.errors import BadRequest
from miwire.operations import enable_identity

_PATH = re.compile(r"/(?!.*(//|\.\.))[^\"'\s]*")
_ROLE = re.compile(r"(?!\.)[\w.:/+!#$%&()*,;<=>?@\[\]^{|}~-]{1,120}", re.ASCII)
"""What Graph takes, but for ' and `, which end a word in the script of a hand-off."""
_ROLE_HINT = (
    "It takes up to 120 of A-Z a-z 0-9 and :!#$%&()*+,-./;<=>?@[]^_{|}~, and begins with no dot."
)


def guid(text: str, what: str) -> str:
    """Return a GUID; *what* it is to be is told where it is none."""
    if not is_guid(text):
        raise _no(what, text)
    return text


def path(text: str) -> str:
    """Return a path that a gate may leave open."""
    if _PATH.fullmatch(text) is None:
        raise _no("a path", text)
    return text


def role(text: str) -> str:
    """Return the value of an app role."""
    if _ROLE.fullmatch(text) is None:
        raise BadRequest(f"{text!r} is no value of an app role for miwire.", hint=_ROLE_HINT)
    return text


def app_setting(text: str | None) -> str | None:
    """Return the name of the app setting that is to hold the scope, if one was named."""
    return checked_name(text) if text is not None else None


def identity(text: str | None) -> str | None:
    """Return the resource id of the user-assigned identity that was named, if one was."""
    return enable_identity.resource_ids([text])[0] if text else None


def _no(what: str, text: str) -> BadRequest:
    return BadRequest(f"{text!r} is not {what}.", hint="Give --help to see what goes where.")
