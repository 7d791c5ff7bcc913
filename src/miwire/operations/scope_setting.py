"""The app setting of a source that holds the scope which its code asks a token for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.errors import BadRequest
from miwire.model.app_setting import refuse_on_linux
from miwire.plan.changes.app_settings import StayWithSlot, WriteScopeSetting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.model.app_setting import AppSetting
    from miwire.model.auth_settings import AuthSettings
    from miwire.model.site import Site
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
    _refuse_unusable(setting, source)
    registration = wiring.the_target.registration
    scope = registration.scope(settings.audiences) if registration else None
    if setting.is_slot_setting is False:
        yield StayWithSlot(source, setting.name, stays=True)
    if scope is None or setting.value != scope:
        yield WriteScopeSetting(
            source.display_name, setting.name, settings.audiences, scope, former=setting.value
        )


def notes(wiring: Wiring, made: tuple[Change, ...]) -> Iterator[str]:
    """Tell who may take the setting away again, and how code on Linux sees its name."""
    setting, source = wiring.scope_setting, wiring.the_source.site
    if setting is None or not any(isinstance(each, WriteScopeSetting) for each in made):
        return
    name = source.display_name
    yield (
        "If a template or pipeline (Bicep, Terraform, azd) manages the app "
        f"settings of {name}, its next deployment removes {setting.name}: add "
        "it there as well."
    )
    yield (
        f"ARM replaces all app settings of {name} at once, and its reads can be some 30 s old: a "
        "setting that something else writes in that time can be lost. Don't deploy meanwhile."
    )
    if source.is_linux and "." in setting.name:
        yield f"On Linux, the code of {name} reads it as {setting.name.replace('.', '_')}."


def _refuse_unusable(setting: AppSetting, source: Site) -> None:
    name = source.display_name
    if source.is_linux:
        refuse_on_linux(setting.name)
    if setting.twin is not None and setting.value is None and not setting.holds_other:
        raise BadRequest(
            f"{name} has the app setting {setting.twin}, which differs from {setting.name} "
            "only in case.",
            hint=f"Use the existing name: --scope-setting {setting.twin}",
        )
    if setting.holds_other:
        raise BadRequest(
            f"The app setting {setting.name} of {name} doesn't contain a scope, so it isn't "
            "replaced. Nothing was changed.",
            hint="Choose another name; only a scope is replaced: URI or client ID, then /.default.",
        )
