"""The change that closes the gate, made so that nothing of anybody else's is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.domain.auth_settings import APPLICATIONS, CLIENT_ID, EXCLUDED_PATHS, WHO_GETS_IN
from miwire.domain.requirement import GateRequirement, Mode
from miwire.errors import Moved

if TYPE_CHECKING:
    from miwire.azure import Azure
    from miwire.domain.auth_settings import AuthSettings, Difference
    from miwire.domain.resource import SiteRef
    from miwire.domain.wiring import Wiring
    from miwire.operations.change import Outcome

_TRIES = 3
_EMPTY_LIST = (
    "Azure added an empty list of allowed applications, which some versions of App Service read "
    "as: no client but the app itself. Probe it from inside a caller, or name callers with --allow."
)
_UNMADE = "(the new registration's client id)"
_UNMADE_PRINCIPAL = "(the new service principal's object id)"


@dataclass(frozen=True, slots=True)
class WriteAuthSettings:
    """Write authsettingsV2, so that the gate asks for tokens and knows whom to let in."""

    name: str
    mode: Mode
    excluded_paths: tuple[str, ...] = ()
    action = "write-auth-settings"

    @property
    def summary(self) -> str:
        """Say it for people."""
        match self.mode:
            case Mode.CLOSED:
                then = "require Entra ID tokens, and let in only who is named"
            case Mode.KEEP_SIGN_IN:
                then = "accept tokens of the callers beside the people who sign in"
            case Mode.ANY_IN_TENANT:
                then = "require Entra ID tokens of anybody in the tenant"
        return f"{then} ({self.name} restarts)"

    def requirement(self, wiring: Wiring) -> GateRequirement:
        """Return what the settings must say; ids that do not exist yet are told in words."""
        registration = wiring.registration
        principal = wiring.service_principal
        return GateRequirement(
            issuers=wiring.issuers,
            app_id=registration.app_id if registration else _UNMADE,
            principal_id=principal.object_id if principal else _UNMADE_PRINCIPAL,
            client_ids=tuple(caller.client_id for caller in wiring.callers),
            principal_ids=tuple(caller.principal_id for caller in wiring.callers),
            counterparts=wiring.counterparts,
            excluded_paths=self.excluded_paths,
            mode=self.mode,
        )

    def differences(self, before: AuthSettings, wiring: Wiring) -> tuple[Difference, ...]:
        """Return, setting by setting, what this changes in *before*."""
        return before.differences(self.requirement(wiring).applied_to(before))

    def apply(self, azure: Azure, wiring: Wiring) -> Wiring:
        """
        Read, change, write, read back and compare; on a rival's write, again on a fresh read.

        ARM offers no precondition for these settings, so a lost write can only be found afterwards.
        """
        target = wiring.the_target.ref
        requirement = self.requirement(wiring)
        lost = ""
        for _ in range(_TRIES):
            fresh = azure.sites.auth_settings(target)
            wanted = requirement.applied_to(fresh)
            if not fresh.differences(wanted):
                return wiring.saw(settings=fresh)
            _refuse_another_target(wiring.settings, fresh, self.name)
            azure.sites.put_auth_settings(target, wanted)
            seen, lost = _read_back(azure, target, fresh, wanted)
            if not lost:
                return wiring.saw(settings=seen)
        raise Moved(
            f"The authentication settings of {self.name} did not stay as they were written: "
            f"{lost} was another, {_TRIES} times.",
            hint="Find out who else writes them (a deployment?), then run the same command again.",
        )


def _read_back(
    azure: Azure, target: SiteRef, before: AuthSettings, wanted: AuthSettings
) -> tuple[AuthSettings, str]:
    """Return the settings as they are now, and the first path that is not as wanted."""
    changed = [difference.path for difference in before.differences(wanted)]
    seen, lost = wanted, ""
    for pause in (0.0, 1.0, 2.0):
        azure.pause(pause)
        seen = azure.sites.auth_settings(target)
        paths = (*changed, *WHO_GETS_IN)
        lost = next((path for path in paths if not _same(seen, wanted, path)), "")
        if not lost:
            break
    return seen, lost


def _same(seen: AuthSettings, wanted: AuthSettings, path: str) -> bool:
    """Compare what decides who gets in; Azure writes [] for an absent list (recorded, 2025)."""
    return (seen.effective(path) or None) == (wanted.effective(path) or None)


def _refuse_another_target(planned: AuthSettings, fresh: AuthSettings, name: str) -> None:
    """
    Stop where somebody changed who gets in since the plan was made, shown and agreed to.

    That another caller joined a list that restricts is no change of that kind.
    """
    moved = [
        path
        for path in WHO_GETS_IN
        if not _same(fresh, planned, path) and not _joined(planned, fresh, path)
    ]
    if fresh.sign_in_providers != planned.sign_in_providers:
        moved.append("identityProviders")
    if fresh.client_id != planned.client_id:
        moved.append(CLIENT_ID)
    if moved:
        raise Moved(
            f"The authentication settings of {name} changed since they were looked at: {moved[0]}.",
            hint="Run the same command again: it plans for what is there now.",
        )


def _joined(planned: AuthSettings, fresh: AuthSettings, path: str) -> bool:
    before = planned.listed(path)
    return path != EXCLUDED_PATHS and bool(before) and set(before) <= set(fresh.listed(path))


def written(outcome: Outcome) -> tuple[Difference, ...]:
    """Return, setting by setting, what a plan's write changes: as planned, its ids as made."""
    gate = next(
        (each for each in outcome.plan.changes if isinstance(each, WriteAuthSettings)), None
    )
    return gate.differences(outcome.plan.start.settings, outcome.wiring) if gate else ()


def aftermath(outcome: Outcome) -> tuple[str, ...]:
    """Tell what Azure made of the settings that were written, where that matters."""
    before, now = outcome.plan.start.settings, outcome.wiring.settings
    if before.at(APPLICATIONS) is None and now.at(APPLICATIONS) == []:
        return (_EMPTY_LIST,)
    return ()
