"""MIW52x and MIW53x: what revoking a caller and undoing a run leave, take away or open again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miwire.checks.registry import Check, doubtful, fails, holds, unknown
from miwire.easyauth.caller import gate_of, prediction
from miwire.finding import InPlan, Severity
from miwire.model import auth_settings as at
from miwire.model.auth_settings import AuthSettings
from miwire.remedy import Remedy
from miwire.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.checks.registry import Judgement
    from miwire.model.run_diff import RunDiff
    from miwire.model.run_record import Run
    from miwire.model.wiring import Caller, Wiring

_FORBIDDEN = 403
_ASKED_FOR = "what the command line asks for does it"


@dataclass(frozen=True, slots=True)
class Leaving:
    """A source that is to be allowed no longer."""

    wiring: Wiring
    after: AuthSettings
    leaving: tuple[Caller, ...]
    """Its identities that are allowed today."""
    identity_named: bool
    """Whether the command line names the one identity that is meant."""

    @property
    def unnamed(self) -> tuple[Caller, ...]:
        """Who leaves without a client id, where the settings may hold that id."""
        return unnamed(self.wiring, self.after)


def unnamed(wiring: Wiring, settings: AuthSettings) -> tuple[Caller, ...]:
    """Return who leaves without a client id, where *settings* may hold that id."""
    return tuple(each for each in wiring.callers if not each.client_id and settings.other_clients)


def names_of(callers: tuple[Caller, ...]) -> str:
    """Return the names of callers, each once."""
    return listed(dict.fromkeys(each.name for each in callers))


def is_shut_out(wiring: Wiring, after: AuthSettings, caller: Caller) -> bool:
    """Say whether authentication surely rejects a caller by *after*, whichever its client id is."""
    gate = gate_of(wiring, after)
    ids = (caller.client_id,) if caller.client_id else after.other_clients or ("",)
    verdicts = [prediction(wiring, replace(caller, client_id=each), gate) for each in ids]
    return all(each is not None and each.status == _FORBIDDEN for each in verdicts)


def can_be_told_apart(step: Leaving) -> Judgement | None:
    """
    Look for a source without an identity: nothing of it can be allowed, and nothing removed.

    Ids of an identity that it had may still be in the lists; nobody can tell whose they are.
    """
    if step.wiring.callers:
        return None
    return doubtful(
        f"{step.wiring.the_source.name} has no managed identity, so it can't be allowed now; IDs "
        "of a former identity may still be listed."
    )


def access_ends(step: Leaving) -> Judgement | None:
    """
    Say whether the source is rejected from now on, whatever tokens it holds.

    App Service compares both lists with the token, so removal acts at once. Where the client id
    isn't known, it may stay in the list.
    """
    target = step.wiring.the_target.name
    if step.unnamed:
        return unknown(
            f"Couldn't find the client ID of {names_of(step.unnamed)} in the directory: only its "
            f"known IDs are removed from {target}, and it may still be allowed by the others."
        )
    if not step.leaving or not all(
        is_shut_out(step.wiring, step.after, each) for each in step.wiring.callers
    ):
        return None
    who = names_of(step.leaving) if step.identity_named else step.wiring.the_source.name
    return holds(
        f"{who} will get 403 from {target} as soon as {target} has restarted, even with tokens it "
        "already has."
    )


def other_apps_keep_access(step: Leaving) -> Iterator[Judgement]:
    """
    Ask before a user-assigned identity is removed: other apps may call with it.

    Each app that it is attached to loses access. What the command line names itself isn't asked.
    """
    system = step.wiring.the_source.site.identity.system
    if step.identity_named:
        return
    for each in step.leaving:
        if system is None or each.principal_id != system.principal_id:
            yield doubtful(
                f"{each.name}: every app that uses this user-assigned identity loses access to "
                f"{step.wiring.the_target.name}."
            )


@dataclass(frozen=True, slots=True)
class GoingBack:
    """A run that is to be undone, and what becomes of the identities that it gave."""

    diff: RunDiff
    removes_system_identity: bool = False
    detaches: frozenset[str] = frozenset()
    """Resource ids of the user-assigned identities that are detached."""

    @property
    def wiring(self) -> Wiring:
        """The apps as they are now."""
        return self.diff.wiring

    @property
    def run(self) -> Run:
        """What is to be undone."""
        return self.diff.run

    @property
    def target(self) -> str:
        """The name of the app that is called."""
        return self.wiring.the_target.name

    @property
    def live(self) -> AuthSettings:
        """The settings of today."""
        return self.wiring.the_target.settings


def nothing_moved(step: GoingBack) -> Judgement:
    """
    Require that nobody changed since what the run would put back.

    An undo that broke off is no such change: each part may be as the run left it, or as before it.
    """
    moved = next(step.diff.moved(), None)
    if moved is None:
        return holds(f"{step.target} is as {step.run.name} left it")
    return fails(
        f"{step.run.name} changed something at {step.target} that has been changed since: {moved}. "
        "Nothing was changed."
    )


def settings_keep_their_form(step: GoingBack) -> Judgement | None:
    """
    Say that what Azure expanded stays: the settings' version and its defaults.

    ARM can't go back to version 1, and writes its defaults into what is absent.
    """
    before = AuthSettings(step.run.before["authSettings"])
    if len(before.properties) >= len(step.live.properties):
        return None
    return doubtful(
        f"The settings of {step.target} stay in v2 format with Azure's defaults; this doesn't "
        "change behavior."
    )


def identity_goes(step: GoingBack) -> Judgement | None:
    """
    Say that a managed identity stays: others may have granted it access since.

    Deleting it is permanent, and a new one gets another object id.
    """
    made, source = step.run.before["identity"] or {}, step.wiring.source
    removed = step.removes_system_identity or step.detaches
    if source is None or made.get("principalId") is not None or removed:
        return None
    if source.site.identity.system is None or not made:
        return None
    return doubtful(
        f"The managed identity of {source.name} is kept, because it may have been granted other "
        "access."
    )


def nothing_opens(step: GoingBack) -> Iterator[Judgement]:
    """
    Ask before the settings allow more than they do now.

    Anonymous requests, paths without a token, callers that were removed, and lists that disappear
    are named one by one.
    """
    live, back, target = step.live, step.diff.settings_back, step.target
    if back.lets_anonymous_in and not live.lets_anonymous_in:
        yield doubtful(f"{target} will accept anonymous requests again.")
        return
    opened = [
        path
        for path in back.listed(at.EXCLUDED_PATHS)
        if path not in live.listed(at.EXCLUDED_PATHS)
    ]
    if opened:
        yield doubtful(f"{listed(opened)} of {target} will require no token again.")
    for path in (at.APPLICATIONS, at.IDENTITIES, at.CHECKED_APPLICATIONS):
        added = [each for each in back.listed(path) if each not in live.listed(path)]
        member = path.rpartition(".")[2]
        if back.enabled and added and live.listed(path):
            yield doubtful(f"{listed(added)} will be allowed to call {target} again ({member}).")
        elif back.enabled and live.listed(path) and not back.listed(path):
            yield doubtful(
                f"{target} will have no {member}: any client of the tenant is accepted, or only "
                "the app itself if Azure writes an empty list."
            )


def assignment_stays_required(step: GoingBack) -> Judgement | None:
    """Ask before "assignment required" is off again: then every identity gets tokens."""
    principal = step.wiring.the_target.service_principal
    required = principal is not None and principal.assignment_required
    if step.diff.required_assignment is not False or not required:
        return None
    return doubtful(
        f"Every identity of the tenant will be able to get tokens for {step.target} again, even "
        "without an app role."
    )


def later_assignments_stay(step: GoingBack) -> Judgement | None:
    """Ask before a registration is deleted whose app role others were given since the run."""
    since = step.diff.assigned_since
    if step.run.before["registration"] is not None or not since:
        return None
    return doubtful(
        f"The registration of {step.target} is deleted, and with it the app role assignments of "
        f"{listed(since)}."
    )


def identities_stay(step: GoingBack) -> Judgement | None:
    """Ask before an identity is deleted or detached, with all access that it was granted."""
    if step.wiring.source is None:
        return None
    name = step.wiring.source.name
    if step.removes_system_identity:
        return doubtful(
            f"The identity of {name} is deleted permanently, with all access granted to it; a new "
            "one gets another ID."
        )
    if not step.detaches:
        return None
    gone = listed(each.rpartition("/")[2] for each in sorted(step.detaches))
    return doubtful(f"{name} will no longer be able to use {gone}.")


REVOKE_NOTES: tuple[Check[Leaving], ...] = (
    Check(
        "MIW520",
        "the caller to revoke has an identity",
        can_be_told_apart,
        no_fix="nobody can tell whose a listed id was",
    ),
    Check(
        "MIW521",
        "access ends at once",
        access_ends,
        no_fix="the directory doesn't know the id",
        severity=Severity.HIGH,
    ),
)
REVOKE_QUESTIONS: tuple[Check[Leaving], ...] = (
    Check(
        "MIW522",
        "other apps keep their access",
        other_apps_keep_access,
        no_fix=_ASKED_FOR,
        in_plan=InPlan.QUESTION,
    ),
)
NOT_MOVED: Check[GoingBack] = Check(
    "MIW536",
    "nobody changed since what the run would put back",
    nothing_moved,
    fix=Remedy.PREVIEW_FORCED_UNDO,
    severity=Severity.HIGH,
    in_plan=InPlan.REFUSAL,
)
UNDO_NOTES: tuple[Check[GoingBack], ...] = (
    Check(
        "MIW530",
        "the settings get their earlier form",
        settings_keep_their_form,
        no_fix="Azure writes its defaults again",
        severity=Severity.LOW,
    ),
    Check(
        "MIW531",
        "the identity that the run enabled is removed",
        identity_goes,
        fix=Remedy.REMOVE_IDENTITY,
        severity=Severity.LOW,
    ),
)
UNDO_QUESTIONS: tuple[Check[GoingBack], ...] = (
    Check(
        "MIW532",
        "the settings allow no more than now",
        nothing_opens,
        no_fix=_ASKED_FOR,
        severity=Severity.HIGH,
        in_plan=InPlan.QUESTION,
    ),
    Check(
        "MIW533",
        "only callers with an app role get tokens",
        assignment_stays_required,
        no_fix=_ASKED_FOR,
        severity=Severity.HIGH,
        in_plan=InPlan.QUESTION,
    ),
    Check(
        "MIW534",
        "app role assignments made since the run stay",
        later_assignments_stay,
        no_fix=_ASKED_FOR,
        severity=Severity.HIGH,
        in_plan=InPlan.QUESTION,
    ),
    Check(
        "MIW535",
        "identities stay",
        identities_stay,
        no_fix=_ASKED_FOR,
        severity=Severity.HIGH,
        in_plan=InPlan.QUESTION,
    ),
)
