"""
How a change is written as az commands.

`az rest` is nearly all that is used: `az webapp identity assign` puts the whole app (azure-cli
#22495), and there is no command for app role assignments. Each command does nothing where it was
made already. Its URLs hold variables of the shell, which the script fills.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miwire.shell_words import sh
from miwire.text import ascii_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SITES = "2023-12-01"
IDENTITIES = "2023-01-31"
"""Versions of the APIs of Microsoft.Web and Microsoft.ManagedIdentity."""
NOTHING_HANDED_OFF = "no script takes anything back: undo and revoke hand nothing off"
"""Why a change that only undo or revoke makes has no az form."""


def get(url: str, query: str = "", form: str = "tsv") -> str:
    """Return a command that reads; *query* is JMESPath, *url* holds variables and no other word."""
    asked = f" --query {sh(query)} -o {form}" if query else ""
    return f'az rest --method get --url "{url}"{asked}'


def send(method: str, url: str, body: str, *, upsert: bool = False) -> str:
    """Return a command that writes; *body* is a word of the shell."""
    headers = "Content-Type=application/json" + (" Prefer=create-if-missing" if upsert else "")
    return f'az rest --method {method} --url "{url}" --headers {headers} --body {body}'


def body(document: Mapping[str, Any]) -> str:
    """Return a JSON document as a word of the shell."""
    return sh(ascii_json(document))


def restore(object_id: str) -> Iterator[str]:
    """Yield the commands that bring a softly deleted object of the directory back."""
    item = "$graph/directory/deletedItems/$deleted"
    yield f"deleted={sh(object_id)}"
    yield f"if {get(item)} >/dev/null 2>&1; then"
    yield f'  az rest --method post --url "{item}/restore" >/dev/null'
    yield "fi"
