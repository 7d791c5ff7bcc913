"""What people should know of an undo: what opens, who loses, and what cannot go back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.model import auth_settings as at
from miwire.model.auth_settings import AuthSettings
from miwire.domain.sentence import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.model.auth_settings import Difference
    from miwire.model.run_record import Run
    from miwire.model.wiring import Wiring
    from miwire.operations.undo_changes import RemoveIdentity


def changed(run: Run) -> tuple[Difference, ...]:
    """Return what a run itself changed in the settings, or was about to, setting by setting."""
    before, after = (AuthSettings(each["authSettings"]) for each in (run.before, run.after))
    differences = before.differences(after)
    return tuple(each for each in differences if each.path in run.planned)


def after(wiring: Wiring, run: Run, *, identity: bool) -> tuple[str, ...]:
    """Tell what cannot go back, and what stays on purpose."""
    return tuple(_after(wiring, run, identity=identity))


def _after(wiring: Wiring, run: Run, *, identity: bool) -> Iterator[str]:
    target = wiring.the_target.display_name
    before, now = AuthSettings(run.before["authSettings"]), wiring.settings
    if len(before.properties) < len(now.properties):
        yield (
            f"The settings of {target} stay version 2, and the defaults that Azure wrote into them "
            "stay: they say what was so before."
        )
    made = run.before["identity"] or {}
    if wiring.source is not None and made.get("principalId") is None and not identity:
        system = wiring.source.identity.system
        if system is not None and made:
            yield (
                f"The identity of {wiring.source.display_name} stays on: others may have given it "
                "rights since. --remove-identity takes it away."
            )


def questions(wiring: Wiring, run: Run, identity: RemoveIdentity | None) -> Iterator[str]:
    """Tell what becomes more open, and who loses something beside the callers of the run."""
    target = wiring.the_target.display_name
    live = wiring.settings
    back = live.taken_back(changed(run))
    yield from _opening(live, back, target)
    required = (run.before["servicePrincipal"] or {}).get("appRoleAssignmentRequired")
    principal = wiring.service_principal
    if required is False and principal is not None and principal.assignment_required:
        yield f"Every identity of the tenant gets tokens for {target} again, with no role, too."
    since = {each.principal_id for each in wiring.assignments} - {
        each["principalId"] for each in run.after["assignments"]
    }
    if run.before["registration"] is None and since:
        names = listed(sorted(since))
        yield f"The registration of {target} goes, and with it the roles of {names}."
    if identity is not None and identity.system:
        yield (
            f"The identity of {identity.name} goes for good, with every right that "
            "anybody gave it; a new one has another id."
        )
    elif identity is not None:
        names = listed(each.rpartition("/")[2] for each in sorted(identity.user_assigned))
        yield f"{identity.name} can call nothing any more as {names}."


def _opening(live: AuthSettings, back: AuthSettings, target: str) -> Iterator[str]:
    if back.lets_anonymous_in and not live.lets_anonymous_in:
        yield f"{target} answers anybody again, without a token."
        return
    opened = [
        path
        for path in back.listed(at.EXCLUDED_PATHS)
        if path not in live.listed(at.EXCLUDED_PATHS)
    ]
    if opened:
        yield f"{listed(opened)} of {target} need no token again."
    for path in (at.APPLICATIONS, at.IDENTITIES, at.CHECKED_APPLICATIONS):
        let_in = [each for each in back.listed(path) if each not in live.listed(path)]
        if back.enabled and let_in and live.listed(path):
            yield f"{listed(let_in)} get in to {target} again ({path.rpartition('.')[2]})."
        elif back.enabled and live.listed(path) and not back.listed(path):
            yield (
                f"No {path.rpartition('.')[2]} say who gets in to {target} any more: any client "
                "of the tenant may, or, where Azure writes an empty list, only the app itself."
            )
