"""App settings: names and texts that become a program's environment variables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from miwire.lab.arm import errors as arm_errors

if TYPE_CHECKING:
    from miwire.lab.state.tenant import Document

_NAME = re.compile(r"[A-Za-z0-9_.:-]+")
_ON_LINUX = re.compile(r"[A-Za-z0-9_.]+")


def of_dictionary(properties: Document, kind: str) -> dict[str, str]:
    """
    Return the settings in `properties` of config/appsettings; numbers and booleans become text.

    *kind* is the site's: on Linux a name has no colon and no hyphen.

    Raises ArmError (400, in Microsoft.Web's shape) for what no environment can hold.
    """
    for name, value in properties.items():
        if isinstance(value, dict | list) or value is None:
            raise arm_errors.value_invalid(name, "The value is not a string.")
        _check(name, str(value), _ON_LINUX if "linux" in kind else _NAME)
    return {
        name: value if isinstance(value, str) else str(value).lower()
        for name, value in properties.items()
    }


def of_pairs(pairs: object, kind: str) -> dict[str, str]:
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
    return of_dictionary(settings, kind)


def _check(name: str, value: str, names: re.Pattern[str]) -> None:
    if names.fullmatch(name) is None:
        template = "AppSetting with name(s) '{0}' is not allowed."
        raise arm_errors.provider(400, "BadRequest", "04072", template, name)
    if "\0" in value:
        raise arm_errors.value_invalid(name, "The value holds characters that are none.")
