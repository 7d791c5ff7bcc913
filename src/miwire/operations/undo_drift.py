"""Whether what a run left is as it left it, or on its way back to what was before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miwire.errors import StateChanged
from miwire.model.auth_settings import WHO_GETS_IN, AuthSettings
from miwire.model.run_record import changed, image, recorded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from miwire.model.auth_settings import Difference
    from miwire.model.run_record import Run
    from miwire.model.wiring import Wiring

_SETTINGS = "the authentication settings"
_OBJECTS = {"registration": "the app registration", "servicePrincipal": "the service principal"}


def refuse_moved(wiring: Wiring, run: Run) -> None:
    """
    Raise StateChanged where somebody changed since what the run would put back.

    An undo that broke off is no such change: each part may be as the run left it, or as before it.
    """
    moved = next(_moved(wiring, run), None)
    if moved is not None:
        raise StateChanged(
            f"{run.name} changed something at {wiring.the_target.name} that has "
            f"been changed since: {moved}. Nothing was changed.",
            hint="Preview it with --dry-run --force; --force undoes only what the run changed.",
        )


def _moved(wiring: Wiring, run: Run) -> Iterator[str]:
    live, before, after = image(wiring), run.before, run.after
    for each in _settings_moved(run, wiring.the_target.settings):
        yield f"{_SETTINGS} ({each.path})"
    gate_is_back = _is_back(wiring, run)
    for part, name in _OBJECTS.items():
        # An undo takes these away after the gate: gone before it, somebody else did it.
        gone = live[part] is None and after[part] is not None and not gate_is_back
        just_made = live[part] is not None and _just_made(run, part, live[part])
        # Of what a run made that broke off, all but the object itself may be missing.
        first = before[part] if run.ended or before[part] is not None else {}
        if gone or not (just_made or _between(live[part], first, after[part])):
            yield name
    if not _listed_between(*(each["assignments"] for each in (live, before, after))):
        yield "the app role assignments"
    if app_setting_moved(wiring, run):
        yield f"the app setting {run.before['appSetting']['name']}"


def app_setting_moved(wiring: Wiring, run: Run) -> bool:
    """Say whether the app setting that a run wrote holds neither what it left nor what was."""
    live, before, after = wiring.scope_setting, run.before["appSetting"], run.after["appSetting"]
    if live is None or before is None or after is None or before["value"] == after["value"]:
        return False
    return live.holds_other or live.value not in (before["value"], after["value"])


def _is_back(wiring: Wiring, run: Run) -> bool:
    settings = wiring.the_target.settings
    return not settings.differences(settings.reverted(changed(run)))


def _settings_moved(run: Run, seen: AuthSettings) -> Iterator[Difference]:
    """Yield what is neither as the run left it, or was about to, nor as it was before."""
    before, after = (AuthSettings(each["authSettings"]) for each in (run.before, run.after))
    live = AuthSettings(recorded(seen.properties))
    for each in after.differences(live):
        path, now = each.path, live.effective(each.path) or None
        back = path in run.planned and now == (before.effective(path) or None)
        # Azure writes its defaults into what is absent, and which it had no time to tell.
        expanded = now == (after.effective(path) or None) or (
            not run.ended and each.before is None and path not in WHO_GETS_IN
        )
        if not (back or expanded or _holds_the_same(now, after.at(path))):
            yield each


def _holds_the_same(now: Any, then: Any) -> bool:  # noqa: ANN401  JSON values
    """Say whether two lists differ in their order alone, which says nothing."""
    if not isinstance(now, list) or not isinstance(then, list):
        return False
    return sorted(map(str, now)) == sorted(map(str, then))


def _just_made(run: Run, part: str, live: Mapping[str, Any]) -> bool:
    """Say whether a run that broke off may have made an object, and nobody added to it since."""
    added = live.get("appRoles") or live.get("identifierUris")
    return run.after[part] is None and not added and run.made(part, live["objectId"])


def _between(
    live: Mapping[str, Any] | None,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> bool:
    """Say whether an object is as one of two, or each of its members is."""
    if live in (before or None, after):
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
