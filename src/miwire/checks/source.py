"""MIW0xx: the app that calls, and the identity that it calls with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.checks.registry import Check, doubtful, fails, holds, unknown
from miwire.finding import InPlan, Severity
from miwire.model.wiring import Part
from miwire.remedy import Fix, Remedy
from miwire.text import is_guid

if TYPE_CHECKING:
    from miwire.checks.registry import Judgement
    from miwire.model.site import Site
    from miwire.model.wiring import Wiring


def has_an_identity(site: Site) -> Judgement:
    """
    Require a managed identity: without one, the identity endpoint issues the app no token.

    The app has neither IDENTITY_ENDPOINT nor IDENTITY_HEADER then, and DefaultAzureCredential ends
    in "ManagedIdentityCredential authentication unavailable".
    """
    if site.identity.system is not None or any(
        each.principal_id for each in site.identity.user_assigned
    ):
        return holds(f"{site.display_name} has a managed identity")
    return fails(
        f"{site.display_name} has no managed identity.",
        Fix(Remedy.ENABLE_IDENTITY, source=str(site.ref)),
    )


def has_one_identity_to_call_with(site: Site) -> Judgement | None:
    """
    Require that the identity which the code uses is known.

    The system-assigned identity is the default. Without it, the identity endpoint returns the token
    of a user-assigned one only if its client id is asked for.
    """
    several = [each for each in site.identity.user_assigned if each.principal_id]
    if site.identity.system is not None or not several:
        return None
    if len(several) == 1:
        return holds(f"{site.display_name} has one user-assigned identity")
    return fails(
        f"{site.display_name} has {len(several)} user-assigned identities and no system-assigned "
        "one.",
    )


@dataclass(frozen=True, slots=True)
class NamedIdentity:
    """A user-assigned identity that a command line names for an app."""

    site: Site
    resource_id: str


def is_attached(named: NamedIdentity) -> Judgement:
    """
    Require that the named user-assigned identity is attached to the app.

    An app gets tokens for the identities that are attached to it, and for no other.
    """
    site, name = named.site, named.resource_id.rpartition("/")[2]
    if site.identity.attached(named.resource_id) is not None:
        return holds(f"{site.display_name} has {name}")
    return fails(
        f"{site.display_name} doesn't have the identity {name}.",
        Fix(Remedy.ATTACH_IDENTITY, source=str(site.ref), identity=named.resource_id),
    )


def client_id_setting_names_the_caller(wiring: Wiring) -> Judgement | None:
    """
    Require that AZURE_CLIENT_ID, if it is set, is the client id of the identity that is allowed.

    DefaultAzureCredential takes the identity of that client id (azure-identity 1.25, its
    ManagedIdentityCredential). With another one in it the connection looks complete, and every call
    is rejected. A reference to Key Vault or App Configuration isn't resolved here.
    """
    source = wiring.the_source
    chosen, name = source.chosen_client_id, source.name
    if chosen is None or source.has_client_credential:
        return None  # with a credential beside it, code_uses_its_identity asks
    if chosen.startswith("@"):
        return unknown(
            f"AZURE_CLIENT_ID of {name} is a reference ({chosen.partition('(')[0]}…). It must "
            "resolve to the client ID of the allowed identity."
        )
    if any(_is(chosen, each.client_id) for each in wiring.callers):
        return holds(f"AZURE_CLIENT_ID of {name} is {chosen}")
    attached = source.site.identity.user_assigned
    named = next((each for each in attached if _is(chosen, each.client_id or "")), None)
    if named is not None:
        return fails(
            f"The app setting AZURE_CLIENT_ID of {name} makes its code use the identity "
            f"{named.id.rpartition('/')[2]}, not the one that would be allowed.",
            Fix(Remedy.ALLOW_THAT_IDENTITY, identity=named.id),
        )
    return fails(
        f"The app setting AZURE_CLIENT_ID of {name} is {_shown(chosen)}, which isn't the identity "
        "that would be allowed and isn't attached to the app.",
        Fix(Remedy.DELETE_APP_SETTING, name=source.ref.id, value="AZURE_CLIENT_ID")
        if source.site.identity.system is not None
        else "",
    )


def code_uses_its_identity(wiring: Wiring) -> Judgement | None:
    """
    Look for a credential in the app settings that comes before the managed identity.

    With AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or a certificate's path)
    DefaultAzureCredential uses that service principal: its EnvironmentCredential is first in the
    chain (azure-identity 1.25). Code that uses ManagedIdentityCredential isn't concerned.
    """
    source = wiring.the_source
    if source.chosen_client_id is None:
        return None
    if not source.has_client_credential:
        return holds(f"{source.name} has no client secret beside AZURE_CLIENT_ID")
    return doubtful(
        f"The app settings of {source.name} hold a credential for the client ID "
        f"{_shown(source.chosen_client_id)}: DefaultAzureCredential uses that service "
        "principal, and not the managed identity that would be allowed."
    )


def code_names_its_identity(wiring: Wiring) -> Judgement | None:
    """
    Require that the code of an app without a system-assigned identity names the one that it uses.

    The identity endpoint issues a token of a user-assigned identity only for its client ID:
    without AZURE_CLIENT_ID (or a client ID in the code) it answers 400, "no managed identity
    found". Code that passes the client ID itself isn't concerned.
    """
    source = wiring.the_source
    identity = source.site.identity
    attached = [each for each in identity.user_assigned if each.principal_id]
    if not attached and identity.system is None:
        return None
    if identity.system is not None or source.chosen_client_id is not None:
        return holds(f"{source.name} has an identity that its code finds")
    names = " or ".join(each.id.rpartition("/")[2] for each in attached)
    return fails(
        f"{source.name} has no system-assigned identity, and no app setting AZURE_CLIENT_ID "
        f"selects {names}: its code gets no token (400).",
        Fix(
            Remedy.SELECT_IDENTITY,
            name=source.ref.id,
            value=(attached[0].client_id or "CLIENT_ID") if len(attached) == 1 else "CLIENT_ID",
        ),
    )


def identity_endpoint_is_on(wiring: Wiring) -> Judgement:
    """
    Require that the identity endpoint of the app is on.

    The app setting WEBSITE_DISABLE_MSI turns it off: the app has no IDENTITY_ENDPOINT then, and its
    code gets no token of any managed identity.
    """
    source = wiring.the_source
    if not source.identity_endpoint_off:
        return holds(f"the identity endpoint of {source.name} is on")
    ref = source.ref
    return fails(
        f"The app setting WEBSITE_DISABLE_MSI turns the identity endpoint of {source.name} off: "
        "its code gets no token.",
        Fix(Remedy.DELETE_APP_SETTING, name=ref.id, value="WEBSITE_DISABLE_MSI"),
    )


def scope_setting_has_one_spelling(wiring: Wiring) -> Judgement | None:
    """
    Require that no other app setting differs from the scope's only in case.

    Azure compares the names without case, and code on Linux reads them with it.
    """
    setting, name = wiring.scope_setting, wiring.the_source.name
    if setting is None:
        return None
    if setting.twin is None or setting.value is not None or setting.holds_other:
        return holds(f"{setting.name} has no twin")
    return fails(
        f"{name} has the app setting {setting.twin}, which differs from {setting.name} only in "
        "case.",
        Fix(Remedy.USE_EXISTING_SETTING, name=setting.twin),
    )


def scope_setting_is_free(wiring: Wiring) -> Judgement | None:
    """
    Require that the app setting for the scope is missing or holds a scope.

    Any other value may be a secret or somebody else's configuration, so it is neither shown nor
    replaced. A reference to Key Vault or App Configuration counts as another value.
    """
    setting = wiring.scope_setting
    if setting is None:
        return None
    if not setting.holds_other:
        return holds(f"{setting.name} is missing or holds a scope")
    return fails(
        f"The app setting {setting.name} of {wiring.the_source.name} doesn't contain a scope, so "
        "it isn't replaced. Nothing was changed."
    )


def _shown(client_id: str) -> str:
    """Return a client id, and of what is none, such as a secret in the wrong place, nothing."""
    return client_id if is_guid(client_id) else "(a value that isn't a client ID)"


def _is(client_id: str, other: str) -> bool:
    return client_id.casefold() == other.casefold()


HAS_IDENTITY: Check[Site] = Check(
    "MIW001",
    "the app that calls has a managed identity",
    has_an_identity,
    fix=Remedy.ENABLE_IDENTITY,
    severity=Severity.HIGH,
    in_plan=InPlan.REFUSAL,
    blocks=True,
)
ONE_IDENTITY: Check[Site] = Check(
    "MIW002",
    "it is known which identity it calls with",
    has_one_identity_to_call_with,
    fix=Remedy.CHOOSE_IDENTITY,
    severity=Severity.HIGH,
    in_plan=InPlan.REFUSAL,
    blocks=True,
)
CLIENT_ID_SETTING: Check[Wiring] = Check(
    "MIW003",
    "AZURE_CLIENT_ID names the allowed identity",
    client_id_setting_names_the_caller,
    fix=Remedy.CORRECT_CLIENT_ID_SETTING,
    severity=Severity.HIGH,
    in_plan=InPlan.REFUSAL,
    needs=(Part.SOURCE_SETTINGS,),
    blocks=True,
)
CREDENTIAL: Check[Wiring] = Check(
    "MIW007",
    "the app's code calls with its managed identity",
    code_uses_its_identity,
    no_fix="other code of the app may need the credential",
    severity=Severity.HIGH,
    in_plan=InPlan.QUESTION,
    needs=(Part.SOURCE_SETTINGS,),
)
ENDPOINT: Check[Wiring] = Check(
    "MIW008",
    "the identity endpoint of the app that calls is on",
    identity_endpoint_is_on,
    fix=Remedy.DELETE_APP_SETTING,
    severity=Severity.HIGH,
    needs=(Part.SOURCE_SETTINGS,),
    blocks=True,
)
SELECTED: Check[Wiring] = Check(
    "MIW020",
    "the code of the app that calls finds its identity",
    code_names_its_identity,
    fix=Remedy.SELECT_IDENTITY,
    severity=Severity.HIGH,
    needs=(Part.SOURCE_SETTINGS,),
    blocks=True,
)
IS_ATTACHED: Check[NamedIdentity] = Check(
    "MIW006",
    "the named identity is attached to the app",
    is_attached,
    fix=Remedy.ATTACH_IDENTITY,
    severity=Severity.HIGH,
    in_plan=InPlan.REFUSAL,
)
SCOPE_SETTING: tuple[Check[Wiring], ...] = (
    Check(
        "MIW004",
        "the app setting for the scope has one spelling",
        scope_setting_has_one_spelling,
        fix=Remedy.USE_EXISTING_SETTING,
        severity=Severity.MEDIUM,
        in_plan=InPlan.REFUSAL,
    ),
    Check(
        "MIW005",
        "the app setting for the scope holds a scope or nothing",
        scope_setting_is_free,
        fix=Remedy.CHOOSE_SETTING_NAME,
        severity=Severity.MEDIUM,
        in_plan=InPlan.REFUSAL,
    ),
)
IDENTITY: tuple[Check[Site], ...] = (HAS_IDENTITY, ONE_IDENTITY)
