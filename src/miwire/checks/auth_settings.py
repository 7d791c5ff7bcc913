"""MIW12x: values in the authentication settings that don't do what they seem to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.checks.registry import Check, doubtful, fails, holds, unknown
from miwire.easyauth.model import warmup_path
from miwire.easyauth.paths import why_never
from miwire.finding import InPlan, Severity
from miwire.model import auth_settings as at
from miwire.model import issuer as issuers
from miwire.model.directory import named_in
from miwire.model.issuer import IssuerGroup, classified
from miwire.model.wiring import Part
from miwire.remedy import Fix, Remedy
from miwire.text import listed, printable
from miwire.tokens.well_known_apps import is_first_party_audience

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.checks.registry import Judgement
    from miwire.model.issuer import Issuer
    from miwire.model.wiring import Wiring

_WHO_SIGNS_IN = {
    issuers.ANY_TENANT: "identities of every Microsoft Entra tenant sign in there",
    issuers.PERSONAL_ACCOUNTS: "people sign in with personal Microsoft accounts",
    issuers.ANOTHER_TENANT: "identities of that tenant sign in, and none of this tenant",
    issuers.EXTERNAL_ID: "customers of an external tenant sign in there",
    issuers.B2C: "customers of a B2C tenant sign in there",
    issuers.ANOTHER_PROVIDER: "users of that provider sign in there",
}


def issuer_of(wiring: Wiring) -> Issuer:
    """Return what the target's `openIdIssuer` is."""
    target = wiring.the_target
    return classified(target.settings.at(at.ISSUER), wiring.tenant_id, target.issuers)


def issuer_is_an_issuer(wiring: Wiring) -> Judgement | None:
    """
    Require that `openIdIssuer` is the address of an issuer.

    App Service takes any text and downloads the metadata below it when a token comes. Where there
    are none, it answers 500 or 401 to every token (MicrosoftDocs/azure-docs-sdk-dotnet#2413).
    Frequent slips: the version before the tenant, no tenant, a placeholder, a bare tenant ID, a
    blank at the end, and the address of an endpoint.
    """
    target, issuer = wiring.the_target, issuer_of(wiring)
    if issuer.group is IssuerGroup.ABSENT:
        return None
    if issuer.group is not IssuerGroup.MALFORMED:
        return holds(f"openIdIssuer of {target.name} is an issuer")
    return fails(
        f"{_configured(wiring)} {issuer.form.says}: no token can be checked with it.",
        Fix(Remedy.PROTECT, target=str(target.ref)),
    )


def issuer_is_of_this_tenant(wiring: Wiring) -> Judgement | None:
    """
    Require that `openIdIssuer` is the issuer of the app's own tenant.

    Another one is somebody's decision about who signs in: every tenant (`common`), customers
    (External ID, B2C), another tenant. It is never replaced; a plan that needs this tenant's issuer
    stops instead. A tenant that is named by a domain may be another one, so it is left as well.
    """
    target, issuer = wiring.the_target, issuer_of(wiring)
    match issuer.group:
        case IssuerGroup.ABSENT | IssuerGroup.MALFORMED:
            return None
        case IssuerGroup.TENANT:
            return holds(f"openIdIssuer of {target.name} is of this tenant")
        case IssuerGroup.UNRESOLVED:
            return unknown(
                f"{_configured(wiring)} {issuer.form.says}: it isn't known whether it is this "
                "tenant's."
            )
    ref = target.ref
    return fails(
        f"{_configured(wiring)} {issuer.form.says}: {_WHO_SIGNS_IN[issuer.form]}.",
        ""
        if ref.slot
        else Fix(Remedy.SET_ISSUER, group=ref.group, name=ref.name, value=target.issuers.v2),
    )


def excluded_paths_can_match(wiring: Wiring) -> Iterator[Judgement]:
    """
    Look for entries of `excludedPaths` that match no path.

    Each entry is one path, compared as it is: two paths in one entry, quotes that a shell left, and
    an entry without its slash open nothing. Somebody who relies on that path gets 401.
    """
    target = wiring.the_target
    entries = target.settings.listed(at.EXCLUDED_PATHS)
    dead = [(entry, why) for entry in entries if (why := why_never(entry)) is not None]
    if not dead:
        yield holds(f"every excluded path of {target.name} can match")
    for entry, why in dead:
        yield doubtful(
            f"The excluded path {printable(entry)} of {target.name} {why}, so it matches "
            "nothing: every path still requires a token."
        )


def audiences_are_its_own(wiring: Wiring) -> Judgement | None:
    """
    Require that no allowed audience is one of Microsoft's own APIs.

    A caller of such an audience sends a token that opens Azure Resource Manager, Microsoft Graph or
    Key Vault as well: the app, and anyone who reads its logs, can use it in the caller's name
    (Microsoft's guide to securing Logic Apps and Azure Functions).
    """
    target = wiring.the_target
    theirs = [
        each for each in target.settings.listed(at.AUDIENCES) if is_first_party_audience(each)
    ]
    if not target.settings.listed(at.AUDIENCES):
        return None
    if not theirs:
        return holds(f"{target.name} accepts no audience of Microsoft's own APIs")
    return doubtful(
        f"{target.name} accepts tokens for {listed(map(printable, theirs))}, which is Microsoft's: "
        f"callers hand {target.name} tokens that open that API as well."
    )


def client_ids_of_audiences_are_accepted(wiring: Wiring) -> Iterator[Judgement]:
    """
    Require that the client id of an API is accepted where its identifier URI is.

    Version 2 tokens have the client id in `aud` whatever was requested. App Service adds the client
    id of its own registration by itself, and none of another one.
    """
    target = wiring.the_target
    accepted = [each.casefold() for each in target.settings.audiences]
    for audience in target.settings.listed(at.AUDIENCES):
        client_id = named_in(audience)
        if not client_id or client_id in accepted:
            continue
        other = target.other_apis.get(client_id)
        if other is None:
            yield doubtful(
                f"{target.name} accepts the audience {printable(audience)}, but not {client_id}: "
                "if that API issues version 2 tokens, they are rejected (401)."
            )
        elif other.issues_v2_tokens:
            yield fails(
                f"{target.name} accepts the audience {printable(audience)}, but not {client_id}, "
                f"which the version 2 tokens of {other.display_name} have in aud: they are "
                "rejected (401)."
            )


def paths_need_a_token_before_start(wiring: Wiring) -> Judgement | None:
    """
    Look for the app setting `WEBSITE_WARMUP_PATH` of the app that is called.

    App Service requests that path while it starts an app, without a token, and opens it to everyone
    whatever the settings say (App Service team blog; Terraform's azurerm: excludedPaths "takes
    priority"). Since 2025 the documentation doesn't say so any more, so it isn't certain.
    """
    target = wiring.the_target
    path = warmup_path(target.app_settings)
    if target.app_settings is None or not target.settings.enabled:
        return None
    if path is None:
        return holds(f"{target.name} has no WEBSITE_WARMUP_PATH")
    return doubtful(
        f"The app setting WEBSITE_WARMUP_PATH of {target.name} is {printable(path)}: that path may "
        "accept requests without a token."
    )


def _configured(wiring: Wiring) -> str:
    target = wiring.the_target
    return f"openIdIssuer of {target.name} is {printable(target.settings.at(at.ISSUER))}, which"


ISSUER: Check[Wiring] = Check(
    "MIW120",
    "openIdIssuer is an issuer",
    issuer_is_an_issuer,
    fix=Remedy.PROTECT,
    severity=Severity.HIGH,
    needs=(Part.AUTH_SETTINGS,),
    blocks=True,
)
ISSUER_OF_TENANT: Check[Wiring] = Check(
    "MIW121",
    "openIdIssuer is of this tenant",
    issuer_is_of_this_tenant,
    fix=Remedy.SET_ISSUER,
    severity=Severity.HIGH,
    in_plan=InPlan.REFUSAL,
    needs=(Part.AUTH_SETTINGS,),
    opens=True,
)
EXCLUDED_PATHS: Check[Wiring] = Check(
    "MIW122",
    "every excluded path can match a request",
    excluded_paths_can_match,
    no_fix="which path was meant is for the owner to say",
    severity=Severity.LOW,
    needs=(Part.AUTH_SETTINGS,),
)
AUDIENCES: Check[Wiring] = Check(
    "MIW123",
    "no allowed audience is one of Microsoft's own APIs",
    audiences_are_its_own,
    no_fix="its callers have to request another audience first, or they are rejected",
    severity=Severity.HIGH,
    needs=(Part.AUTH_SETTINGS,),
)
WARMUP_PATH: Check[Wiring] = Check(
    "MIW124",
    "no path is open for the app's start",
    paths_need_a_token_before_start,
    no_fix="the app may need the path to start, and miwire doesn't know whether it does",
    severity=Severity.HIGH,
    needs=(Part.AUTH_SETTINGS, Part.TARGET_SETTINGS),
    opens=True,
)
BARE_AUDIENCES: Check[Wiring] = Check(
    "MIW125",
    "the client id of each allowed API is an allowed audience",
    client_ids_of_audiences_are_accepted,
    no_fix="whether its callers are still to be accepted is for the owner to say",
)
ALL = (ISSUER, ISSUER_OF_TENANT, EXCLUDED_PATHS, AUDIENCES, WARMUP_PATH, BARE_AUDIENCES)
