"""
Writing one app setting of an app so that nothing else in its settings is lost.

PUT replaces the whole dictionary and ARM offers no precondition for it (FACTS 1.2): what somebody
else wrote in between can only be found by reading before and after. No value is told to anybody.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from miwire.errors import StateChanged
from miwire.model.app_setting import SLOT_SETTINGS, AppSetting, slot_names_of
from miwire.text import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.azure.session import Azure
    from miwire.model.site import Site

_STALE = 30.0
"""Seconds for which a read may show what was before a write."""
_ABSENT = object()


def write(azure: Azure, site: Site, planned: AppSetting, value: str | None) -> AppSetting:
    """
    Set an app setting to a scope, or remove it (None), and read everything back.

    Raises StateChanged where any app setting changed since *planned* was read, or did not stay as
    it was written; WaitTimeout where the change does not show.
    """
    name, ref = planned.name, site.ref
    before = azure.sites.app_settings(ref)
    now = AppSetting.among(name, before, is_slot_setting=planned.is_slot_setting)
    if now.value == value and not now.holds_other:
        return now
    if now.digest != planned.digest:
        raise StateChanged(
            f"The app settings of {site.display_name} changed in the meantime.",
            hint="Run the same command again: it plans from the current state.",
        )
    wanted = {each: found for each, found in before.items() if each != name}
    if value is not None:
        # In its place: the order of the settings stays, too.
        wanted = {**before, name: value}
    azure.sites.put_app_settings(ref, wanted)

    def look() -> dict[str, Any] | None:
        seen = azure.sites.app_settings(ref)
        return None if seen == before else seen

    seen = azure.waiter.until(
        look, for_what=f"the app settings of {ref} to show the change", at_most=_STALE
    )
    lost = [
        each for each in (*wanted, name) if seen.get(each, _ABSENT) != wanted.get(each, _ABSENT)
    ]
    if lost:
        raise StateChanged(
            f"The app settings of {site.display_name} were overwritten: someone "
            f"else wrote {listed(dict.fromkeys(lost))} at the same time.",
            hint=(
                "Find out what else writes them (a deployment?), then run the same command again."
            ),
        )
    return AppSetting.among(name, seen, is_slot_setting=planned.is_slot_setting)


def stay_with_slot(azure: Azure, site: Site, setting: AppSetting, *, stays: bool) -> AppSetting:
    """
    Make an app setting a slot setting, or one that is swapped, and read the names back.

    All other names stay. Raises StateChanged where they do not, WaitTimeout where the change does
    not show.
    """
    ref, name = site.ref, setting.name
    before = azure.sites.slot_names(ref)
    if bool(slot_names_of(before, name)) != stays:
        kept = [
            each
            for each in before.get(SLOT_SETTINGS) or ()
            if each not in slot_names_of(before, name)
        ]
        wanted = {**before, SLOT_SETTINGS: [*kept, name] if stays else kept}
        azure.sites.put_slot_names(ref, wanted)

        def look() -> dict[str, Any] | None:
            seen = azure.sites.slot_names(ref)
            return None if _sets(seen) == _sets(before) else seen

        seen = azure.waiter.until(
            look, for_what=f"the slot settings of {ref.production} to show {name}", at_most=_STALE
        )
        if _sets(seen) != _sets(wanted):
            raise StateChanged(
                f"The slot settings of {ref.production} were overwritten.",
                hint="Find out what else writes them, then run the same command again.",
            )
    return replace(setting, is_slot_setting=stays)


def _sets(names: Mapping[str, Any]) -> dict[str, Any]:
    """Return names for a comparison: their order says nothing, and null is an empty list."""
    return {
        each: sorted(map(str, found)) if isinstance(found, list) else found
        for each, found in names.items()
        if found
    }
