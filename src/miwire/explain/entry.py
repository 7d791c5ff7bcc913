"""One code, sentence or page of an error, explained."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from miwire.remedy import Fix

_NO_ANCHOR = re.compile(r"[^a-z0-9]+")


class Group(Enum):
    """Whose code it is, in the order in which groups are listed."""

    CHECKS = "checks", "Checks of miwire"
    ENTRA = "entra", "Microsoft Entra ID (AADSTS)"
    IDENTITY_ENDPOINT = "identity-endpoint", "Tokens of managed identities"
    TOKEN_VALIDATION = "token-validation", "Validation of tokens (IDX)"
    ARM = "arm", "Azure Resource Manager and App Service"
    GRAPH = "graph", "Microsoft Graph"
    HTTP = "http", "HTTP statuses of an app"
    ANSWERS = "answers", "Pages and headers of an app's answer"
    SPEAKERS = "speakers", "Who else answers in an app's place"
    MIWIRE = "miwire", "Errors of miwire"

    def __init__(self, key: str, title: str) -> None:
        self.key = key
        """Its name for programs."""
        self.title = title


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One explained code.

    A fix that is a command of miwire is a `Fix`, which the command line spells.
    """

    group: Group
    code: str
    """As its author writes it; for a page or a sentence, the words that it is known by."""
    title: str
    """What it says, in half a sentence."""
    meaning: str
    """What it means for one App Service that calls another; a paragraph a line."""
    see: tuple[str, ...]
    """How to see it, or what tells apart the causes that it may have."""
    fixes: tuple[Fix | str, ...]
    phrases: tuple[str, ...] = ()
    """Sentences that show it in a message, where its code may be missing."""
    docs: str = ""
    """A page about it; empty: its place on the page of all errors."""

    @property
    def anchor(self) -> str:
        """The name of its place on the page of all errors."""
        return f"{self.group.key}-{_NO_ANCHOR.sub('-', self.code.lower()).strip('-')}"

    @property
    def page(self) -> str:
        """Where it is explained."""
        return self.docs or f"docs/reference/errors.md#{self.anchor}"
