"""What people should know of a protection: who notices it, who loses, and what stays open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.model import auth_settings as at
from miwire.model.auth_settings import AuthSettings
from miwire.model.auth_settings_edit import Mode
from miwire.model.run_record import changed
from miwire.plan.changes.auth_settings import WriteAuthSettings
from miwire.plan.changes.service_principal import RequireAssignment
from miwire.plan.plan import Question
from miwire.shell_words import sh
from miwire.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.model.run_record import Run
    from miwire.model.wiring import Wiring
    from miwire.plan.changes.identity import RemoveIdentity

_GATE, _TOKENS = WriteAuthSettings.action, RequireAssignment.action


def notes(wiring: Wiring, after: AuthSettings, mode: Mode) -> Iterator[str]:
    """Tell how the target is once its settings are *after*, the most important first."""
    before, target = wiring.the_target.settings, wiring.the_target.site
    name = target.display_name
    if before.lets_anonymous_in and not after.is_open:
        yield (
            f"{name} currently accepts anonymous requests. This run requires a "
            "token: anonymous callers will get 401."
        )
    yield from still_open(after, name)
    yield from _dormant(wiring, after)
    if after.at(at.APPLICATIONS) == [] and not after.listed(at.CHECKED_APPLICATIONS):
        yield (
            f"allowedApplications of {name} is an empty list. Some App Service "
            'versions treat that as "only the app itself". Run miwire probe inside '
            "a caller to check."
        )
    if mode is Mode.CLOSED and not wiring.callers and not before.listed(at.APPLICATIONS):
        named = sh(str(target.ref))
        yield f"No caller is allowed yet. To allow one: miwire protect {named} --allow SOURCE"
    if after.listed(at.GROUPS) or after.listed(at.CHECKED_GROUPS):
        yield (
            f"{name} restricts by group. Managed identity tokens carry no groups claim, so apps "
            "may get 403 until you remove allowedPrincipals.groups."
        )
    excluded = after.listed(at.EXCLUDED_PATHS)
    if target.is_function_app and not any(
        each.startswith("/runtime/webhooks") for each in excluded
    ):
        yield (
            "Authentication also rejects calls to /runtime/webhooks/* of a "
            "function app. To exclude them: --exclude-path '/runtime/webhooks/*'"
        )


def _dormant(wiring: Wiring, after: AuthSettings) -> Iterator[str]:
    """Yield callers in lists that were not in use, and that will be allowed by them."""
    before = wiring.the_target.settings
    if before.enabled and before.client_id and before.effective(at.AAD_ENABLED):
        return
    named = {each for caller in wiring.callers for each in (caller.client_id, caller.principal_id)}
    lists = (at.APPLICATIONS, at.CHECKED_APPLICATIONS, at.IDENTITIES)
    found = {each for path in lists for each in before.listed(path) if each in after.listed(path)}
    if found - named:
        yield (
            f"The settings of {wiring.the_target.name} already list other callers, "
            f"which will be allowed as well: {listed(sorted(found - named))}."
        )


def prepared(wiring: Wiring) -> Iterator[str]:
    """Tell how the target stays where everything but the gate is made."""
    name = wiring.the_target.name
    how = (
        "accept anonymous requests"
        if wiring.the_target.settings.is_open
        else "allow its current callers"
    )
    yield (
        f"{name} continues to {how}: authentication isn't changed until you run "
        "this without --prepare."
    )


def still_open(after: AuthSettings, name: str) -> Iterator[str]:
    """Yield what stays open besides the listed callers."""
    if after.lets_anonymous_in:
        yield f"{name} still accepts anonymous requests: its settings allow them."
    excluded = after.listed(at.EXCLUDED_PATHS)
    if excluded:
        yield f"Paths that require no token: {listed(excluded)}."
    providers = _others(after)
    if providers:
        prefix = after.at("httpSettings.routes.apiPrefix") or "/.auth"
        yield (
            f"Sign-in with {listed(providers)} stays configured: users who sign in "
            f"at {prefix}/login are allowed."
        )
    unlisted = not any(
        after.listed(path) for path in (at.APPLICATIONS, at.IDENTITIES, at.CHECKED_APPLICATIONS)
    )
    if after.client_id and unlisted:
        yield (
            f"{name} has no caller allow-list: any client in the tenant with a token is accepted."
        )


def questions(wiring: Wiring, after: AuthSettings, mode: Mode) -> Iterator[Question]:
    """Tell who loses something by *after*, and what opens; each has to be agreed to."""
    yield from (Question(each, _GATE) for each in _of_the_gate(wiring, after, mode))
    yield from _tokens_change(wiring, after, mode)


def _of_the_gate(wiring: Wiring, after: AuthSettings, mode: Mode) -> Iterator[str]:
    before, name = wiring.the_target.settings, wiring.the_target.name
    providers = tuple(map(_named, before.sign_in_providers))
    if providers and before.effective(at.ACTION) != after.effective(at.ACTION):
        yield (
            f"Users who sign in to {name} with {listed(providers)}, and anonymous "
            "users, will get 401."
        )
    yield from _shut_out(wiring, after)
    unlisted = before.client_id and after.at(at.APPLICATIONS) is None
    if mode is Mode.KEEP_SIGN_IN and unlisted and before.differences(after):
        yield (
            f"Writing the settings of {name} may make Azure add an empty "
            "allowedApplications list. Some App Service versions treat that as "
            '"only the app itself".'
        )


def _tokens_change(wiring: Wiring, after: AuthSettings, mode: Mode) -> Iterator[Question]:
    """Yield who gains or loses access to tokens, or with them."""
    before, name = wiring.the_target.settings, wiring.the_target.name
    required = (
        wiring.the_target.service_principal
        and wiring.the_target.service_principal.assignment_required
    )
    match mode:
        case Mode.ANY_IN_TENANT if before.listed(at.APPLICATIONS) or before.listed(at.IDENTITIES):
            checked = after.listed(at.CHECKED_APPLICATIONS)
            whom = listed(checked) if checked else "every identity of the tenant"
            but = ", by jwtClaimChecks, which stays" if checked else ""
            yield Question(
                f"The caller allow-lists of {name} are removed: {whom} will be allowed{but}.", _GATE
            )
        case Mode.ANY_IN_TENANT if required:
            said = (
                f"Every identity of the tenant will be able to get tokens for {name}, "
                "not only callers with an app role."
            )
            yield Question(said, _TOKENS)
        case Mode.CLOSED if required is False and before.enabled:
            said = f"Callers without an app role on {name} will no longer get new tokens."
            yield Question(said, _TOKENS)


def _shut_out(wiring: Wiring, after: AuthSettings) -> Iterator[str]:
    """Tell of identities that are listed today and whose client is not known to be."""
    before = wiring.the_target.settings
    identities = before.listed(at.IDENTITIES)
    if not before.enabled or not identities or before.listed(at.APPLICATIONS):
        return
    if after.listed(at.APPLICATIONS) and len(wiring.the_target.counterparts) < len(identities):
        yield (
            f"Some of the identities allowed at {wiring.the_target.name} today "
            f"({listed(identities)}) aren't apps in the directory. They lose access "
            "because of the new allowedApplications list."
        )


def _others(settings: AuthSettings) -> tuple[str, ...]:
    found = [each for each in settings.sign_in_providers if each != "azureActiveDirectory"]
    return tuple(map(_named, found))


def _named(provider: str) -> str:
    return "Microsoft" if provider == "azureActiveDirectory" else provider


def undo_notes(wiring: Wiring, run: Run, *, identity: bool) -> tuple[str, ...]:
    """Tell what cannot go back, and what stays on purpose."""
    return tuple(_after(wiring, run, identity=identity))


def _after(wiring: Wiring, run: Run, *, identity: bool) -> Iterator[str]:
    target = wiring.the_target.name
    before, now = AuthSettings(run.before["authSettings"]), wiring.the_target.settings
    if len(before.properties) < len(now.properties):
        yield (
            f"The settings of {target} stay in v2 format with Azure's defaults; "
            "this doesn't change behavior."
        )
    made = run.before["identity"] or {}
    if wiring.source is not None and made.get("principalId") is None and not identity:
        system = wiring.source.site.identity.system
        if system is not None and made:
            yield (
                f"The managed identity of {wiring.source.name} is kept, because it may "
                "have been granted other access. To remove it: --remove-identity"
            )


def undo_questions(wiring: Wiring, run: Run, identity: RemoveIdentity | None) -> Iterator[str]:
    """Tell what becomes more open, and who loses something beside the callers of the run."""
    target = wiring.the_target.name
    live = wiring.the_target.settings
    back = live.reverted(changed(run))
    yield from _opening(live, back, target)
    required = (run.before["servicePrincipal"] or {}).get("appRoleAssignmentRequired")
    principal = wiring.the_target.service_principal
    if required is False and principal is not None and principal.assignment_required:
        yield (
            f"Every identity of the tenant will be able to get tokens for {target} "
            "again, even without an app role."
        )
    since = {each.principal_id for each in wiring.the_target.assignments} - {
        each["principalId"] for each in run.after["assignments"]
    }
    if run.before["registration"] is None and since:
        names = listed(sorted(since))
        yield (
            f"The registration of {target} is deleted, and with it the app role "
            f"assignments of {names}."
        )
    if identity is not None and identity.system:
        yield (
            f"The identity of {identity.name} is deleted permanently, with all "
            "access granted to it; a new one gets another ID."
        )
    elif identity is not None:
        names = listed(each.rpartition("/")[2] for each in sorted(identity.user_assigned))
        yield f"{identity.name} will no longer be able to use {names}."


def _opening(live: AuthSettings, back: AuthSettings, target: str) -> Iterator[str]:
    if back.lets_anonymous_in and not live.lets_anonymous_in:
        yield f"{target} will accept anonymous requests again."
        return
    opened = [
        path
        for path in back.listed(at.EXCLUDED_PATHS)
        if path not in live.listed(at.EXCLUDED_PATHS)
    ]
    if opened:
        yield f"{listed(opened)} of {target} will require no token again."
    for path in (at.APPLICATIONS, at.IDENTITIES, at.CHECKED_APPLICATIONS):
        let_in = [each for each in back.listed(path) if each not in live.listed(path)]
        if back.enabled and let_in and live.listed(path):
            yield (
                f"{listed(let_in)} will be allowed to call {target} again "
                f"({path.rpartition('.')[2]})."
            )
        elif back.enabled and live.listed(path) and not back.listed(path):
            yield (
                f"{target} will have no {path.rpartition('.')[2]}: any client of the "
                "tenant is accepted, or only the app itself if Azure writes an empty "
                "list."
            )
