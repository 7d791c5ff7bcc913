"""What `miwire lab env` prints for each shell, and what takes it back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from miwire.lab.process.environment import OPERATORS, UNPROXIED, unproxied
from miwire.shell_words import powershell, sh

BEFORE = "MIWIRE_LAB_BEFORE"


class Shell(StrEnum):
    """For whom `lab env` writes."""

    SH = "sh"
    POWERSHELL = "powershell"
    FISH = "fish"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a shell sets a variable for its programs, forgets one, and fails without ending."""

    export: Callable[[str, str], str]
    forget: Callable[[str], str]
    fail: str

    def lines(self, variables: Mapping[str, str | None]) -> str:
        """Return the lines that set *variables*; one whose value is None is forgotten."""
        return "".join(
            (self.forget(name) if value is None else self.export(name, value)) + "\n"
            for name, value in variables.items()
        )


def _fish(name: str, value: str) -> str:
    quoted = re.sub(r"([\\'])", r"\\\1", value)
    return f"set -gx {name} '{quoted}'"


DIALECTS = {
    Shell.SH: Dialect(
        lambda name, value: f"export {name}={sh(value)}",
        lambda name: f"unset {name}",
        "false",
    ),
    Shell.POWERSHELL: Dialect(
        lambda name, value: f"$env:{name} = {powershell(value)}",
        lambda name: f"Remove-Item Env:{name} -ErrorAction SilentlyContinue",
        "throw 'miwire lab env failed.'",
    ),
    Shell.FISH: Dialect(_fish, lambda name: f"set -e {name}", "false"),
}


def exported(variables: Mapping[str, str], present: Mapping[str, str]) -> dict[str, str]:
    """
    Return what a shell with the variables *present* exports to use a lab.

    The names that NO_PROXY has stay. What the shell had under the lab's names goes along in
    MIWIRE_LAB_BEFORE, so that `taken_back` can give it back.
    """
    before = _before(present)
    if before is None:
        before = {name: present[name] for name in OPERATORS if name in present}
    return {**variables, **unproxied(before), BEFORE: json.dumps(before)}


def taken_back(present: Mapping[str, str]) -> dict[str, str | None]:
    """
    Return what takes back what `exported` gave: values of before, None for a variable to forget.

    A shell that exported nothing forgets the lab's names, but keeps NO_PROXY.
    """
    before = _before(present)
    if before is None:
        return dict.fromkeys(name for name in (*OPERATORS, BEFORE) if name not in UNPROXIED)
    return {**dict.fromkeys(OPERATORS), **before, BEFORE: None}


def _before(present: Mapping[str, str]) -> dict[str, str] | None:
    """Return what a shell had before it exported a lab's variables; None where it has not."""
    try:
        found = json.loads(present[BEFORE])
    except (KeyError, ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return {name: str(found[name]) for name in OPERATORS if name in found}
