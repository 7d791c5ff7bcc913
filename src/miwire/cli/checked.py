"""Words of a command line that must have a form, checked before anybody is asked for anything."""

from __future__ import annotations

import re

from miwire.domain.guid import is_guid
from miwire.errors import BadRequest
from miwire.operations import enable_identity

_PATH = re.compile(r"/(?!.*(//|\.\.))[^\"'\s]*")
_ROLE = re.compile(r"[\w.:/+-]{1,120}")


def guid(text: str, what: str) -> str:
    """Return a GUID; *what* it is to be is told where it is none."""
    if not is_guid(text):
        raise _no(what, text)
    return text


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
        raise _no(what, text)
    return text


def _no(what: str, text: str) -> BadRequest:
    return BadRequest(f"{text!r} is not {what}.", hint="Give --help to see what goes where.")
