"""MIW1xx: the app that is called, and who may call it by its authentication settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from miwire.checks.registry import Check, doubtful, fails, holds, unknown
from miwire.easyauth.model import DISABLE_CHALLENGE, TRUE
from miwire.easyauth.paths import why_never
from miwire.finding import InPlan, Severity
from miwire.model import auth_settings as at
from miwire.model.wiring import Part
from miwire.remedy import Fix, Remedy
from miwire.text import listed, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from miwire.checks.registry import Judgement
    from miwire.model.auth_settings import AuthSettings
    from miwire.model.site import Site
    from miwire.model.wiring import Target

WEBHOOK_PATH = "/runtime/webhooks"


def requires_a_token(target: Target) -> Judgement:
    """
    Require that a request without a token is rejected.

    Otherwise anyone who knows the address reaches the app's code. Both `requireAuthentication` and
    `unauthenticatedClientAction` decide, and `platform.enabled` before them.
    """
    if target.settings.lets_anonymous_in:
        return fails(f"{target.name} still accepts anonymous requests: its settings allow them.")
    return holds(f"{target.name} rejects anonymous requests")


def answers_with_401(target: Target) -> Judgement | None:
    """
    Require 401 for a request without a token, rather than a redirect, 403 or 404.

    A redirect sends programs to a sign-in page: they follow it, and see HTML and a 200 in place of
    an error. 403 and 404 hide that a token is missing. `unauthenticatedClientAction` decides.
    """
    settings = target.settings
    if settings.lets_anonymous_in:
        return None
    action = str(settings.effective(at.ACTION))
    if action == "Return401":
        return holds(f"{target.name} answers 401 without a token")
    return doubtful(
        f"unauthenticatedClientAction of {target.name} is {printable(action)}: a caller whose "
        "token is missing or rejected doesn't get 401.",
    )


def sends_a_challenge(target: Target) -> Judgement | None:
    """
    Look for settings that remove `WWW-Authenticate` from the 401.

    Without it, a caller doesn't learn which API it needs a token for, and nobody can tell a 401 of
    App Service from one of the app.
    """
    if target.settings.lets_anonymous_in:
        return None
    switch = (target.app_settings or {}).get(DISABLE_CHALLENGE, "").strip().lower() in TRUE
    if not (switch or target.settings.removes_challenge):
        return holds(f"the 401 of {target.name} names the API")
    return doubtful(
        f"{'The app setting ' + DISABLE_CHALLENGE if switch else 'login.disableWWWAuthenticate'} "
        f"of {target.name} removes WWW-Authenticate from its 401."
    )


def opens_no_path(target: Target) -> Judgement:
    """
    Look for excluded paths: authentication lets every request to them pass, with or without token.

    A health check may need one; everything below it is as open as a public web site.
    """
    entries = target.settings.listed(at.EXCLUDED_PATHS)
    excluded = [each for each in entries if why_never(each) is None]
    if excluded:
        return doubtful(f"Paths that require no token: {listed(excluded)}.")
    return holds("no excluded paths")


def accepts_entra_id_alone(target: Target) -> Judgement:
    """
    Look for other identity providers: their accounts are allowed beside Entra ID's.

    A user of such a provider signs in at `/.auth/login/<provider>` and calls with the session's
    cookie or token; the caller allow-lists are about Entra ID only.
    """
    providers = other_providers(target.settings)
    if not providers:
        return holds("Entra ID is the only identity provider")
    prefix = target.settings.at("httpSettings.routes.apiPrefix") or "/.auth"
    return doubtful(
        f"Sign-in with {listed(providers)} stays configured: users who sign in at {prefix}/login "
        "are allowed."
    )


def lists_its_callers(target: Target) -> Judgement | None:
    """
    Require an allow-list: without one, a token of any client of the tenant is accepted.

    That is authentication without authorization. `allowedApplications`, `allowedPrincipals` or
    `jwtClaimChecks` restrict it.
    """
    settings = target.settings
    if not settings.client_id:
        return None
    if any(settings.listed(path) for path in (at.APPLICATIONS, at.IDENTITIES, _CHECKED)):
        return holds(f"{target.name} lists its callers")
    return fails(
        f"{target.name} has no caller allow-list: any client in the tenant with a token is "
        "accepted.",
        Fix(Remedy.ALLOW_CALLER, target=str(target.ref)),
    )


def has_no_empty_list(target: Target) -> Judgement:
    """
    Look for an empty `allowedApplications`, which sources read differently.

    Some App Service versions take it for "only the app itself", some for "no list". Azure adds one
    by itself on a PUT.
    """
    settings = target.settings
    if settings.at(at.APPLICATIONS) != [] or settings.listed(_CHECKED):
        return holds(f"allowedApplications of {target.name} isn't empty")
    return doubtful(
        f"allowedApplications of {target.name} is an empty list. Some App Service versions treat "
        'that as "only the app itself".'
    )


def restricts_by_no_group(target: Target) -> Judgement:
    """
    Look for groups among the allowed principals: tokens of managed identities carry no `groups`.

    Whether an empty claim breaks the other lists is seen differently by sources, so an app may get
    403 although it is listed.
    """
    settings = target.settings
    if not (settings.listed(at.GROUPS) or settings.listed(at.CHECKED_GROUPS)):
        return holds(f"{target.name} restricts by no group")
    return doubtful(
        f"{target.name} restricts by group. Managed identity tokens carry no groups claim, so apps "
        "may get 403 until you remove allowedPrincipals.groups."
    )


def keeps_its_webhooks(target: Target) -> Judgement | None:
    """
    Look for a function app whose webhooks need a token as well.

    Event Grid, durable functions and other extensions call `/runtime/webhooks/*` without an Entra
    ID token; Event Grid drops events whose webhook answers 401 unless they are dead-lettered.
    """
    excluded = target.settings.listed(at.EXCLUDED_PATHS)
    open_to_them = any(each.startswith(WEBHOOK_PATH) for each in excluded)
    if not target.site.is_function_app or open_to_them:
        return None
    return doubtful(
        "Authentication also rejects calls to /runtime/webhooks/* of a function app.",
        Fix(Remedy.EXCLUDE_WEBHOOKS, target=str(target.ref)),
    )


def signs_nobody_in(target: Target) -> Judgement:
    """
    Look for sign-in of people: requiring tokens takes the sign-in page from them.

    People are signed in where a provider has a client id and a secret, a certificate or, for Entra
    ID, the implicit flow. The person who closes such an app has to choose.
    """
    providers = target.settings.sign_in_providers
    if not providers:
        return holds(f"{target.name} signs nobody in")
    return fails(f"User sign-in is configured at {target.name}: {', '.join(providers)}.")


def requires_entra_id(target: Target) -> Judgement:
    """
    Require that Entra ID authentication is on before a caller is added.

    Where it is off, or has no registration, there is nothing that a caller could be added to.
    """
    settings = target.settings
    if settings.enabled and settings.client_id and settings.effective(at.AAD_ENABLED):
        return holds(f"{target.name} requires Entra ID tokens")
    return fails(
        f"{target.name} doesn't require Entra ID tokens yet, so callers can't be added.",
        Fix(Remedy.CONNECT, target=str(target.ref)),
    )


def its_slots_require_a_token(target: Target) -> Iterator[Judgement]:
    """
    Look for other slots of the app that accept anonymous requests.

    Each slot has its own address and its own authentication settings; a swap takes the settings
    along unless they are slot settings.
    """
    for slot in target.slots:
        if slot.settings is None:
            yield unknown(f"Couldn't read whether {slot.name} accepts anonymous requests.")
        elif slot.settings.lets_anonymous_in:
            yield doubtful(
                f"{slot.name} accepts anonymous requests.",
                Fix(Remedy.PROTECT, target=f"{target.ref.group}/{slot.name}"),
            )
        else:
            yield holds(f"{slot.name} rejects anonymous requests")


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """The settings that were read of an app, before it is known whether they are in force."""

    site: Site
    settings: AuthSettings
    in_version_1: bool = False
    """Whether the settings of version 1 are in use."""
    from_file: bool = False
    """Whether the settings of version 1 say that a file overrides them."""
    unread: Mapping[Part, str] = field(default_factory=dict)
    """What couldn't be read, and why."""


def uses_version_2(read: ReadSettings) -> Judgement:
    """
    Require settings of version 2: where version 1 is in use, writing version 2 changes nothing.

    `az webapp auth config-version upgrade` moves them; az needs its extension authV2 for it.
    """
    if not read.in_version_1:
        return holds("v2 settings")
    ref = read.site.ref
    return fails(
        f"{read.site.display_name} uses v1 authentication settings.",
        Fix(Remedy.UPGRADE_SETTINGS, group=ref.group, name=ref.name, slot=ref.slot or ""),
    )


def is_configured_in_arm(read: ReadSettings) -> Judgement:
    """
    Require that no file in the app overrides the settings.

    With `platform.configFilePath` authentication goes by that file, and not by what ARM shows.
    """
    file = read.settings.at("platform.configFilePath")
    if not (file or read.from_file):
        return holds("settings in ARM")
    return fails(
        f"The authentication settings of {read.site.display_name} are read from file "
        f"{file or '(set in v1)'}, which overrides settings written through ARM."
    )


def other_providers(settings: AuthSettings) -> tuple[str, ...]:
    """Return the identity providers of an app beside Entra ID."""
    return tuple(each for each in settings.sign_in_providers if each != "azureActiveDirectory")


_CHECKED = at.CHECKED_APPLICATIONS
_SETTINGS = (Part.AUTH_SETTINGS,)
IN_FORCE: tuple[Check[ReadSettings], ...] = (
    Check(
        "MIW101",
        "the authentication settings are of version 2",
        uses_version_2,
        fix=Remedy.UPGRADE_SETTINGS,
        severity=Severity.HIGH,
        in_plan=InPlan.REFUSAL,
        needs=(*_SETTINGS, Part.VERSION),
    ),
    Check(
        "MIW102",
        "no file overrides the authentication settings",
        is_configured_in_arm,
        fix=Remedy.CHANGE_SETTINGS_FILE,
        severity=Severity.HIGH,
        in_plan=InPlan.REFUSAL,
        needs=_SETTINGS,
    ),
)
"""Whether writing the settings does anything."""
REQUIRES_TOKEN: Check[Target] = Check(
    "MIW103",
    "a request without a token is rejected by the settings",
    requires_a_token,
    fix=Remedy.ALLOW_CALLER,
    severity=Severity.HIGH,
    needs=_SETTINGS,
    opens=True,
    after=("MIW101", "MIW102"),
)
STILL_OPEN: tuple[Check[Target], ...] = (
    REQUIRES_TOKEN,
    Check(
        "MIW104",
        "every path requires a token",
        opens_no_path,
        no_fix="an excluded path may be wanted, and miwire doesn't know for whom",
        needs=_SETTINGS,
        opens=True,
    ),
    Check(
        "MIW105",
        "Entra ID is the only identity provider",
        accepts_entra_id_alone,
        fix=Remedy.REPLACE_SIGN_IN,
        needs=_SETTINGS,
        opens=True,
    ),
    Check(
        "MIW106",
        "only listed callers are accepted",
        lists_its_callers,
        fix=Remedy.ALLOW_CALLER,
        severity=Severity.HIGH,
        needs=_SETTINGS,
        opens=True,
        after=("MIW101", "MIW102"),
    ),
)
"""What stays open besides the listed callers."""
NO_EMPTY_LIST: Check[Target] = Check(
    "MIW107",
    "allowedApplications isn't an empty list",
    has_no_empty_list,
    fix=Remedy.CONNECT,
    needs=_SETTINGS,
)
NO_GROUPS: Check[Target] = Check(
    "MIW108",
    "callers aren't restricted by group",
    restricts_by_no_group,
    no_fix="whether the groups are still needed for people is for the owner to say",
    needs=_SETTINGS,
)
WEBHOOKS: Check[Target] = Check(
    "MIW109",
    "webhooks of a function app are reachable",
    keeps_its_webhooks,
    fix=Remedy.EXCLUDE_WEBHOOKS,
    needs=_SETTINGS,
)
SIGN_IN: Check[Target] = Check(
    "MIW110",
    "nobody signs in to it",
    signs_nobody_in,
    fix=Remedy.CHOOSE_SIGN_IN,
    in_plan=InPlan.REFUSAL,
    needs=_SETTINGS,
)
REQUIRES_ENTRA_ID: Check[Target] = Check(
    "MIW111",
    "Entra ID authentication is on",
    requires_entra_id,
    fix=Remedy.CONNECT,
    severity=Severity.HIGH,
    in_plan=InPlan.REFUSAL,
    after=("MIW103",),
    needs=_SETTINGS,
)
RETURNS_401: Check[Target] = Check(
    "MIW150",
    "a request without a token gets 401",
    answers_with_401,
    fix=Remedy.REPLACE_SIGN_IN,
    needs=_SETTINGS,
)
CHALLENGE: Check[Target] = Check(
    "MIW151",
    "the 401 of the target says which API it is for",
    sends_a_challenge,
    no_fix="somebody removed it on purpose, as for a scanner that reports it",
    severity=Severity.LOW,
    needs=(*_SETTINGS, Part.TARGET_SETTINGS),
)
SLOTS: Check[Target] = Check(
    "MIW116",
    "the other slots of the app require a token",
    its_slots_require_a_token,
    fix=Remedy.PROTECT,
    needs=(Part.SLOTS,),
    opens=True,
)
ALL: tuple[Check[Target], ...] = (
    *STILL_OPEN,
    RETURNS_401,
    CHALLENGE,
    NO_EMPTY_LIST,
    NO_GROUPS,
    WEBHOOKS,
    SIGN_IN,
    REQUIRES_ENTRA_ID,
    SLOTS,
)
