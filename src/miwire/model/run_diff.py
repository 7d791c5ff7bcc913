"""What separates the apps as they are from what a run left, and from what was before it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from miwire.model.auth_settings import WHO_GETS_IN, AuthSettings
from miwire.model.run_record import changed, image, recorded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from miwire.model.auth_settings import Difference
    from miwire.model.identity import ManagedIdentity
    from miwire.model.run_record import Run
    from miwire.model.wiring import Wiring

_OBJECTS = {"registration": "the app registration", "servicePrincipal": "the service principal"}


@dataclass(frozen=True)
class RunDiff:
    """A run and the apps as they are now, compared once; all that undoes it reads this."""

    wiring: Wiring
    run: Run

    @cached_property
    def settings_changed(self) -> tuple[Difference, ...]:
        """What the run changed in the settings; not what Azure expanded by itself."""
        return changed(self.run)

    @cached_property
    def settings_back(self) -> AuthSettings:
        """The settings of now with what the run changed as it was before."""
        return self.wiring.the_target.settings.reverted(self.settings_changed)

    @property
    def settings_are_back(self) -> bool:
        """Whether nothing is left to take back in them."""
        return not self.wiring.the_target.settings.differences(self.settings_back)

    @property
    def required_assignment(self) -> bool | None:
        """Whether assignment was required before the run; None: there was no service principal."""
        principal = self.run.before["servicePrincipal"] or {}
        return principal.get("appRoleAssignmentRequired")

    @property
    def lost_assignments(self) -> tuple[tuple[str, str], ...]:
        """Principal and role of each assignment that was there before, and isn't now."""
        return tuple(each for each in _pairs(self.run.before) if each not in self._held)

    @property
    def added_assignments(self) -> tuple[tuple[str, str], ...]:
        """Principal and role of each assignment that the run made and that is still there."""
        made = set(_pairs(self.run.after)) - set(_pairs(self.run.before))
        return tuple(sorted(made & self._held))

    @property
    def assigned_since(self) -> tuple[str, ...]:
        """Object ids of principals that were assigned an app role after the run."""
        now = {principal for principal, _ in self._held}
        return tuple(sorted(now - {principal for principal, _ in _pairs(self.run.after)}))

    @cached_property
    def _held(self) -> set[tuple[str, str]]:
        held = self.wiring.the_target.assignments
        return {(each.principal_id, each.app_role_id) for each in held}

    @property
    def added_role_ids(self) -> frozenset[str]:
        """Ids of the app roles that the run defined."""
        before, after = self._registrations
        return frozenset(
            {each["id"] for each in after.get("appRoles", ())}
            - {each["id"] for each in before["appRoles"]}
        )

    @property
    def added_uris(self) -> frozenset[str]:
        """Identifier URIs that the run added."""
        before, after = self._registrations
        return frozenset(set(after.get("identifierUris", ())) - set(before["identifierUris"]))

    @property
    def token_version_back(self) -> int | None:
        """The token version of before where the run changed it, else the one of now."""
        before, after = self._registrations
        was: int | None = before["requestedAccessTokenVersion"]
        if after.get("requestedAccessTokenVersion") != was:
            return was
        registration = self.wiring.the_target.registration
        return registration.token_version if registration else None

    @property
    def _registrations(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        return self.run.before["registration"], self.run.after["registration"] or {}

    @property
    def enabled_identity(self) -> bool:
        """Whether the system-assigned identity of now is the one that the run enabled."""
        now = self._identity
        system = now.system if now else None
        return system is not None and self.run.made("identity", system.principal_id)

    @property
    def attached_identities(self) -> frozenset[str]:
        """Resource ids, in lower case, of user-assigned identities that the run attached."""
        now, before = self._identity, self.run.before["identity"]
        if now is None or before is None:
            return frozenset()
        attached = {each.id.lower() for each in now.user_assigned}
        after = (self.run.after["identity"] or {}).get("userAssigned", ())
        return frozenset(attached & set(after) - set(before["userAssigned"]))

    @property
    def _identity(self) -> ManagedIdentity | None:
        source = self.wiring.source
        return source.site.identity if source and self.run.before["identity"] else None

    @property
    def app_setting_moved(self) -> bool:
        """Whether the app setting that the run wrote holds neither what it left nor what was."""
        live = self.wiring.scope_setting
        before, after = self.run.before["appSetting"], self.run.after["appSetting"]
        if live is None or before is None or after is None or before["value"] == after["value"]:
            return False
        return live.holds_other or live.value not in (before["value"], after["value"])

    def moved(self) -> Iterator[str]:
        """
        Yield the name of each part that somebody changed since.

        An undo that broke off is no such change: each part may be as the run left it, or as before.
        """
        live, before, after = image(self.wiring), self.run.before, self.run.after
        for each in self._settings_moved():
            yield f"the authentication settings ({each.path})"
        for part, name in _OBJECTS.items():
            # An undo takes these away after the settings: gone before, somebody else did it.
            gone = live[part] is None and after[part] is not None and not self.settings_are_back
            just_made = live[part] is not None and self._just_made(part, live[part])
            # Of what a run made that broke off, all but the object itself may be missing.
            first = before[part] if self.run.ended or before[part] is not None else {}
            if gone or not (just_made or _between(live[part], first, after[part])):
                yield name
        if not _listed_between(*(each["assignments"] for each in (live, before, after))):
            yield "the app role assignments"
        if self.app_setting_moved:
            yield f"the app setting {before['appSetting']['name']}"

    def _settings_moved(self) -> Iterator[Difference]:
        """Yield what is neither as the run left it, or was about to, nor as it was before."""
        run = self.run
        before, after = (AuthSettings(each["authSettings"]) for each in (run.before, run.after))
        live = AuthSettings(recorded(self.wiring.the_target.settings.properties))
        for each in after.differences(live):
            path, now = each.path, live.effective(each.path) or None
            back = path in run.planned and now == (before.effective(path) or None)
            # Azure writes its defaults into what is absent, and which it had no time to tell.
            expanded = now == (after.effective(path) or None) or (
                not run.ended and each.before is None and path not in WHO_GETS_IN
            )
            if not (back or expanded or _holds_the_same(now, after.at(path))):
                yield each

    def _just_made(self, part: str, live: Mapping[str, Any]) -> bool:
        """Say whether a run that broke off may have made an object that nobody added to since."""
        added = live.get("appRoles") or live.get("identifierUris")
        return self.run.after[part] is None and not added and self.run.made(part, live["objectId"])


def _pairs(snapshot: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((each["principalId"], each["appRoleId"]) for each in snapshot["assignments"])


def _holds_the_same(now: Any, then: Any) -> bool:  # noqa: ANN401  JSON values
    """Say whether two lists differ in their order alone, which says nothing."""
    if not isinstance(now, list) or not isinstance(then, list):
        return False
    return sorted(map(str, now)) == sorted(map(str, then))


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
