"""
Writing authsettingsV2 so that nothing of anybody else's is lost.

PUT replaces the whole document and ARM offers no precondition for it (FACTS 1.5): a lost write can
only be found afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from miwire.errors import StateChanged, WaitTimeout
from miwire.model.auth_settings import AAD_ENABLED, CLIENT_ID, EXCLUDED_PATHS, ISSUER, WHO_GETS_IN

if TYPE_CHECKING:
    from miwire.azure.session import Azure
    from miwire.model.auth_settings import AuthSettings
    from miwire.model.site import SiteRef
    from miwire.model.wiring import Wiring

_TRIES = 5
_STALE = 15.0
"""Seconds for which a read may show what was before, until it is written again."""


class SettingsEdit(Protocol):
    """What somebody wants of the settings, whatever else is in them."""

    def applied_to(self, settings: AuthSettings) -> AuthSettings:
        """Return *settings* as they must be; all that this does not speak of stays as it is."""


def write_with_readback(azure: Azure, wiring: Wiring, edit: SettingsEdit) -> Wiring:
    """
    Read, change, write, read back and compare; on a rival's write, again on a fresh read.

    Raises StateChanged where somebody changed the allowed callers since the plan was made, or
    writes without end.
    """
    target, name = wiring.the_target.ref, wiring.the_target.name
    lost, never = "", None
    for _ in range(_TRIES):
        fresh = azure.sites.auth_settings(target)
        wanted = edit.applied_to(fresh)
        if not fresh.differences(wanted):
            return wiring.with_target(settings=fresh)
        _refuse_another_target(wiring.the_target.settings, fresh, name)
        azure.sites.put_auth_settings(target, wanted)
        try:
            seen, lost = _read_back(azure, target, fresh, wanted)
        except WaitTimeout as error:
            # Old or put back: what was written may be written again, as long as there is time.
            never, lost = error, "the written value"
            continue
        never = None
        if not lost:
            return wiring.with_target(settings=seen)
    if never is not None:
        raise never
    raise StateChanged(
        (f"The authentication settings of {name} were overwritten {_TRIES} times: {lost} changed."),
        hint=("Find out what else writes them (a deployment?), then run the same command again."),
    )


def _read_back(
    azure: Azure, target: SiteRef, before: AuthSettings, wanted: AuthSettings
) -> tuple[AuthSettings, str]:
    """
    Return the settings as they are now, and the first path that is not as wanted.

    A read may show for a while what was before: that is no rival's write, and is waited out.
    """
    changed = [difference.path for difference in before.differences(wanted)]
    paths = (*changed, *WHO_GETS_IN)

    def look() -> tuple[AuthSettings, str] | None:
        seen = azure.sites.auth_settings(target)
        lost = next((path for path in paths if not _same(seen, wanted, path)), "")
        return None if lost and seen == before else (seen, lost)

    return azure.waiter.until(
        look, for_what=f"the settings of {target} to show the change", at_most=_STALE
    )


def _same(seen: AuthSettings, wanted: AuthSettings, path: str) -> bool:
    """Compare who is allowed; Azure writes [] for an absent list (recorded, 2025)."""
    return (seen.effective(path) or None) == (wanted.effective(path) or None)


def _refuse_another_target(planned: AuthSettings, fresh: AuthSettings, name: str) -> None:
    """
    Stop if somebody changed who is allowed since the plan was made, shown and agreed to.

    That another caller joined or left a list which still restricts is no change of that kind.
    """
    moved = [
        path
        for path in (*WHO_GETS_IN, AAD_ENABLED, ISSUER)
        if not _same(fresh, planned, path) and not _goes_on(planned, fresh, path)
    ]
    if fresh.sign_in_providers != planned.sign_in_providers:
        moved.append("identityProviders")
    if fresh.client_id != planned.client_id:
        moved.append(CLIENT_ID)
    if moved:
        raise StateChanged(
            f"The authentication settings of {name} changed in the meantime: {moved[0]}.",
            hint="Run the same command again: it plans from the current state.",
        )


def _goes_on(planned: AuthSettings, fresh: AuthSettings, path: str) -> bool:
    return path != EXCLUDED_PATHS and bool(planned.listed(path)) and bool(fresh.listed(path))
