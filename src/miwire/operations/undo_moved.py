"""Whether the live state is still as a run left it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.domain.auth_settings import WHO_GETS_IN, AuthSettings
from miwire.domain.image import image
from miwire.errors import Moved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.domain.wiring import Wiring
    from miwire.operations.run_record import Run

_PARTS = {
    "authSettings": "the authentication settings",
    "registration": "the app registration",
    "servicePrincipal": "the service principal",
    "assignments": "who holds an app role",
}


def refuse_moved(wiring: Wiring, run: Run) -> None:
    """Raise Moved where somebody changed since what the run would put back."""
    moved = next(_moved(wiring, run) if run.ended else _foreign(wiring, run), None)
    if moved is not None:
        raise Moved(
            f"What {run.name} left at {wiring.the_target.display_name} has changed since: {moved}. "
            "Nothing was touched.",
            hint="Look at it with --dry-run --force; --force takes back only what the run changed.",
        )


def _moved(wiring: Wiring, run: Run) -> Iterator[str]:
    live = image(wiring)
    for part, name in _PARTS.items():
        if live[part] != run.after[part]:
            yield name


def _foreign(wiring: Wiring, run: Run) -> Iterator[str]:
    """
    Yield what a run that broke off cannot have done.

    It may have made the change at which it stopped, with what Azure expands settings to, or not.
    """
    live = AuthSettings(image(wiring)["authSettings"])
    before = AuthSettings(run.before["authSettings"])
    ids = {each.principal_id for each in wiring.assignments}
    ids |= {wiring.registration.app_id, wiring.registration.uri} if wiring.registration else set()
    for each in before.differences(live):
        expanded = each.before is None and each.path not in WHO_GETS_IN
        if each.path not in run.planned and not expanded and each.after != []:
            yield f"{_PARTS['authSettings']} ({each.path})"
        lost = [entry for entry in before.listed(each.path) if entry not in live.listed(each.path)]
        if lost and isinstance(each.after, list) and run.command != "revoke":
            yield f"{_PARTS['authSettings']} ({each.path})"
