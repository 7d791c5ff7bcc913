"""Azure's own SDKs, unmodified, against the directory half of the lab."""

import asyncio
import ssl

import httpx
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from kiota_http.middleware.options import ResponseHandlerOption
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.app_role import AppRole
from msgraph.generated.models.app_role_assignment import AppRoleAssignment
from msgraph.generated.models.application import Application
from msgraph.generated.models.service_principal import ServicePrincipal
from msgraph_core import GraphClientFactory

ROLE = "99999999-9999-4999-8999-999999999999"


def credential(azure, **changes):
    arguments = {
        "tenant_id": azure.tenant.tenant_id,
        "client_id": azure.operator["appId"],
        "client_secret": "the operator's secret",
    } | changes
    return ClientSecretCredential(
        **arguments,
        authority=azure.tenant.addresses.entra,
        disable_instance_discovery=True,
        connection_verify=azure.ca,
    )


def natively(**headers):
    """Configuration that gives the raw response, as miwire asks for it."""
    collection = HeadersCollection()
    for name, value in headers.items():
        collection.add(name, value)
    return RequestConfiguration(
        headers=collection, options=[ResponseHandlerOption(NativeResponseHandler())]
    )


@pytest.fixture
def graph(azure):
    """Run a coroutine function with a Graph client of the operator's."""

    def run(use):
        async def main(signed_in):
            context = ssl.create_default_context(cafile=azure.ca)
            base = f"{azure.tenant.addresses.graph}/v1.0"
            # The SDK wraps the transport in one that does not close it.
            async with httpx.AsyncHTTPTransport(verify=context) as transport:
                http = httpx.AsyncClient(transport=transport, base_url=base)
                client = GraphClientFactory.create_with_default_middleware(client=http)
                provider = AzureIdentityAuthenticationProvider(
                    signed_in,
                    scopes=[f"{azure.tenant.addresses.graph}/.default"],
                    allowed_hosts=["127.0.0.1"],
                )
                adapter = GraphRequestAdapter(provider, client)
                adapter.base_url = base
                return await use(GraphServiceClient(request_adapter=adapter))

        with credential(azure) as signed_in:
            return asyncio.run(main(signed_in))

    return run


def test_azure_identity_logs_in_with_a_secret(azure):
    with credential(azure) as signed_in:
        token = signed_in.get_token("https://management.azure.com//.default")

    assert token.token.count(".") == 2


@pytest.mark.parametrize(
    ("changes", "scope", "code"),
    [
        ({"client_secret": "guessed"}, "https://graph.microsoft.com/.default", "AADSTS7000215"),
        ({"client_id": "nobody"}, "https://graph.microsoft.com/.default", "AADSTS700016"),
        ({}, "api://nobody/.default", "AADSTS500011"),
    ],
)
def test_azure_identity_passes_on_why_entra_id_refused(azure, changes, scope, code):
    with (
        credential(azure, **changes) as signed_in,
        pytest.raises(ClientAuthenticationError, match=code),
    ):
        signed_in.get_token(scope)


def test_msgraph_upserts_a_registration_and_assigns_a_role(azure, graph):
    async def wire(client):
        upsert = natively(Prefer="create-if-missing")
        named = client.applications_with_unique_name("miwire-1")
        made = await named.patch(Application(display_name="integration"), upsert)
        again = await named.patch(Application(display_name="integration"), upsert)
        app_id = made.json()["appId"]
        role = AppRole(
            id=ROLE,
            allowed_member_types=["Application"],
            display_name="Caller",
            description="May call",
            value="Caller",
            is_enabled=True,
        )
        change = Application(app_roles=[role], identifier_uris=[f"api://{app_id}"])
        patched = await client.applications.by_application_id(made.json()["id"]).patch(
            change, natively()
        )
        by_app_id = client.service_principals_with_app_id(app_id)
        principal = await by_app_id.patch(
            ServicePrincipal(app_role_assignment_required=True), upsert
        )
        resource_id = principal.json()["id"]
        assigned_to = client.service_principals.by_service_principal_id(
            resource_id
        ).app_role_assigned_to
        assignment = AppRoleAssignment(
            principal_id=azure.caller["id"], resource_id=resource_id, app_role_id=ROLE
        )
        answers = [made, again, patched, principal]
        answers += [await assigned_to.post(assignment, natively()) for _ in range(2)]
        return [each.status_code for each in answers], (await assigned_to.get(natively())).json()

    statuses, held = graph(wire)

    assert [201, 204, 204, 201, 201, 400] == statuses
    assert [azure.caller["id"]] == [each["principalId"] for each in held["value"]]


def test_msgraph_reads_several_things_at_once(azure, graph):
    async def read(client):
        principals = [azure.caller["id"], azure.operator["id"], "nobody"]
        found = await asyncio.gather(
            *(
                client.service_principals.by_service_principal_id(each).get(natively())
                for each in principals
            )
        )
        return [each.status_code for each in found]

    assert [200, 200, 404] == graph(read)
