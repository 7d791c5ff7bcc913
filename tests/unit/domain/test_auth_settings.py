import pytest

from miwire.domain import auth_settings as at
from miwire.domain.auth_settings import AuthSettings, Difference


@pytest.mark.parametrize(
    ("properties", "anonymous"),
    [
        pytest.param({}, True, id="never configured"),
        pytest.param({"platform": {"enabled": False}}, True, id="off"),
        pytest.param({"platform": {"enabled": True}}, False, id="on, with Azure's defaults"),
        pytest.param(
            {"platform": {"enabled": True}, "globalValidation": {"requireAuthentication": False}},
            True,
            id="not required",
        ),
        pytest.param(
            {
                "platform": {"enabled": True},
                "globalValidation": {"unauthenticatedClientAction": "AllowAnonymous"},
            },
            True,
            id="anonymous allowed",
        ),
        pytest.param({"platform": None, "globalValidation": None}, True, id="nulls"),
    ],
)
def test_it_is_known_whether_a_request_without_a_token_gets_in(properties, anonymous):
    assert anonymous == AuthSettings(properties).lets_anonymous_in


@pytest.mark.parametrize(
    ("providers", "named"),
    [
        pytest.param({"google": {"registration": {}}}, (), id="an expanded default"),
        pytest.param({"google": {"registration": {"clientId": "x"}}}, (), id="an id alone"),
        pytest.param(
            {"google": {"registration": {"clientId": "x", "clientSecretSettingName": "S"}}},
            ("google",),
            id="Google",
        ),
        pytest.param(
            {"facebook": {"registration": {"appId": "x", "appSecretSettingName": "S"}}},
            ("facebook",),
            id="Facebook",
        ),
        pytest.param(
            {"twitter": {"registration": {"consumerKey": "x", "consumerSecretSettingName": "S"}}},
            ("twitter",),
            id="Twitter",
        ),
        pytest.param(
            {
                "azureActiveDirectory": {
                    "registration": {"clientId": "x", "clientSecretCertificateThumbprint": "T"}
                }
            },
            ("azureActiveDirectory",),
            id="Microsoft with a certificate",
        ),
        pytest.param(
            {
                "customOpenIdConnectProviders": {
                    "okta": {
                        "registration": {
                            "clientId": "x",
                            "clientCredential": {"clientSecretSettingName": "S"},
                        }
                    }
                }
            },
            ("okta",),
            id="one's own",
        ),
        pytest.param(
            {
                "google": {
                    "enabled": False,
                    "registration": {"clientId": "x", "clientSecretSettingName": "S"},
                }
            },
            (),
            id="turned off",
        ),
    ],
)
def test_a_provider_signs_people_in_where_it_has_an_id_and_a_secret(providers, named):
    settings = AuthSettings({"platform": {"enabled": True}, "identityProviders": providers})

    assert named == settings.sign_in_providers


def test_differences_name_each_setting_before_and_after():
    before = AuthSettings({"platform": {"enabled": False}, "login": {"x": 1}})
    after = before.having(at.ENABLED, value=True).having(at.CLIENT_ID, "id")

    assert (
        Difference(at.ENABLED, before=False, after=True),
        Difference(at.CLIENT_ID, before=None, after="id"),
    ) == before.differences(after)


def test_a_member_is_taken_out_without_its_neighbours():
    settings = AuthSettings({}).having(at.APPLICATIONS, ["a"]).having(at.IDENTITIES, ["b"])

    assert None is settings.without(at.APPLICATIONS).at(at.APPLICATIONS)
    assert settings.without(at.APPLICATIONS).listed(at.IDENTITIES) == ("b",)
