"""Whether what a run left is as it left it, or on its way back to what was before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miwire.domain.auth_settings import WHO_GETS_IN, AuthSettings
from miwire.domain.image import image
from miwire.errors import Moved
from miwire.operations.undo_notes import changed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from miwire.domain.auth_settings import Difference
    from miwire.domain.run import Run
    from miwire.domain.wiring import Wiring

_SETTINGS = "the authentication settings"
_OBJECTS = {"registration": "the app registration", "servicePrincipal": "the service principal"}


def refuse_moved(wiring: Wiring, run: Run) -> None:
    """
    Raise Moved where somebody changed since what the run would put back.

    An undo that broke off is no such change: each part may be as the run left it, or as before it.
    """
    moved = next(_moved(wiring, run), None)
    if moved is not None:
        raise Moved(
            f"What {run.name} left at {wiring.the_target.display_name} has changed since: {moved}. "
            "Nothing was touched.",
            hint="Look at it with --dry-run --force; --force takes back only what the run changed.",
        )


def _moved(wiring: Wiring, run: Run) -> Iterator[str]:
    live, before, after = image(wiring), run.before, run.after
    settings = AuthSettings(before["authSettings"]), AuthSettings(live["authSettings"])
    if run.ended:
        differences = _settings_moved(*settings, AuthSettings(after["authSettings"]), run)
    else:
        differences = _settings_foreign(*settings, run)
    for each in differences:
        yield f"{_SETTINGS} ({each.path})"
    if not run.ended:
        return  # what it did at last is not written down
    gate_is_back = _is_back(wiring, run)
    for part, name in _OBJECTS.items():
        # An undo takes these away after the gate: gone before it, somebody else did it.
        gone = live[part] is None and after[part] is not None and not gate_is_back
        if gone or not _between(live[part], before[part], after[part]):
            yield name
    if not _listed_between(*(each["assignments"] for each in (live, before, after))):
        yield "who holds an app role"


def _is_back(wiring: Wiring, run: Run) -> bool:
    settings = wiring.settings
    return not settings.differences(settings.taken_back(changed(wiring, run)))


def _settings_moved(
    before: AuthSettings, live: AuthSettings, after: AuthSettings, run: Run
) -> Iterator[Difference]:
    for each in after.differences(live):
        back = (live.effective(each.path) or None) == (before.effective(each.path) or None)
        if not (each.path in run.planned and back):
            yield each


def _settings_foreign(before: AuthSettings, live: AuthSettings, run: Run) -> Iterator[Difference]:
    """
    Yield what a run that broke off cannot have done.

    It may have made the change at which it stopped, with what Azure expands settings to, or not.
    """
    for each in before.differences(live):
        expanded = each.before is None and each.path not in WHO_GETS_IN
        if each.path not in run.planned and not expanded and each.after != []:
            yield each
        lost = set(before.listed(each.path)) - set(live.listed(each.path))
        if lost and isinstance(each.after, list) and run.command != "revoke":
            yield each


def _between(
    live: Mapping[str, Any] | None,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> bool:
    """Say whether an object is as one of two, or each of its members is."""
    if live in (before, after):
        return True
    if live is None or after is None:
        return False
    known = before if before is not None else after
    return all(
        _listed_between(value, known.get(name) or (), after.get(name) or ())
        if isinstance(value, list)
        else value in (known.get(name), after.get(name))
        for name, value in live.items()
    )


def _listed_between(live: Iterable[Any], before: Iterable[Any], after: Iterable[Any]) -> bool:
    """Say whether a list holds what both of two hold, and nothing that neither does."""
    left, right, now = list(before), list(after), list(live)
    both = [each for each in left if each in right]
    return all(each in now for each in both) and all(each in left or each in right for each in now)
