"""The name of a lab's host: what stands in its URLs, its certificate and its issuers."""

from __future__ import annotations

import re

LOCALHOST = "localhost"
_NAME = re.compile(
    r"(?=.{1,200}$)(?:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
)
"""A name in DNS whose last label is not a number, so that no address looks like it."""


class HostRefused(ValueError):
    """A lab can't have this name; the message is one sentence."""


def checked(text: str) -> str:
    """Return the name of a host in lower case; raises HostRefused for anything else."""
    name = text.lower()
    if _NAME.fullmatch(name) is None:
        raise HostRefused(f"{text!r} isn't a host name.")
    return name
