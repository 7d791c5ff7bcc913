"""MIW2xx: registration, service principal and app role of the app that is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.checks.registry import Check, doubtful, fails, holds
from miwire.finding import InPlan, Severity
from miwire.model.directory import registration_name, unique_name
from miwire.model.wiring import Part
from miwire.remedy import Fix, Remedy
from miwire.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.checks.registry import Judgement
    from miwire.model.directory import AppRegistration, ServicePrincipal
    from miwire.model.site import Site
    from miwire.model.wiring import Target, Wiring

_RESERVED = "user"
_MICROSOFT_TENANTS = {
    "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
    "72f988bf-86f1-41af-91ab-2d7cd011db47",
}
_PUBLIC_CLIENTS = {
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46": "Azure CLI",
    "1950a258-227b-4e31-a9cf-717495945fc2": "Azure PowerShell",
    "872cd9fa-d31f-45e0-9eab-6e460a02d1f1": "Visual Studio",
    "aebc6443-996d-45c2-90f0-388ff96faa56": "Visual Studio Code",
}
"""Microsoft's own clients that sign people in: their tokens carry the person's object id."""


@dataclass(frozen=True, slots=True)
class NamedRegistration:
    """A registration that settings or a command line name by its client id."""

    site: Site
    app_id: str
    found: AppRegistration | None
    kind: str = ""
    """What the id is instead, in words; empty: not known."""
    configured: bool = True
    """Whether the settings name it, and not only the command line."""


def exists(named: NamedRegistration) -> Judgement:
    """
    Require that the client id in the settings is a registration of this tenant.

    Entra ID issues no token for anything else: an identity's id, an object id and an id of another
    tenant look alike.
    """
    if named.found is not None:
        return holds(f"{named.app_id} is {named.found.display_name}")
    site = named.site
    replaced = Fix(Remedy.REPLACE_REGISTRATION, target=str(site.ref), name=registration_name(site))
    fix = replaced if named.configured else ""
    if named.kind:
        return fails(
            f"The client ID {named.app_id} of {site.display_name} is {named.kind}. It isn't an app "
            "registration of this tenant, so Entra ID issues no token for it.",
            fix,
        )
    return fails(
        f"The registration {named.app_id} of {site.display_name} doesn't exist in this tenant.", fix
    )


def was_made_for_it(target: Target) -> Judgement | None:
    """
    Look for a registration that somebody else made: other apps may use it, too.

    What miwire changes in it (token version, app role, assignment required) is then about them as
    well. Its own registrations are known by their `uniqueName`.
    """
    registration = target.registration
    if registration is None:
        return None
    if registration.unique_name == unique_name(target.ref):
        return holds("created by miwire")
    return fails(
        f"The registration {registration.display_name} ({registration.app_id}) of {target.name} "
        "wasn't created by miwire; others may use it."
    )


def is_an_api_only(target: Target) -> Judgement | None:
    """
    Look for what miwire never gives a registration: redirect URIs, credentials, other tenants.

    Somebody who added a credential to a registration under miwire's name may be able to call the
    app with it.
    """
    registration = target.registration
    if registration is None or registration.unique_name != unique_name(target.ref):
        return None
    if not registration.beyond_an_api:
        return holds("an API and nothing else")
    return fails(
        f"The registration {registration.display_name} ({registration.app_id}) of {target.name} "
        f"has the name that miwire uses, but also {listed(registration.beyond_an_api)}, which "
        "miwire never adds: the person who added it may be able to call the app."
    )


def api_is_enabled(target: Target) -> Judgement | None:
    """
    Require that the service principal of the API is enabled.

    While `accountEnabled` is false, Entra ID issues nobody a token for the API (AADSTS500014). The
    identity endpoint reports that as HTTP 500.
    """
    principal = target.service_principal
    if principal is None:
        return None
    if principal.enabled:
        return holds(f"the service principal of {principal.display_name} is enabled")
    return fails(
        f"The service principal of {principal.display_name}, the API of {target.name}, is "
        "disabled: Entra ID issues no token for it (AADSTS500014).",
        Fix(Remedy.ENABLE_PRINCIPAL, identity=principal.object_id),
    )


def callers_are_enabled(wiring: Wiring) -> Iterator[Judgement]:
    """
    Require that the service principal of each caller is enabled.

    While `accountEnabled` is false, the identity gets no token for anything (AADSTS7000112). Tokens
    that it has stay valid until they expire.
    """
    for caller in wiring.callers:
        if caller.enabled:
            yield holds(f"the service principal of {caller.name} is enabled")
        else:
            yield fails(
                f"The service principal of {caller.name} ({caller.principal_id}) is disabled: "
                "Entra ID issues it no token (AADSTS7000112).",
                Fix(Remedy.ENABLE_PRINCIPAL, identity=caller.principal_id),
            )


def api_has_a_service_principal(target: Target) -> Judgement | None:
    """
    Require that the API has a service principal in this tenant.

    Without one Entra ID issues no token for it (AADSTS500011), and nobody can hold an app role of
    it. The identity endpoint reports that as HTTP 500. A registration made with `az ad app create`
    has none until `az ad sp create`.
    """
    registration = target.registration
    if registration is None:
        return None
    if target.service_principal is not None and not target.service_principal.deleted:
        return holds(f"{registration.display_name} has a service principal")
    return fails(
        f"The registration {registration.display_name} ({registration.app_id}) of {target.name} "
        "has no service principal: Entra ID issues no token for it (AADSTS500011).",
    )


def assignment_is_required(target: Target) -> Judgement | None:
    """
    Look for an API for which every identity of the tenant gets a token.

    While "assignment required" (`appRoleAssignmentRequired`) is off, Entra ID issues a token for
    the API to anyone who asks, with or without an app role; App Service authentication never looks
    at roles. Only the caller allow-lists then restrict who may call.
    """
    principal = target.service_principal
    if principal is None or principal.deleted:
        return None
    if principal.assignment_required:
        return holds(f"{principal.display_name} requires assignment")
    return doubtful(
        f"The API of {target.name} requires no assignment: every identity of the tenant gets a "
        "token for it, and only the allow-lists reject callers.",
    )


def callers_hold_a_role(wiring: Wiring) -> Iterator[Judgement]:
    """
    Require that each caller holds an app role of the API, where assignment is required.

    Without one Entra ID issues no token (AADSTS501051), which the identity endpoint reports as
    HTTP 500. A role that was assigned a minute ago may not be known everywhere yet.
    """
    target = wiring.the_target
    principal = target.service_principal
    if principal is None or principal.deleted or not principal.assignment_required:
        return
    held = {each.principal_id.casefold() for each in target.assignments}
    for caller in wiring.callers:
        if not caller.has_identity:
            continue
        if caller.principal_id.casefold() in held:
            yield holds(f"{caller.name} holds an app role of {target.name}")
            continue
        source = str(wiring.source.ref) if wiring.source else caller.name
        yield fails(
            f"{caller.name} ({caller.principal_id}) holds no app role of {target.name}, which "
            "requires one: Entra ID issues it no new token (AADSTS501051). One that it has works "
            "until it expires.",
            Fix(Remedy.GRANT, source=source, target=str(target.ref)),
        )


def has_its_identifier_uri(target: Target) -> Judgement | None:
    """
    Require that the API has the identifier URI that callers request a token for.

    A scope of `api://<client ID>/.default` needs the identifier URI `api://<client ID>`; without
    it Entra ID answers AADSTS500011 and the identity endpoint HTTP 500.
    """
    registration = target.registration
    if registration is None:
        return None
    uris = registration.identifier_uris
    if registration.uri in map(str.lower, uris):
        return holds(f"{registration.display_name} has {registration.uri}")
    others = f" It has {listed(uris)}." if uris else ""
    # Where other APIs are accepted, callers may request a token for one of these.
    say = doubtful if target.other_apis else fails
    return say(
        f"The registration {registration.display_name} has no identifier URI {registration.uri}: "
        f"Entra ID issues no token for that scope (AADSTS500011).{others}",
    )


@dataclass(frozen=True, slots=True)
class NamedRole:
    """An app role that callers are to hold, by its value."""

    registration: AppRegistration | None
    """None: it is yet to be made."""
    value: str


def is_for_applications(named: NamedRole) -> Judgement | None:
    """
    Require that the app role can be assigned to an application.

    A role for users only (`allowedMemberTypes`), or one that is disabled, can be assigned to no
    managed identity.
    """
    registration = named.registration
    role = registration.role(named.value) if registration else None
    if registration is None or role is None:
        return None
    if role.is_for_applications:
        return holds(f"{named.value} is for applications")
    return fails(
        f"The app role {named.value} of {registration.display_name} is disabled or isn't for "
        "applications."
    )


def value_is_free(named: NamedRole) -> Judgement | None:
    """
    Require that no scope of the registration has the value of the new app role.

    App roles and scopes share one namespace of values, and Graph refuses `User` altogether
    (MicrosoftDocs/azure-docs#81899, hashicorp/terraform-provider-azuread#721).
    """
    registration = named.registration
    if registration is not None and registration.role(named.value) is not None:
        return None
    if named.value.casefold() == _RESERVED:
        return fails(f"Microsoft Graph accepts no app role with the value {named.value}.")
    scopes = registration.scope_values if registration else ()
    if registration is None or named.value.casefold() not in map(str.casefold, scopes):
        return holds(f"{named.value} is free")
    return fails(
        f"{registration.display_name} has a scope with the value {named.value}; app roles and "
        "scopes can't share a value."
    )


@dataclass(frozen=True, slots=True)
class NamedClient:
    """A client that a command line names by its client id, and what the directory knows of it."""

    client_id: str
    principal: ServicePrincipal | None = None
    registration: AppRegistration | None = None
    looked_up: bool = False
    """Whether the directory was asked; Microsoft's own clients are known without it."""


def is_no_public_client(client: NamedClient) -> Judgement | None:
    """
    Require a client with a name of its own: a public client calls in the name of people.

    Its tokens carry the person's object id, so the two allow-lists can't name it: App Service wants
    client id and object id both.
    """
    known = _PUBLIC_CLIENTS.get(client.client_id.lower())
    principal, registration = client.principal, client.registration
    public = registration is not None and registration.is_public_client
    if principal is not None and (principal.owner_tenant_id in _MICROSOFT_TENANTS or public):
        known = principal.display_name
    if known is None:
        return holds(f"{client.client_id} is no known public client")
    return fails(
        f"{known} is a public client: its tokens carry the signed-in user's object ID, so it can't "
        "be allowed by its own IDs."
    )


def has_a_service_principal(client: NamedClient) -> Judgement | None:
    """
    Require that the client has a service principal in this tenant.

    An app role is assigned to a service principal; without one the client gets no token here.
    """
    if not client.looked_up:
        return None
    if client.principal is not None:
        return holds(client.principal.display_name)
    return fails(f"No service principal with client ID {client.client_id} in this tenant.")


REGISTRATION: Check[NamedRegistration] = Check(
    "MIW201",
    "the client id in the settings is a registration of this tenant",
    exists,
    fix=Remedy.CHOOSE_REGISTRATION,
    severity=Severity.HIGH,
    in_plan=InPlan.REFUSAL,
    blocks=True,
)
API_ONLY: Check[Target] = Check(
    "MIW203",
    "the registration is an API and nothing else",
    is_an_api_only,
    fix=Remedy.CHOOSE_SIGN_IN,
    severity=Severity.HIGH,
    in_plan=InPlan.REFUSAL,
)
OWN_REGISTRATION: tuple[Check[Target], ...] = (
    Check(
        "MIW202",
        "the registration was made for this app",
        was_made_for_it,
        fix=Remedy.CHOOSE_SIGN_IN,
        in_plan=InPlan.REFUSAL,
    ),
    API_ONLY,
)
APP_ROLE: Check[NamedRole] = Check(
    "MIW204",
    "the app role can be assigned to applications",
    is_for_applications,
    fix=Remedy.CHOOSE_APP_ROLE,
    severity=Severity.HIGH,
    in_plan=InPlan.REFUSAL,
)
ROLE_VALUE_FREE: Check[NamedRole] = Check(
    "MIW209",
    "the value of a new app role is free",
    value_is_free,
    fix=Remedy.CHOOSE_APP_ROLE,
    severity=Severity.HIGH,
    in_plan=InPlan.REFUSAL,
)
NOT_PUBLIC: Check[NamedClient] = Check(
    "MIW205",
    "the allowed client calls in its own name",
    is_no_public_client,
    fix=Remedy.NAME_APP_ONLY_CLIENT,
    severity=Severity.HIGH,
    in_plan=InPlan.REFUSAL,
)
CLIENT_KNOWN: Check[NamedClient] = Check(
    "MIW206",
    "the allowed client has a service principal in this tenant",
    has_a_service_principal,
    fix=Remedy.NAME_CLIENT_ID,
    severity=Severity.HIGH,
    in_plan=InPlan.REFUSAL,
)
API_ENABLED: Check[Target] = Check(
    "MIW207",
    "the service principal of the API is enabled",
    api_is_enabled,
    fix=Remedy.ENABLE_PRINCIPAL,
    severity=Severity.HIGH,
    needs=(Part.DIRECTORY,),
    blocks=True,
    after=("MIW230",),
)
CALLERS_ENABLED: Check[Wiring] = Check(
    "MIW208",
    "the service principals of the callers are enabled",
    callers_are_enabled,
    fix=Remedy.ENABLE_PRINCIPAL,
    severity=Severity.HIGH,
    needs=(Part.DIRECTORY,),
    blocks=True,
)
HAS_PRINCIPAL: Check[Target] = Check(
    "MIW230",
    "the API has a service principal",
    api_has_a_service_principal,
    fix=Remedy.CONNECT,
    severity=Severity.HIGH,
    needs=(Part.DIRECTORY,),
    blocks=True,
)
ASSIGNMENT_REQUIRED: Check[Target] = Check(
    "MIW231",
    "only callers with an app role get a token",
    assignment_is_required,
    fix=Remedy.CONNECT,
    needs=(Part.DIRECTORY,),
)
HOLDS_ROLE: Check[Wiring] = Check(
    "MIW232",
    "the caller holds an app role of the API",
    callers_hold_a_role,
    fix=Remedy.GRANT,
    severity=Severity.HIGH,
    needs=(Part.DIRECTORY,),
    after=("MIW001", "MIW002", "MIW201", "MIW230"),
    blocks=True,
)
IDENTIFIER_URI: Check[Target] = Check(
    "MIW233",
    "the API has the identifier URI that is requested",
    has_its_identifier_uri,
    fix=Remedy.CONNECT,
    severity=Severity.HIGH,
    needs=(Part.DIRECTORY,),
    blocks=True,
    after=("MIW201",),
)
