"""Read a target, its registration, and the callers that are to be let in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.azure.patience import until
from miwire.domain import auth_settings as at
from miwire.domain.wiring import Caller, Wiring
from miwire.errors import BadRequest, NotFound
from miwire.operations import find
from miwire.operations.registration_changes import unique_name

if TYPE_CHECKING:
    from miwire.azure import Azure
    from miwire.azure.directory import DirectoryView
    from miwire.domain.auth_settings import AuthSettings
    from miwire.domain.registration import ServicePrincipal
    from miwire.domain.resource import AppName
    from miwire.domain.site import Site

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
class Named:
    """Whom the command line names around a target."""

    sources: tuple[AppName, ...] = ()
    client_ids: tuple[str, ...] = ()
    app_id: str | None = None
    """A registration to use instead of the one that the settings name."""


def target(azure: Azure, name: AppName, named: Named) -> Wiring:
    """
    Read everything that protecting a target starts from.

    Raises BadRequest where the settings are v1's or come from a file, or where a client signs
    people in; NotFound where an app, an identity, a client or a registration is not there.
    """
    site, *sources = find.apps(azure, [name, *named.sources])
    settings = azure.sites.auth_settings(site.ref)
    _refuse_what_is_not_enforced(azure, site, settings)
    app_id = _registration_id(site, settings, named.app_id)
    principal_ids = {source.ref.key: _principal_id(source) for source in sources}
    listed = () if settings.listed(at.APPLICATIONS) else settings.listed(at.IDENTITIES)
    view = azure.directory.look(
        app_id=app_id,
        unique_name=unique_name(site.ref),
        principal_ids=tuple(dict.fromkeys((*principal_ids.values(), *listed))),
    )
    if app_id and view.registration is None:
        raise NotFound(
            f"The registration {app_id} of {site.display_name} is not in this tenant's directory.",
            hint="Name another one with --app-id, or take the client id out of the settings.",
        )
    callers = [_caller(azure, source, principal_ids[source.ref.key], view) for source in sources]
    callers += [_client(azure, client_id) for client_id in named.client_ids]
    return Wiring(
        tenant_id=azure.tenant_id or "",
        issuers=azure.authority.issuers(azure.tenant_id or ""),
        target=site,
        settings=settings,
        registration=view.registration,
        service_principal=view.service_principal,
        assignments=view.assignments,
        counterparts=tuple(
            found.app_id for each in listed if (found := view.principals[each]) is not None
        ),
        callers=tuple({caller.principal_id: caller for caller in callers}.values()),
    )


def _refuse_what_is_not_enforced(azure: Azure, site: Site, settings: AuthSettings) -> None:
    """Stop where authsettingsV2 is not what the gate goes by: writing it would change nothing."""
    classic = azure.sites.classic_auth(site.ref)
    if classic.in_use:
        raise BadRequest(
            f"{site.display_name} is protected by authentication settings of version 1.",
            hint=f"Upgrade them first: az webapp auth config-version upgrade "
            f"-g {site.ref.group} -n {site.ref.name}",
        )
    file = settings.at("platform.configFilePath")
    if file or classic.from_file:
        raise BadRequest(
            f"The authentication settings of {site.display_name} come from the file "
            f"{file or 'that v1 names'}, which wins over what miwire could write.",
            hint="Edit that file, or clear platform.configFilePath.",
        )


def _registration_id(site: Site, settings: AuthSettings, asked: str | None) -> str | None:
    used = settings.client_id
    if asked and used and asked.casefold() != used.casefold():
        raise BadRequest(
            f"{site.display_name} uses the registration {used} already, not {asked}.",
            hint="Leave --app-id out to go on with that one.",
        )
    return used or asked


def _principal_id(source: Site) -> str:
    """Return the object id of the identity that a source calls with."""
    identity = source.identity
    if identity.system is not None:
        return identity.system.principal_id
    match [each.principal_id for each in identity.user_assigned if each.principal_id]:
        case []:
            raise NotFound(
                f"{source.display_name} has no managed identity.",
                hint=f"miwire enable-identity {source.ref}",
            )
        case [only]:
            return only
        case several:
            raise BadRequest(
                f"{source.display_name} has {len(several)} user-assigned identities "
                "and no system-assigned one.",
                hint="Name the one it calls with by its client id: --allow-client CLIENT_ID",
            )


def _caller(azure: Azure, source: Site, principal_id: str, view: DirectoryView) -> Caller:
    principal = view.principals[principal_id] or until(
        lambda: azure.directory.service_principal(principal_id),
        for_what=f"the directory to know the identity of {source.display_name}",
        seconds=azure.wait,
        pause=azure.pause,
    )
    return Caller(source.display_name, principal.app_id, principal.object_id)


def _client(azure: Azure, client_id: str) -> Caller:
    """Return an app-only client; a client that signs people in cannot be let in by its ids."""
    signs_in = _PUBLIC_CLIENTS.get(client_id.lower())
    if signs_in:
        raise _public(signs_in)
    view = azure.directory.look(app_id=client_id, client_ids=(client_id,))
    principal: ServicePrincipal | None = view.principals[client_id]
    if principal is None:
        raise NotFound(
            f"No service principal in this tenant has the client id {client_id}.",
            hint="Give the client id (app id), not the object id; a managed identity has one too.",
        )
    if principal.owner_tenant_id in _MICROSOFT_TENANTS or (
        view.registration is not None and view.registration.is_public_client
    ):
        raise _public(principal.display_name)
    return Caller(principal.display_name, principal.app_id, principal.object_id)


def _public(name: str) -> BadRequest:
    return BadRequest(
        f"{name} is a client that signs people in: its tokens carry the person's object id, "
        "so no list of this client's ids lets it in.",
        hint="Name an app-only client: a managed identity, or a registration with a credential.",
    )
