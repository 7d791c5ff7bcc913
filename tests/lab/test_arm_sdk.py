"""Azure's own management SDKs, unmodified, against the lab's ARM."""

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
)
from azure.identity import ClientSecretCredential, ManagedIdentityCredential
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.web import WebSiteManagementClient
from azure.mgmt.web.models import (
    ManagedServiceIdentity,
    Site,
    SiteAuthSettingsV2,
    SitePatchResource,
    StringDictionary,
)

GROUP = "rg-story"


@pytest.fixture
def credential(lab):
    """The operator, signed in with a client secret."""
    with ClientSecretCredential(
        lab.tenant_id,
        lab.environment["MIWIRE_LAB_CLIENT_ID"],
        lab.environment["MIWIRE_LAB_CLIENT_SECRET"],
        authority=lab.entra,
        disable_instance_discovery=True,
        connection_verify=lab.ca,
    ) as credential:
        yield credential


def web_client(lab, credential):
    return WebSiteManagementClient(
        credential,
        lab.subscription_id,
        base_url=lab.arm,
        credential_scopes=[f"{lab.arm}/.default"],
        connection_verify=lab.ca,
        polling_interval=0,
        retry_total=0,
    )


@pytest.fixture
def web(lab, credential):
    with web_client(lab, credential) as client:
        yield client.web_apps


def test_the_sdk_lists_and_reads_sites(web, lab):
    assert ["core", "integration", "stranger"] == [site.name for site in web.list()]
    assert ["core", "integration", "stranger"] == [
        site.name for site in web.list_by_resource_group(GROUP)
    ]
    assert lab.url("core") == f"https://{web.get(GROUP, 'core').default_host_name}"


def test_the_sdk_enables_an_identity(web, lab):
    patch = SitePatchResource(identity=ManagedServiceIdentity(type="SystemAssigned"))
    identity = web.update(GROUP, "core", patch).identity

    assert ("SystemAssigned", lab.tenant_id) == (identity.type, identity.tenant_id)
    assert identity.principal_id == web.get(GROUP, "core").identity.principal_id


def test_the_sdk_puts_a_whole_site(web):
    before = web.get(GROUP, "stranger")
    body = Site(location=before.location, kind=before.kind, tags={"a": "b"})
    after = web.begin_create_or_update(GROUP, "stranger", body).result()

    assert {"a": "b"} == after.tags
    assert before.identity.principal_id == after.identity.principal_id


def test_the_sdk_reads_changes_and_writes_settings_without_a_loss(web):
    web.update_auth_settings_v2(GROUP, "core", SiteAuthSettingsV2({"properties": {"odd": "x"}}))
    settings = web.get_auth_settings_v2(GROUP, "core")
    settings["properties"]["platform"]["enabled"] = True
    web.update_auth_settings_v2(GROUP, "core", settings)
    after = web.get_auth_settings_v2_without_secrets(GROUP, "core")

    assert after.platform.enabled
    assert ("x", "false") == (
        after["properties"]["odd"],
        after["properties"]["clearInboundClaimsMapping"],
    )
    assert "v2" == web.get_auth_settings(GROUP, "core").config_version


def test_the_sdk_reads_and_writes_app_settings(web, lab):
    settings = web.list_application_settings(GROUP, "core").properties
    assert {"INTEGRATION_URL": lab.url("integration")} == settings
    web.update_application_settings(GROUP, "core", StringDictionary(properties={"A": "1"}))

    assert {"A": "1"} == web.list_application_settings(GROUP, "core").properties


def test_the_sdk_understands_the_refusals(web, lab, monkeypatch):
    with pytest.raises(ResourceNotFoundError) as missing:
        web.get(GROUP, "nothing")
    wrong = SiteAuthSettingsV2({"properties": {"platform": {"enabled": "perhaps"}}})
    with pytest.raises(HttpResponseError) as invalid:
        web.update_auth_settings_v2(GROUP, "core", wrong)
    inside = lab.inside("stranger")
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
        monkeypatch.setenv(name, inside[name])
    with (
        ManagedIdentityCredential() as stranger,
        web_client(lab, stranger) as client,
        pytest.raises(HttpResponseError) as forbidden,
    ):
        client.web_apps.get(GROUP, "core")

    assert "ResourceNotFound" == missing.value.error.code
    assert (400, None) == (invalid.value.status_code, invalid.value.error)
    assert (403, "AuthorizationFailed") == (
        forbidden.value.status_code,
        forbidden.value.error.code,
    )


def test_the_sdk_understands_that_a_token_has_expired(web, lab):
    web.get(GROUP, "core")
    lab.advance(90_000)

    with pytest.raises(ClientAuthenticationError) as expired:
        web.get(GROUP, "core")
    assert 401 == expired.value.status_code


def test_the_sdk_lists_permissions_with_its_doubled_slash(lab, credential):
    with AuthorizationManagementClient(
        credential,
        lab.subscription_id,
        base_url=lab.arm,
        credential_scopes=[f"{lab.arm}/.default"],
        connection_verify=lab.ca,
    ) as client:
        found = client.permissions.list_for_resource(GROUP, "Microsoft.Web", "", "sites", "core")
        permissions = [permission.actions for permission in found]

    assert [["*"]] == permissions
    assert "/providers/Microsoft.Web//sites/core/" in lab.requests("arm")[-1]["url"]
