"""Words of a command line that must have a form, checked before anybody is asked for anything."""

from __future__ import annotations

import re

from miwire.errors import BadRequest
from miwire.operations import enable_identity

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PATH = re.compile(r"/(?!.*(//|\.\.))[^\"'\s]*")
_ROLE = re.compile(r"[\w.:/+-]{1,120}")


def guid(text: str, what: str) -> str:
    """Return a GUID; *what* it is to be is told where it is none."""
    return _checked(_GUID, text, what)


def path(text: str) -> str:
    """Return a path that a gate may leave open."""
    return _checked(_PATH, text, "a path")


def role(text: str) -> str:
    """Return the value of an app role."""
    return _checked(_ROLE, text, "the value of an app role")


def identity(text: str | None) -> str | None:
    """Return the resource id of the user-assigned identity that was named, if one was."""
    return enable_identity.resource_ids([text])[0] if text else None


def _checked(pattern: re.Pattern[str], text: str, what: str) -> str:
    if pattern.fullmatch(text) is None:
        raise BadRequest(f"{text!r} is not {what}.", hint="Give --help to see what goes where.")
    return text
