import pytest

from miwire.model import auth_settings as at
from miwire.model.auth_settings import AuthSettings, Difference


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
    after = before.with_value(at.ENABLED, value=True).with_value(at.CLIENT_ID, "id")

    assert (
        Difference(at.ENABLED, before=False, after=True),
        Difference(at.CLIENT_ID, before=None, after="id"),
    ) == before.differences(after)


def test_what_is_gone_is_told_setting_by_setting_like_what_is_new():
    before = AuthSettings({"platform": {"enabled": True, "runtimeVersion": "~1"}})

    assert (at.ENABLED, "platform.runtimeVersion") == tuple(
        each.path for each in before.differences(AuthSettings({}))
    )


def test_a_member_is_taken_out_without_its_neighbours():
    settings = AuthSettings({}).with_value(at.APPLICATIONS, ["a"]).with_value(at.IDENTITIES, ["b"])

    assert None is settings.without(at.APPLICATIONS).at(at.APPLICATIONS)
    assert settings.without(at.APPLICATIONS).listed(at.IDENTITIES) == ("b",)


def undone(before, after, now):
    """What a run made of *before* is taken back in the settings of *now*."""
    return now.reverted(before.differences(after))


def test_what_a_run_changed_is_as_before_and_its_neighbours_stay():
    before = AuthSettings({"platform": {"enabled": False, "runtimeVersion": "~1"}})
    after = before.with_value(at.ENABLED, value=True).with_value(at.CLIENT_ID, "api")

    assert before.at("platform") == undone(before, after, after).at("platform")
    assert None is undone(before, after, after).at(at.CLIENT_ID)


@pytest.mark.parametrize(
    ("before", "after", "now", "left"),
    [
        pytest.param(["a"], ["a", "b"], ["a", "b"], ["a"], id="an entry that was added goes"),
        pytest.param(["a", "b"], ["a"], ["a"], ["a", "b"], id="an entry that was taken is back"),
        pytest.param(["a"], ["a", "b"], ["a", "b", "c"], ["a", "c"], id="somebody's later one"),
        pytest.param(["a"], ["a", "b"], ["b"], ["a"], id="no list is left empty"),
        pytest.param(["a", "c"], ["a", "c", "b"], ["c", "b"], ["c"], id="one that somebody took"),
        pytest.param(None, ["b"], ["b"], None, id="a list that was not there goes"),
        pytest.param(None, ["b"], ["b", "c"], ["c"], id="unless somebody is in it"),
        pytest.param(None, ["b"], [], [], id="an empty one stays as Azure wrote it"),
        pytest.param([], ["b"], ["b"], [], id="one that was empty is empty again"),
        pytest.param(["a"], None, None, ["a"], id="one that was taken away is back"),
        pytest.param(["a"], [], None, ["a"], id="empty is as good as absent"),
    ],
)
def test_of_a_list_the_runs_own_entries_go_back_and_others_stay(before, after, now, left):
    def settings(value):
        empty = AuthSettings({})
        return empty if value is None else empty.with_value(at.APPLICATIONS, value)

    taken = settings(now).reverted([Difference(at.APPLICATIONS, before, after)])

    assert left == taken.at(at.APPLICATIONS)


def test_a_path_that_somebody_closed_since_is_not_opened_again():
    difference = Difference(at.EXCLUDED_PATHS, ["/health"], ["/health", "/status"])
    now = AuthSettings({}).with_value(at.EXCLUDED_PATHS, ["/status"])

    assert [] == now.reverted([difference]).at(at.EXCLUDED_PATHS)


def test_a_value_that_somebody_else_set_since_stays():
    difference = Difference(at.ACTION, "AllowAnonymous", "Return401")
    now = AuthSettings({}).with_value(at.ACTION, "Return404")

    assert "Return404" == now.reverted([difference]).at(at.ACTION)


def test_what_azure_would_write_anyway_is_left_there():
    difference = Difference(at.REQUIRE, before=None, after=True)
    now = AuthSettings({}).with_value(at.REQUIRE, value=True)

    assert now == now.reverted([difference])


def test_what_was_taken_back_is_not_taken_back_again():
    before = AuthSettings({"platform": {"enabled": False}})
    after = before.with_value(at.ENABLED, value=True).with_value(at.APPLICATIONS, ["a"])
    once = undone(before, after, after)

    assert () == once.differences(undone(before, after, once))
