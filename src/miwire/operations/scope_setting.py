"""The app setting of a source that holds the scope which its code asks a token for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.checks import change
from miwire.checks.registry import refuse, run
from miwire.checks.source import SCOPE_SETTING
from miwire.model.app_setting import refuse_on_linux
from miwire.plan.changes.app_settings import StayWithSlot, WriteScopeSetting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.finding import Finding
    from miwire.model.auth_settings import AuthSettings
    from miwire.model.wiring import Wiring
    from miwire.plan.plan import Change


def changes(wiring: Wiring, settings: AuthSettings) -> Iterator[Change]:
    """
    Yield what the app setting for the scope lacks; nothing where none was named.

    *settings* are the target's at the end of the plan: they say which audiences are accepted.
    Raises BadRequest where the name can't be used, or holds a value that isn't a scope.
    """
    setting, source = wiring.scope_setting, wiring.the_source.site
    if setting is None:
        return
    if source.is_linux:
        refuse_on_linux(setting.name)
    refuse(SCOPE_SETTING, wiring)
    registration = wiring.the_target.registration
    scope = registration.scope(settings.audiences) if registration else None
    if setting.is_slot_setting is False:
        yield StayWithSlot(source, setting.name, stays=True)
    if scope is None or setting.value != scope:
        yield WriteScopeSetting(
            source.display_name, setting.name, settings.audiences, scope, former=setting.value
        )


def findings(wiring: Wiring, made: tuple[Change, ...]) -> tuple[Finding, ...]:
    """Tell who may take the setting away again, and how code on Linux sees its name."""
    if not any(isinstance(each, WriteScopeSetting) for each in made):
        return ()
    return tuple(run(change.SCOPE_SETTING, wiring))
