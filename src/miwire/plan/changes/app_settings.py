"""Changes to the app setting of the source that holds the scope."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miwire.permissions.arm import list_settings, write_settings
from miwire.plan import azcli
from miwire.plan.changes import app_settings_write
from miwire.plan.changes.registration import the_registration
from miwire.shell_words import sh

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.azure.session import Azure
    from miwire.model.app_setting import AppSetting
    from miwire.model.cloud import Cloud
    from miwire.model.site import Site
    from miwire.model.wiring import Wiring
    from miwire.permissions.graph import Right

_UNMADE = "the scope of the new registration"


@dataclass(frozen=True, slots=True)
class WriteScopeSetting:
    """Write the scope into an app setting of the source."""

    app: str
    name: str
    audiences: tuple[str, ...]
    """What the target accepts at the end of the plan."""
    scope: str | None
    """None: it comes with the registration that an earlier change makes."""
    former: str | None = None
    """The scope that is replaced."""
    action = "set-app-setting"

    @property
    def summary(self) -> str:
        """Return it for people."""
        instead = f", replacing {self.former}" if self.former else ""
        value = self.scope or _UNMADE
        what = f"set app setting {self.name} to {value}{instead}"
        return f"{self.app}: {what} (restarts {self.app})"

    def az(self, _: Cloud, wiring: Wiring) -> Iterator[str]:
        """
        Yield a read-merge-write by az itself: no value of another setting is on a command line.

        What the setting holds is compared and never printed.
        """
        source = wiring.the_source.site
        scope = sh(self.scope) if self.scope else '"api://$app_id/.default"'
        list_all = f"$source/config/appsettings/list?api-version={azcli.SITES}"
        found = sh(f"properties.\"{self.name}\" || ''")
        refused = f"{self.name} of {self.app} doesn't contain a scope, so it was left unchanged."
        slot = f" --slot {sh(source.ref.slot)}" if source.ref.slot else ""
        where = (
            f"-g {sh(source.ref.group)} -n {sh(source.ref.name)}{slot}"
            f" --subscription {sh(source.ref.subscription)}"
        )
        yield f"scope={scope}"
        yield f'held=$(az rest --method post --url "{list_all}" --query {found} -o tsv)'
        yield 'case "$held" in'
        yield '  "$scope") ;;'
        yield f"  @* | *[[:space:]]*) echo {sh(refused)} >&2; exit 1 ;;"
        yield '  "" | */.default)'
        yield "    az webapp config appsettings set \\"
        yield f'      {where} --settings "{self.name}=$scope" -o none ;;'
        yield f"  *) echo {sh(refused)} >&2; exit 1 ;;"
        yield "esac"

    def requires(self, wiring: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return rights_to_write(wiring)

    def preview(self, wiring: Wiring) -> Wiring:
        """Return the wiring with the scope in the setting."""
        return wiring.with_source(
            scope_setting=replace(the_setting(wiring), value=self._value(wiring))
        )

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Write it among the app settings of this moment."""
        source, setting = wiring.the_source.site, the_setting(wiring)
        made = app_settings_write.write(azure, source, setting, self._value(wiring))
        return wiring.with_source(scope_setting=made)

    def _value(self, wiring: Wiring) -> str:
        return the_registration(wiring).scope(self.audiences)


@dataclass(frozen=True, slots=True)
class StayWithSlot:
    """Make an app setting of the source a slot setting, or one that is swapped again."""

    source: Site
    name: str
    stays: bool
    action = "set-slot-setting"

    @property
    def summary(self) -> str:
        """Return it for people."""
        app = self.source.ref.name
        if self.stays:
            return f"{app}: make {self.name} a slot setting, so that it isn't swapped"
        return f"{app}: remove {self.name} from the slot settings"

    def az(self, cloud: Cloud, wiring: Wiring) -> Iterator[str]:
        """Yield the az commands that do the same; ids that nobody knows yet are variables."""
        app = f"{cloud.resource_manager}{wiring.the_source.ref.production.id}"
        yield f"names={sh(f'{app}/config/slotConfigNames?api-version={azcli.SITES}')}"
        listed = "(properties.appSettingNames || `[]`)"
        count = azcli.get("$names", f"length({listed}[?@=='{self.name}'])")
        others = ", ".join(
            f"{each}: properties.{each}"
            for each in ("connectionStringNames", "azureStorageConfigNames")
        )
        merged = f'{{properties: {{{others}, appSettingNames: [{listed}, `["{self.name}"]`][]}}}}'
        all_names = azcli.get("$names", merged, "json")
        yield f'if [ "$({count})" = 0 ]; then'
        yield f"  stay=$({all_names})"
        put = azcli.send("put", "$names", '"$stay"')
        yield f"  {put} >/dev/null"
        yield "fi"

    def requires(self, _: Wiring) -> tuple[Right, ...]:
        """Return the right that it takes: slot settings belong to the production app."""
        return (write_settings(self.source.ref.production),)

    def preview(self, wiring: Wiring) -> Wiring:
        """Return the wiring with the setting as it will be."""
        setting = replace(the_setting(wiring), is_slot_setting=self.stays)
        return wiring.with_source(scope_setting=setting)

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Write the names of slot settings of this moment, this one among them or not."""
        made = app_settings_write.stay_with_slot(
            azure, wiring.the_source.site, the_setting(wiring), stays=self.stays
        )
        return wiring.with_source(scope_setting=made)


@dataclass(frozen=True, slots=True)
class RestoreAppSetting:
    """Take an app setting of the source back to what it was before a run."""

    app: str
    name: str
    value: str | None
    """The scope that was there; None: there was no such setting."""
    action = "restore-app-setting"
    no_az = azcli.NOTHING_HANDED_OFF

    @property
    def summary(self) -> str:
        """Return it for people."""
        setting = f"app setting {self.name}"
        if self.value is None:
            return f"{self.app}: remove {setting} (restarts {self.app})"
        return f"{self.app}: set {setting} back to {self.value} (restarts {self.app})"

    def requires(self, wiring: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes."""
        return rights_to_write(wiring)

    def preview(self, wiring: Wiring) -> Wiring:
        """Return the wiring with the setting as it was."""
        return wiring.with_source(scope_setting=replace(the_setting(wiring), value=self.value))

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Write it among the app settings of this moment."""
        source, setting = wiring.the_source.site, the_setting(wiring)
        made = app_settings_write.write(azure, source, setting, self.value)
        return wiring.with_source(scope_setting=made)


def the_setting(wiring: Wiring) -> AppSetting:
    """Return the setting, in plans that name one."""
    if wiring.scope_setting is None:
        raise LookupError("no app setting was named")
    return wiring.scope_setting


def rights_to_write(wiring: Wiring) -> tuple[Right, ...]:
    """Return what it takes to read all app settings of the source and to write them back."""
    source = wiring.the_source.ref
    return list_settings(source), write_settings(source)
