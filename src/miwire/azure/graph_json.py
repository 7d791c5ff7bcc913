"""Graph's JSON: read into the domain's values, and written as a request body."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from kiota_abstractions.serialization import Parsable

from miwire.azure.shapes import entries, members, readable, strings, text
from miwire.model.directory import AppRegistration, AppRole, AppRoleAssignment, ServicePrincipal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kiota_abstractions.serialization import ParseNode, SerializationWriter

Value = TypeVar("Value")

APPLICATION_MEMBERS = (
    "id,appId,displayName,identifierUris,api,appRoles,uniqueName,"
    "signInAudience,isFallbackPublicClient,publicClient,web,spa,passwordCredentials,keyCredentials"
)
_WITH_REDIRECT_URIS = ("web", "spa", "publicClient")
SERVICE_PRINCIPAL_MEMBERS = (
    "id,appId,displayName,accountEnabled,appRoleAssignmentRequired,servicePrincipalType,"
    "appOwnerOrganizationId"
)


class _RequestBody(Parsable):
    """A JSON object as it stands."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def get_field_deserializers(self) -> dict[str, Callable[[ParseNode], None]]:
        """Return nothing: it is written, never read."""
        return {}

    def serialize(self, writer: SerializationWriter) -> None:
        """Write the members."""
        writer.write_additional_data_value(dict(self._document))


def request_body(document: Mapping[str, Any]) -> Any:  # noqa: ANN401  stands in for any model
    """
    Return *document* as the body of a request, in place of one of msgraph's models.

    The models drop what they do not know, and roles that exist must go back as Graph sent them.
    """
    return _RequestBody(document)


def _of_graph(
    read: Callable[[Mapping[str, Any]], Value],
) -> Callable[[Mapping[str, Any]], Value]:
    """Return a reader that raises Unreachable for an object of other types than documented."""

    @wraps(read)
    def reader(document: Mapping[str, Any]) -> Value:
        with readable("read the directory", "Microsoft Graph"):
            return read(document)

    return reader


@_of_graph
def application(document: Mapping[str, Any]) -> AppRegistration:
    """Return the registration that Graph describes."""
    api, public = members(document.get("api")), members(document.get("publicClient"))
    has_credential = document.get("passwordCredentials") or document.get("keyCredentials")
    return AppRegistration(
        object_id=str(document["id"]),
        app_id=str(document["appId"]),
        display_name=str(document.get("displayName") or ""),
        identifier_uris=strings(document.get("identifierUris")),
        token_version=api.get("requestedAccessTokenVersion"),
        app_roles=tuple(_role(each) for each in entries(document.get("appRoles"))),
        scope_values=tuple(
            text(members(each).get("value")) for each in entries(api.get("oauth2PermissionScopes"))
        ),
        unique_name=text(document.get("uniqueName")) or None,
        is_public_client=bool(
            document.get("isFallbackPublicClient")
            or (public.get("redirectUris") and not has_credential)
        ),
        beyond_an_api=tuple(_beyond_an_api(document)),
    )


def _beyond_an_api(document: Mapping[str, Any]) -> Iterator[str]:
    if document.get("signInAudience") not in (None, "AzureADMyOrg"):
        yield f"the sign-in audience {document['signInAudience']}"
    if document.get("passwordCredentials") or document.get("keyCredentials"):
        yield "credentials"
    if any(members(document.get(each)).get("redirectUris") for each in _WITH_REDIRECT_URIS):
        yield "redirect URIs"
    if document.get("isFallbackPublicClient"):
        yield "the mark of a public client"


def _role(document: Mapping[str, Any]) -> AppRole:
    return AppRole(
        id=str(document.get("id")),
        value=str(document.get("value") or ""),
        enabled=document.get("isEnabled") is True,
        member_types=strings(document.get("allowedMemberTypes")),
        document=document,
    )


@_of_graph
def service_principal(document: Mapping[str, Any]) -> ServicePrincipal:
    """Return the service principal that Graph describes."""
    return ServicePrincipal(
        object_id=str(document["id"]),
        app_id=str(document["appId"]),
        display_name=str(document.get("displayName") or ""),
        assignment_required=document.get("appRoleAssignmentRequired") is True,
        type=str(document.get("servicePrincipalType") or ""),
        owner_tenant_id=text(document.get("appOwnerOrganizationId")) or None,
        enabled=document.get("accountEnabled") is not False,
    )


@_of_graph
def assignment(document: Mapping[str, Any]) -> AppRoleAssignment:
    """Return the app role assignment that Graph describes."""
    return AppRoleAssignment(
        principal_id=str(document["principalId"]),
        app_role_id=str(document["appRoleId"]),
        id=str(document.get("id") or ""),
    )
