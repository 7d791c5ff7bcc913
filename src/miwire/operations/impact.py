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
            f"{name} answers anybody today: closing it is what was asked for. "
            "Whoever calls without a token gets 401 from then on."
        )
    yield from still_open(after, name)
    yield from _dormant(wiring, after)
    if after.at(at.APPLICATIONS) == [] and not after.listed(at.CHECKED_APPLICATIONS):
        yield (
            f"The list of allowed applications of {name} is there and empty, which some versions "
            "of App Service read as: no client but the app itself. Probe it from inside a caller."
        )
    if mode is Mode.CLOSED and not wiring.callers and not before.listed(at.APPLICATIONS):
        named = sh(str(target.ref))
        yield f"Nobody is named yet: miwire protect {named} --allow SOURCE lets one in."
    if after.listed(at.GROUPS) or after.listed(at.CHECKED_GROUPS):
        yield (
            "The settings check groups, which tokens of managed identities do not carry: "
            "callers that are apps may be refused until those checks are gone."
        )
    excluded = after.listed(at.EXCLUDED_PATHS)
    if target.is_function_app and not any(
        each.startswith("/runtime/webhooks") for each in excluded
    ):
        yield (
            "The gate also refuses calls to /runtime/webhooks/* of a function app; "
            "--exclude-path '/runtime/webhooks/*' leaves them open."
        )


def _dormant(wiring: Wiring, after: AuthSettings) -> Iterator[str]:
    """Tell who stands in lists that nothing went by, and gets in by them from now on."""
    before = wiring.the_target.settings
    if before.enabled and before.client_id and before.effective(at.AAD_ENABLED):
        return
    named = {each for caller in wiring.callers for each in (caller.client_id, caller.principal_id)}
    lists = (at.APPLICATIONS, at.CHECKED_APPLICATIONS, at.IDENTITIES)
    found = {each for path in lists for each in before.listed(path) if each in after.listed(path)}
    if found - named:
        yield (
            f"The settings of {wiring.the_target.name} list others already, who get in "
            f"by that, too: {listed(sorted(found - named))}."
        )


def prepared(wiring: Wiring) -> Iterator[str]:
    """Tell how the target stays where everything but the gate is made."""
    name = wiring.the_target.name
    how = (
        "answering anybody"
        if wiring.the_target.settings.is_open
        else "letting in whom it lets in today"
    )
    yield f"{name} goes on {how}: its gate is not touched until this is run without --prepare."


def still_open(after: AuthSettings, name: str) -> Iterator[str]:
    """Tell who gets in, or on, beside those who are named."""
    if after.lets_anonymous_in:
        yield f"{name} goes on answering anybody without a token: its settings let them pass."
    excluded = after.listed(at.EXCLUDED_PATHS)
    if excluded:
        yield f"Open without a token: {listed(excluded)}."
    providers = _others(after)
    if providers:
        prefix = after.at("httpSettings.routes.apiPrefix") or "/.auth"
        yield (
            f"Sign-in with {listed(providers)} stays configured: whoever signs in under "
            f"{prefix}/login gets in."
        )
    unlisted = not any(
        after.listed(path) for path in (at.APPLICATIONS, at.IDENTITIES, at.CHECKED_APPLICATIONS)
    )
    if after.client_id and unlisted:
        yield (
            f"No list says who gets in to {name} with a token: any client of the tenant that "
            "gets one does."
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
            f"Who signs in to {name} with {listed(providers)}, or uses it without signing in, "
            "gets 401 instead."
        )
    yield from _shut_out(wiring, after)
    unlisted = before.client_id and after.at(at.APPLICATIONS) is None
    if mode is Mode.KEEP_SIGN_IN and unlisted and before.differences(after):
        yield (
            f"Writing the settings of {name} may make Azure add an empty list of allowed "
            "applications, which some versions read as: no client but the app itself."
        )


def _tokens_change(wiring: Wiring, after: AuthSettings, mode: Mode) -> Iterator[Question]:
    """Tell who gets tokens, or gets in with them, that did not, and the other way round."""
    before, name = wiring.the_target.settings, wiring.the_target.name
    required = (
        wiring.the_target.service_principal
        and wiring.the_target.service_principal.assignment_required
    )
    match mode:
        case Mode.ANY_IN_TENANT if before.listed(at.APPLICATIONS) or before.listed(at.IDENTITIES):
            checked = after.listed(at.CHECKED_APPLICATIONS)
            whom = listed(checked) if checked else "every identity of the tenant"
            but = ", by the list of jwtClaimChecks, which stays" if checked else ""
            yield Question(f"The lists of {name} go, and {whom} gets in{but}.", _GATE)
        case Mode.ANY_IN_TENANT if required:
            said = (
                f"Every identity of the tenant gets tokens for {name}, not only who holds a role."
            )
            yield Question(said, _TOKENS)
        case Mode.CLOSED if required is False and before.enabled:
            said = f"Who holds no app role of {name} gets no new tokens for it from then on."
            yield Question(said, _TOKENS)


def _shut_out(wiring: Wiring, after: AuthSettings) -> Iterator[str]:
    """Tell of identities that are listed today and whose client is not known to be."""
    before = wiring.the_target.settings
    identities = before.listed(at.IDENTITIES)
    if not before.enabled or not identities or before.listed(at.APPLICATIONS):
        return
    if after.listed(at.APPLICATIONS) and len(wiring.the_target.counterparts) < len(identities):
        yield (
            f"Of the identities {listed(identities)}, which are let in to "
            f"{wiring.the_target.name} today, not all are apps that the directory knows: "
            "those lose access to the new list of applications."
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
            f"The settings of {target} stay version 2, and the defaults that Azure wrote into them "
            "stay: they say what was so before."
        )
    made = run.before["identity"] or {}
    if wiring.source is not None and made.get("principalId") is None and not identity:
        system = wiring.source.site.identity.system
        if system is not None and made:
            yield (
                f"The identity of {wiring.source.name} stays on: others may have given it "
                "rights since. --remove-identity takes it away."
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
        yield f"Every identity of the tenant gets tokens for {target} again, with no role, too."
    since = {each.principal_id for each in wiring.the_target.assignments} - {
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
