"""MIW5xx: what a plan does to those who use the apps today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.checks.auth_settings import issuer_of
from miwire.checks.registry import Check, doubtful
from miwire.finding import InPlan, Severity
from miwire.model import auth_settings as at
from miwire.model.auth_settings_edit import Mode
from miwire.model.directory import unique_name
from miwire.model.issuer import IssuerGroup
from miwire.remedy import Fix, Remedy
from miwire.text import listed, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from miwire.checks.registry import Judgement
    from miwire.model.auth_settings import AuthSettings
    from miwire.model.wiring import Part, Wiring

WRITES_SETTINGS = "write-auth-settings"
_DEFINES_API = "define-api"
_REQUIRES_ASSIGNMENT = "require-assignment"
_TAKES_AWAY = "what the command line asks for takes it away"


@dataclass(frozen=True, slots=True)
class SettingsStep:
    """The authentication settings before and after a plan."""

    wiring: Wiring
    after: AuthSettings
    mode: Mode

    @property
    def before(self) -> AuthSettings:
        """The settings of today."""
        return self.wiring.the_target.settings

    @property
    def target(self) -> str:
        """The name of the app that is called."""
        return self.wiring.the_target.name

    @property
    def closes(self) -> bool:
        """Whether the plan makes an app that accepts anonymous requests require a token."""
        return self.before.lets_anonymous_in and not self.after.is_open


def anonymous_callers_stay(step: SettingsStep) -> Judgement | None:
    """
    Say that callers without a token are rejected from now on.

    A caller that sends none today gets 401 once the app has restarted; `connect --prepare`
    lets the callers' code send tokens first.
    """
    if not step.closes:
        return None
    return doubtful(
        f"{step.target} currently accepts anonymous requests. This run requires a token: anonymous "
        "callers will get 401."
    )


def dormant_callers_stay_out(step: SettingsStep) -> Judgement | None:
    """
    Look for callers in lists that aren't in use, and that the plan puts in force.

    Lists may have stayed from an earlier set-up: the callers in them are allowed as soon as
    authentication is on.
    """
    before, wiring = step.before, step.wiring
    if before.enabled and before.client_id and before.effective(at.AAD_ENABLED):
        return None
    named = {each for caller in wiring.callers for each in (caller.client_id, caller.principal_id)}
    lists = (at.APPLICATIONS, at.CHECKED_APPLICATIONS, at.IDENTITIES)
    kept = {
        each for path in lists for each in before.listed(path) if each in step.after.listed(path)
    }
    if not kept - named:
        return None
    return doubtful(
        f"The settings of {step.target} already list other callers, which will be allowed as well: "
        f"{listed(sorted(kept - named))}."
    )


def somebody_is_allowed(step: SettingsStep) -> Judgement | None:
    """
    Say that nobody is allowed yet, which is safe and seldom what somebody wants.

    The lists hold the app's own ids then, since an empty list may mean "no list".
    """
    nobody = not step.wiring.callers and not step.before.listed(at.APPLICATIONS)
    if step.mode is not Mode.CLOSED or not nobody:
        return None
    return doubtful(
        "No caller is allowed yet.",
        Fix(Remedy.ALLOW_CALLER, target=str(step.wiring.the_target.ref)),
    )


def issuer_stays(step: SettingsStep) -> Judgement | None:
    """
    Say that the plan replaces `openIdIssuer`, and why.

    A text that is no issuer is repaired. The tenant's v1 issuer becomes its v2 issuer, since the
    plan makes the registration issue v2 tokens: where App Service compares strictly, it would
    reject them otherwise.
    """
    before, after = step.before.at(at.ISSUER), step.after.at(at.ISSUER)
    issuer = issuer_of(step.wiring)
    if before == after or issuer.group is IssuerGroup.ABSENT:
        return None
    why = (
        "is for version 1 tokens, and the API issues version 2 tokens"
        if issuer.group is IssuerGroup.TENANT
        else issuer.form.says
    )
    return doubtful(
        f"openIdIssuer of {step.target} is {printable(before)}, which {why}. This run sets it to "
        f"{printable(after)}."
    )


def people_keep_their_sign_in(step: SettingsStep) -> Judgement | None:
    """
    Ask before people lose the sign-in page.

    Where requests without a token are answered with 401, nobody is redirected to sign in.
    """
    providers = tuple(map(_provider, step.before.sign_in_providers))
    if not providers or step.before.effective(at.ACTION) == step.after.effective(at.ACTION):
        return None
    return doubtful(
        f"Users who sign in to {step.target} with {listed(providers)}, and anonymous users, will "
        "get 401."
    )


def listed_identities_stay(step: SettingsStep) -> Judgement | None:
    """
    Ask before identities lose access because their client id isn't known.

    The plan introduces `allowedApplications`, and App Service wants a caller in both lists. The
    client ids of identities that the directory doesn't know can't be added.
    """
    before = step.before
    identities = before.listed(at.IDENTITIES)
    if not before.enabled or not identities or before.listed(at.APPLICATIONS):
        return None
    known = step.wiring.the_target.counterparts
    if not step.after.listed(at.APPLICATIONS) or len(known) >= len(identities):
        return None
    return doubtful(
        f"Some of the identities allowed at {step.target} today ({listed(identities)}) aren't apps "
        "in the directory. They lose access because of the new allowedApplications list."
    )


def no_empty_list_appears(step: SettingsStep) -> Judgement | None:
    """
    Ask before a PUT that may make Azure add an empty `allowedApplications`.

    Azure was seen to do so on any PUT; some App Service versions then allow only the app itself.
    """
    unlisted = step.before.client_id and step.after.at(at.APPLICATIONS) is None
    if step.mode is not Mode.KEEP_SIGN_IN or not unlisted:
        return None
    if not step.before.differences(step.after):
        return None
    return doubtful(
        f"Writing the settings of {step.target} may make Azure add an empty allowedApplications "
        'list. Some App Service versions treat that as "only the app itself".'
    )


def lists_stay(step: SettingsStep) -> Judgement | None:
    """
    Ask before allow-lists are removed, so that every identity of the tenant is allowed.

    `jwtClaimChecks.allowedClientApplications` isn't removed, and restricts further on.
    """
    before = step.before
    if step.mode is not Mode.ANY_IN_TENANT:
        return None
    if not (before.listed(at.APPLICATIONS) or before.listed(at.IDENTITIES)):
        return None
    checked = step.after.listed(at.CHECKED_APPLICATIONS)
    whom = listed(checked) if checked else "every identity of the tenant"
    but = ", by jwtClaimChecks, which stays" if checked else ""
    return doubtful(
        f"The caller allow-lists of {step.target} are removed: {whom} will be allowed{but}."
    )


def tokens_need_an_app_role(step: SettingsStep) -> Judgement | None:
    """
    Ask before every identity of the tenant can get a token for the app.

    "Assignment required" is switched off, with which Entra ID issues no token without an app role.
    """
    before, principal = step.before, step.wiring.the_target.service_principal
    if before.listed(at.APPLICATIONS) or before.listed(at.IDENTITIES):
        return None  # lists_stay says it
    required = principal is not None and principal.assignment_required
    if step.mode is not Mode.ANY_IN_TENANT or not required:
        return None
    return doubtful(
        f"Every identity of the tenant will be able to get tokens for {step.target}, not only "
        "callers with an app role."
    )


def callers_without_a_role_stay(step: SettingsStep) -> Judgement | None:
    """
    Ask before callers without an app role get no new token.

    "Assignment required" is switched on; tokens that they have stay valid until they expire.
    """
    principal = step.wiring.the_target.service_principal
    free = principal is not None and not principal.assignment_required
    if step.mode is not Mode.CLOSED or not free or not step.before.enabled:
        return None
    return doubtful(f"Callers without an app role on {step.target} will no longer get new tokens.")


def tokens_keep_their_version(step: SettingsStep) -> Judgement | None:
    """
    Ask before a registration that miwire didn't make issues tokens of version 2.

    Its other callers get other claims: `aud` is the client id, `azp` is in place of `appid`, and
    `iss` ends in /v2.0. An API that compares them rejects the new tokens.
    """
    target = step.wiring.the_target
    registration = target.registration
    if registration is None or registration.issues_v2_tokens or step.mode.keeps:
        return None
    if registration.unique_name == unique_name(target.ref):
        return None
    return doubtful(
        f"The registration {registration.display_name} ({registration.app_id}), which miwire "
        "didn't create, changes from version 1 to version 2 tokens: all its callers and users get "
        "tokens with another aud, iss and client claim."
    )


def settings_take_effect(wiring: Wiring) -> Judgement:
    """
    Say that everything was made but the authentication settings, as `connect --prepare` does.

    Callers can send tokens first: an app that accepts anonymous requests ignores them.
    """
    target = wiring.the_target
    how = "accept anonymous requests" if target.settings.is_open else "allow its current callers"
    return doubtful(f"{target.name} continues to {how}: this run doesn't change authentication.")


def scope_setting_lasts(wiring: Wiring) -> Iterator[Judgement]:
    """
    Say what may take the app setting for the scope away, or another one with it.

    A template replaces all app settings on deployment. So does ARM with any PUT, and its reads can
    be about 30 seconds old: there is no precondition (no ETag) for app settings.
    """
    setting, source = wiring.scope_setting, wiring.the_source.site
    if setting is None:
        return
    name = source.display_name
    yield doubtful(
        f"If a template or pipeline (Bicep, Terraform, azd) manages the app settings of {name}, "
        f"its next deployment removes {setting.name}: add it there as well."
    )
    yield doubtful(
        f"ARM replaces all app settings of {name} at once, and its reads can be some 30 s old: a "
        "setting that something else writes in that time can be lost. Don't deploy meanwhile."
    )


def scope_setting_keeps_its_name(wiring: Wiring) -> Judgement | None:
    """
    Say how code on Linux sees a name with a dot: as one with an underscore.

    Environment variables on Linux take no dot, so App Service replaces it.
    """
    setting, source = wiring.scope_setting, wiring.the_source.site
    if setting is None or not (source.is_linux and "." in setting.name):
        return None
    return doubtful(
        f"On Linux, the code of {source.display_name} reads it as {setting.name.replace('.', '_')}."
    )


@dataclass(frozen=True, slots=True)
class ReliedOn:
    """The parts that a plan relies on and that couldn't be read, and why not."""

    missing: Mapping[Part, str]


def everything_was_read(relied_on: ReliedOn) -> Iterator[Judgement]:
    """
    Say what couldn't be read, so that the plan may be wrong.

    A plan that was only to be shown is shown nevertheless; it isn't applied.
    """
    for part, why in relied_on.missing.items():
        yield doubtful(f"Couldn't read {part}, so this plan may be wrong. {why}")


def _provider(name: str) -> str:
    return "Microsoft" if name == "azureActiveDirectory" else name


ANONYMOUS: Check[SettingsStep] = Check(
    "MIW501",
    "callers without a token stay allowed",
    anonymous_callers_stay,
    no_fix="rejecting them is what the command is for",
)
DORMANT: Check[SettingsStep] = Check(
    "MIW502",
    "no caller of an unused list becomes allowed",
    dormant_callers_stay_out,
    no_fix="whether they should be allowed is for the owner to say; revoke removes them",
    severity=Severity.HIGH,
)
NOBODY: Check[SettingsStep] = Check(
    "MIW503",
    "at least one caller is allowed",
    somebody_is_allowed,
    fix=Remedy.ALLOW_CALLER,
    severity=Severity.LOW,
)
ISSUER_STAYS: Check[SettingsStep] = Check(
    "MIW518",
    "openIdIssuer stays as it is",
    issuer_stays,
    no_fix="the plan itself sets the issuer that works",
)
SETTINGS: tuple[Check[SettingsStep], ...] = (
    Check(
        "MIW504",
        "people keep their sign-in page",
        people_keep_their_sign_in,
        no_fix=_TAKES_AWAY,
        severity=Severity.HIGH,
        in_plan=InPlan.QUESTION,
        about=WRITES_SETTINGS,
    ),
    Check(
        "MIW505",
        "listed identities stay allowed",
        listed_identities_stay,
        no_fix="their client ids aren't known to the directory",
        severity=Severity.HIGH,
        in_plan=InPlan.QUESTION,
        about=WRITES_SETTINGS,
    ),
    Check(
        "MIW506",
        "Azure adds no empty allow-list",
        no_empty_list_appears,
        no_fix="Azure decides it",
        in_plan=InPlan.QUESTION,
        about=WRITES_SETTINGS,
    ),
    Check(
        "MIW507",
        "caller allow-lists stay",
        lists_stay,
        no_fix=_TAKES_AWAY,
        severity=Severity.HIGH,
        in_plan=InPlan.QUESTION,
        about=WRITES_SETTINGS,
    ),
)
"""What the write of the settings takes away; each is asked."""
ASSIGNMENT: tuple[Check[SettingsStep], ...] = (
    Check(
        "MIW508",
        "only callers with an app role get tokens",
        tokens_need_an_app_role,
        no_fix=_TAKES_AWAY,
        severity=Severity.HIGH,
        in_plan=InPlan.QUESTION,
        about=_REQUIRES_ASSIGNMENT,
    ),
    Check(
        "MIW509",
        "callers without an app role get tokens as before",
        callers_without_a_role_stay,
        no_fix=_TAKES_AWAY,
        severity=Severity.HIGH,
        in_plan=InPlan.QUESTION,
        about=_REQUIRES_ASSIGNMENT,
    ),
)
"""What switching "assignment required" takes away; each is asked."""
TOKEN_VERSION: Check[SettingsStep] = Check(
    "MIW519",
    "a registration of somebody else keeps its token version",
    tokens_keep_their_version,
    no_fix=_TAKES_AWAY,
    severity=Severity.HIGH,
    in_plan=InPlan.QUESTION,
    about=_DEFINES_API,
)
PREPARED: Check[Wiring] = Check(
    "MIW510",
    "the new settings take effect with this run",
    settings_take_effect,
    fix=Remedy.RUN_WITHOUT_PREPARE,
    severity=Severity.LOW,
)
SCOPE_SETTING: tuple[Check[Wiring], ...] = (
    Check(
        "MIW511",
        "the app setting for the scope lasts, and so do the others",
        scope_setting_lasts,
        no_fix="ARM has no precondition for app settings, and templates are the owner's",
        severity=Severity.LOW,
    ),
    Check(
        "MIW512",
        "code reads the app setting by the name that was given",
        scope_setting_keeps_its_name,
        no_fix="App Service replaces the dot",
        severity=Severity.LOW,
    ),
)
UNREAD: Check[ReliedOn] = Check(
    "MIW513",
    "everything that the plan relies on could be read",
    everything_was_read,
    no_fix="the sentence quotes Azure, which names the missing permission",
    severity=Severity.HIGH,
)
