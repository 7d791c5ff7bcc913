"""App settings: names and texts that become a program's environment variables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from miwire.lab import arm_errors

if TYPE_CHECKING:
    from miwire.lab.tenant import Document

_NAME = re.compile(r"[A-Za-z0-9_.:-]+")


def of_dictionary(properties: Document) -> dict[str, str]:
    """
    Return the settings in `properties` of config/appsettings; numbers and booleans become text.

    Raises ArmError (400, in Microsoft.Web's shape) for what no environment can hold.
    """
    for name, value in properties.items():
        if isinstance(value, dict | list) or value is None:
            raise arm_errors.value_invalid(name, "The value is not a string.")
        _check(name, str(value))
    return {
        name: value if isinstance(value, str) else str(value).lower()
        for name, value in properties.items()
    }


def of_pairs(pairs: object) -> dict[str, str]:
    """Return the settings in `siteConfig.appSettings`, a list; raises ArmError (400)."""
    settings: Document = {}
    for pair in pairs if isinstance(pairs, list) else (None,):
        match pair:
            case {"name": str(name), **others}:
                settings[name] = others.get("value") or ""
            case _:
                where = "properties.siteConfig.appSettings"
                reason = "The value is not an array of name-value pairs."
                raise arm_errors.value_invalid(where, reason)
    return of_dictionary(settings)


def _check(name: str, value: str) -> None:
    if _NAME.fullmatch(name) is None:
        template = "AppSetting with name(s) '{0}' is not allowed."
        raise arm_errors.provider(400, "BadRequest", "04072", template, name)
    if "\0" in value:
        raise arm_errors.value_invalid(name, "The value holds characters that are none.")
