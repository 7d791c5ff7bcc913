"""ARM's config/slotConfigNames: the settings that stay with a slot when slots are swapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.lab.arm import errors as arm_errors
from miwire.lab.arm.request import PROVIDER_JSON, ArmResponse

if TYPE_CHECKING:
    from miwire.lab.state.tenant import Document, Site

_LISTS = ("connectionStringNames", "appSettingNames", "azureStorageConfigNames")


def shown(site: Site) -> ArmResponse:
    """Return the names; the id is null and the type is the site's (azure-cli recordings)."""
    body = {
        "id": None,
        "name": site.name,
        "type": site.document["type"],
        "location": site.document["location"],
        "properties": {name: site.slot_config_names.get(name) for name in _LISTS},
    }
    return ArmResponse(200, body, PROVIDER_JSON)


def put(site: Site, sent: Document) -> None:
    """Replace the names by *sent* (`properties`); raises ArmError (400) for what is no list."""
    names = {name: sent.get(name) or [] for name in _LISTS}
    for name, value in names.items():
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            reason = "The value is not an array of strings."
            raise arm_errors.value_invalid(f"properties.{name}", reason)
    site.slot_config_names = names
