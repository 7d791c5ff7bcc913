"""
The checks of miwire as entries: the page of each is the docstring of the function that judges it.

A check's module is imported when one of its ids is explained: all of them together take longer than
everything else that `explain` does.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from miwire.explain.entry import Entry, Group
from miwire.remedy import Fix, Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.checks.registry import Check

PREFIX = "MIW"
_MODULES = {
    "0": ("source", "source_tokens"),
    "1": ("target", "reachability", "auth_settings", "callers"),
    "2": ("directory", "allow_lists", "audiences"),
    "3": ("token",),
    "4": ("http",),
    "5": ("change", "closing", "removal"),
}
"""By the hundred of an id; what isn't found there is looked up in the catalog."""
_SEE = {
    "0": ("miwire doctor SOURCE TARGET",),
    "1": ("miwire doctor SOURCE TARGET",),
    "2": ("miwire doctor SOURCE TARGET",),
    "3": ("miwire decode-token - --verify --audience AUD --tenant TENANT_ID",),
    "4": (
        "miwire probe TARGET",
        "As the caller, inside it: miwire probe URL --with-token --audience api://CLIENT_ID",
    ),
    "5": (
        (
            "In the plan of the command that makes the change, such as: "
            "miwire connect SOURCE TARGET --dry-run"
        ),
    ),
}
"""Which command says it, by the hundred of an id."""
ONLY_IN_PLANS = frozenset(
    {
        *("MIW004", "MIW005", "MIW006", "MIW011", "MIW110", "MIW117", "MIW118"),
        *("MIW202", "MIW204", "MIW205", "MIW206", "MIW209", "MIW210"),
    }
)
"""What is judged of a command line, or of a change: a diagnosis has neither."""
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")
_UNDOING = (52, 53)
_SEE_UNDOING = (
    (
        "In the plan of the command that makes the change: "
        "miwire revoke SOURCE TARGET --dry-run, or miwire undo --dry-run"
    ),
)


@cache
def explained(check_id: str) -> Entry | None:
    """Return the entry of a check, by its id in capitals; None: no check has it."""
    for name in _MODULES.get(check_id[len(PREFIX)], ()):
        for check in _of_module(name):
            if check.id == check_id:
                return _entry(check)
    return next((each for each in every() if each.code == check_id), None)


@cache
def every() -> tuple[Entry, ...]:
    """Return all checks, in the order of a request's way."""
    catalog: tuple[Check[Any], ...] = import_module("miwire.checks.catalog").ALL
    return tuple(_entry(check) for check in catalog)


def _of_module(name: str) -> Iterator[Check[Any]]:
    module = import_module(f"miwire.checks.{name}")
    kind = import_module("miwire.checks.registry").Check
    for value in vars(module).values():
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, kind):
                yield each


def _entry(check: Check[Any]) -> Entry:
    if check.no_fix:
        fix: Fix | str = f"No fix: {check.no_fix}."
    elif type(check.fix) is str:
        fix = check.fix
    else:
        fix = Fix(Remedy(check.fix))
    see = _SEE_UNDOING if int(check.id[3:5]) in _UNDOING else _SEE[check.id[3]]
    if check.id in ONLY_IN_PLANS:
        see = ("miwire connect SOURCE TARGET --dry-run",)
    page = _LINK.sub(r"\1", check.explanation)
    paragraphs = (" ".join(each.split()) for each in page.split("\n\n"))
    severity = f"Severity if it doesn't hold: {check.severity.value}."
    return Entry(
        Group.CHECKS,
        check.id,
        check.title,
        "\n".join((*paragraphs, severity)),
        see,
        (fix,),
        docs=check.docs,
    )
