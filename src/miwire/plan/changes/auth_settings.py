"""The changes to who gets through the gate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.model.auth_settings import APPLICATIONS
from miwire.model.auth_settings_edit import GateRemoval, GateRequirement, Mode
from miwire.permissions.arm import list_settings, write_settings
from miwire.plan import azcli
from miwire.plan.changes.auth_settings_write import write_with_readback
from miwire.text import listed

if TYPE_CHECKING:
    from miwire.azure.session import Azure
    from miwire.model.auth_settings import AuthSettings, Difference
    from miwire.model.wiring import Caller, Wiring
    from miwire.permissions.graph import Right
    from miwire.plan.changes.auth_settings_write import SettingsEdit
    from miwire.plan.plan import Outcome

_EMPTY_LIST = (
    "Azure added an empty allowedApplications list. Some App Service "
    'versions treat that as "only the app itself". '
    "Call it from a caller to check, or allow callers by name."
)
_UNMADE = "(the new registration's client ID)"
_UNMADE_PRINCIPAL = "(the new service principal's object ID)"


class _SettingsChange(ABC):
    """A change of authsettingsV2: what differs is its edit."""

    __slots__ = ()

    @abstractmethod
    def edit(self, wiring: Wiring) -> SettingsEdit:
        """Return what is wanted of the settings."""

    def requires(self, wiring: Wiring) -> tuple[Right, ...]:
        """Return the rights that it takes: to write, and to see first whether they are v1's."""
        target = wiring.the_target.ref
        return write_settings(target), list_settings(target)

    def preview(self, wiring: Wiring) -> Wiring:
        """Return the wiring with the settings as they will be."""
        return wiring.with_target(settings=self.edit(wiring).applied_to(wiring.the_target.settings))

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """Make the edit in the settings of this moment."""
        return write_with_readback(azure, wiring, self.edit(wiring))


@dataclass(frozen=True, slots=True)
class WriteAuthSettings(_SettingsChange):
    """Write authsettingsV2, so that authentication requires tokens and knows whom to allow."""

    name: str
    mode: Mode
    excluded_paths: tuple[str, ...] = ()
    action = "write-auth-settings"
    no_az = "it is written last and read back: the script ends with the miwire command for it"

    @property
    def summary(self) -> str:
        """Say it for people."""
        match self.mode:
            case Mode.CLOSED:
                then = "turn on App Service authentication and allow only the listed callers"
            case Mode.KEEP_SIGN_IN:
                then = "accept tokens of the listed callers, in addition to user sign-in"
            case Mode.JOINING:
                then = "add to the allowed callers"
            case Mode.ANY_IN_TENANT:
                then = "require Entra ID tokens and allow every identity of the tenant"
        return f"{self.name}: {then} (restarts {self.name})"

    def edit(self, wiring: Wiring) -> GateRequirement:
        """Return what the settings must say; ids that do not exist yet are told in words."""
        registration = wiring.the_target.registration
        principal = wiring.the_target.service_principal
        return GateRequirement(
            tenant_id=wiring.tenant_id,
            issuers=wiring.the_target.issuers,
            app_id=registration.app_id if registration else _UNMADE,
            principal_id=principal.object_id if principal else _UNMADE_PRINCIPAL,
            client_ids=tuple(caller.client_id for caller in wiring.callers),
            principal_ids=tuple(caller.principal_id for caller in wiring.callers),
            counterparts=wiring.the_target.counterparts,
            excluded_paths=self.excluded_paths,
            mode=self.mode,
            registered=registration is not None,
        )


@dataclass(frozen=True, slots=True)
class RemoveFromSettings(_SettingsChange):
    """Take callers out of every list of the gate, at once and whatever tokens they hold."""

    name: str
    callers: tuple[Caller, ...]
    action = "write-auth-settings"
    no_az = azcli.NOTHING_HANDED_OFF

    @property
    def summary(self) -> str:
        """Say it for people."""
        names = listed(dict.fromkeys(each.name for each in self.callers))
        if not all(each.client_id for each in self.callers):
            return (
                f"{self.name}: remove the known IDs of {names} from the allowed callers "
                f"(restarts {self.name})"
            )
        return (
            f"{self.name}: remove {names} from the allowed callers (restarts "
            f"{self.name}; tokens it already has are rejected after that)"
        )

    def edit(self, wiring: Wiring) -> GateRemoval:
        """Return what is to be taken from the settings, as far as the ids are known."""
        principal = wiring.the_target.service_principal
        return GateRemoval(
            client_ids=tuple(each.client_id for each in self.callers if each.client_id),
            principal_ids=tuple(each.principal_id for each in self.callers),
            app_id=wiring.the_target.settings.client_id or "",
            principal_id=principal.object_id
            if principal
            else wiring.the_target.settings.client_id or "",
        )


def aftermath(outcome: Outcome) -> tuple[str, ...]:
    """Tell what Azure made of the settings that were written, where that matters."""
    emptied = any(each.path == APPLICATIONS and each.after is None for each in outcome.differences)
    unlisted = outcome.plan.start.the_target.settings.at(APPLICATIONS) is None
    if (emptied or unlisted) and outcome.wiring.the_target.settings.at(APPLICATIONS) == []:
        return (_EMPTY_LIST,)
    return ()


@dataclass(frozen=True, slots=True)
class RevertSettings:
    """The settings before a run and after it: what it changed is undone, the rest stays."""

    differences: tuple[Difference, ...]

    def applied_to(self, settings: AuthSettings) -> AuthSettings:
        """Return *settings* as they were, in so far as the run changed them."""
        return settings.reverted(self.differences)


@dataclass(frozen=True, slots=True)
class RestoreSettings(_SettingsChange):
    """Write authsettingsV2 as it was before a run."""

    name: str
    changed: tuple[Difference, ...]
    """What the run changed; not what Azure expanded by itself, which it would again."""
    action = "restore-auth-settings"
    no_az = azcli.NOTHING_HANDED_OFF

    @property
    def summary(self) -> str:
        """Say it for people."""
        return f"{self.name}: restore the authentication settings (restarts {self.name})"

    def edit(self, _: Wiring) -> RevertSettings:
        """Return what is wanted of the settings."""
        return RevertSettings(self.changed)
