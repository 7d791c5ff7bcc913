import pytest

from miwire.easyauth.model import GateRequest, Rule
from miwire.easyauth.predict import predicted
from miwire.model.auth_settings import AuthSettings
from miwire.model.site import SiteRef
from miwire.observe import gate as target_gate

TENANTS = "WEBSITE_AUTH_AAD_ALLOWED_TENANTS"
CLOSED = AuthSettings({"platform": {"enabled": True}})


@pytest.fixture
def integration(lab):
    return SiteRef.parse(lab.site("integration")["resourceId"])


def write_app_settings(arm, site, settings):
    response = arm.put(f"{site.id}/config/appsettings", json={"properties": settings})

    assert 200 == response.status_code


def test_of_the_app_settings_only_those_of_the_gate_are_kept(azure, arm, integration, lab):
    write_app_settings(arm, integration, {TENANTS: lab.tenant_id, "PASSWORD": "secret"})
    azure.sites.put_auth_settings(integration, CLOSED)
    gate = target_gate.read(azure, integration)

    assert {TENANTS: lab.tenant_id} == gate.app_settings
    assert (lab.tenant_id, "") == (gate.tenant_id, gate.elsewhere)
    assert f"{lab.entra}/{lab.tenant_id}/v2.0" == gate.issuers.v2


def test_a_reader_reads_a_gate_without_its_app_settings(lab, session):
    lab.reset("reader")
    integration = SiteRef.parse(lab.site("integration")["resourceId"])
    operator = session()
    operator.tenant_id = lab.tenant_id
    operator.sites.put_auth_settings(integration, CLOSED)
    reader = session("stranger")
    reader.tenant_id = lab.tenant_id
    gate = target_gate.read(reader, integration)

    assert (True, None) == (gate.settings.enabled, gate.app_settings)


def test_a_reader_is_not_told_that_a_gate_is_off_for_sure(lab, session):
    lab.reset("reader")
    reader = session("stranger")
    reader.tenant_id = lab.tenant_id
    gate = target_gate.read(reader, SiteRef.parse(lab.site("integration")["resourceId"]))
    verdict = predicted(gate, GateRequest(at=0.0))

    assert (None, Rule.PLATFORM_OFF) == (verdict.status, verdict.rule)
    assert "v1" in gate.elsewhere


@pytest.mark.parametrize(
    ("scene", "elsewhere"),
    [
        pytest.param("story", "", id="a fresh app says v1 too, and is off"),
        pytest.param("classic", "v1 settings are in use", id="v1 in use"),
    ],
)
def test_settings_of_version_1_count_only_where_they_are_in_use(lab, azure, scene, elsewhere):
    lab.reset(scene)
    gate = target_gate.read(azure, SiteRef.parse(lab.site("integration")["resourceId"]))

    assert elsewhere == gate.elsewhere


def test_settings_in_a_file_are_said_to_count_instead(azure, integration):
    azure.sites.put_auth_settings(
        integration, CLOSED.with_value("platform.configFilePath", "auth.json")
    )

    assert "auth.json" in target_gate.read(azure, integration).elsewhere
