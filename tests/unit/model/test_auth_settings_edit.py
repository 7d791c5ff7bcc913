import json
from dataclasses import replace

import pytest

from miwire.errors import BadRequest
from miwire.model import auth_settings as at
from miwire.model.auth_settings import AuthSettings
from miwire.model.auth_settings_edit import GateRemoval, GateRequirement, Mode
from miwire.model.cloud import Issuers

TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
ISSUER = f"https://login.example/{TENANT}/v2.0"
ISSUERS = Issuers(f"https://sts.example/{TENANT}/", ISSUER)
API = "11111111-1111-1111-1111-111111111111"
API_PRINCIPAL = "22222222-2222-2222-2222-222222222222"
CORE = "33333333-3333-3333-3333-333333333333"
CORE_PRINCIPAL = "44444444-4444-4444-4444-444444444444"
CLOSED = GateRequirement(TENANT, ISSUERS, API, API_PRINCIPAL)
FOR_CORE = GateRequirement(TENANT, ISSUERS, API, API_PRINCIPAL, (CORE,), (CORE_PRINCIPAL,))
KEEPING = replace(FOR_CORE, mode=Mode.KEEP_SIGN_IN)
FRESH = AuthSettings({"platform": {"enabled": False}})


def signing_in(**policy):
    """Settings of a target that signs people in with a registration of its own."""
    return AuthSettings(
        {
            "platform": {"enabled": True},
            "globalValidation": {"unauthenticatedClientAction": "RedirectToLoginPage"},
            "identityProviders": {
                "azureActiveDirectory": {
                    "enabled": True,
                    "registration": {
                        "clientId": API,
                        "openIdIssuer": f"https://sts.example/{TENANT}/v2.0",
                        "clientSecretSettingName": "SECRET",
                    },
                    "validation": {"defaultAuthorizationPolicy": policy},
                }
            },
        }
    )


def test_a_fresh_target_is_closed_to_everybody_but_itself():
    wanted = CLOSED.applied_to(FRESH)

    assert tuple(wanted.at(path) for path in (at.ENABLED, at.REQUIRE, at.ACTION)) == (
        True,
        True,
        "Return401",
    )
    assert (
        wanted.listed(at.APPLICATIONS),
        wanted.listed(at.IDENTITIES),
    ) == ((API,), (API_PRINCIPAL,))


def test_a_named_caller_stands_in_both_lists_because_azure_wants_both():
    wanted = FOR_CORE.applied_to(FRESH)

    assert (
        wanted.listed(at.APPLICATIONS),
        wanted.listed(at.IDENTITIES),
    ) == ((CORE,), (CORE_PRINCIPAL,))


def test_both_forms_of_the_audience_are_accepted():
    assert (f"api://{API}", API) == CLOSED.applied_to(FRESH).listed(at.AUDIENCES)


@pytest.mark.parametrize("requirement", [CLOSED, FOR_CORE, KEEPING])
@pytest.mark.parametrize(
    "settings", [FRESH, signing_in(), signing_in(allowedApplications=["someone"])]
)
def test_what_is_required_once_is_not_required_again(requirement, settings):
    once = requirement.applied_to(settings)

    assert once.differences(requirement.applied_to(once)) == ()


def test_entries_that_are_there_stay_and_callers_are_appended():
    settings = signing_in(
        allowedApplications=["someone"], allowedPrincipals={"identities": ["somebody"]}
    )
    wanted = FOR_CORE.applied_to(settings)

    assert wanted.listed(at.APPLICATIONS) == ("someone", CORE)
    assert wanted.listed(at.IDENTITIES) == ("somebody", CORE_PRINCIPAL)


def test_the_legacy_list_of_clients_is_joined_where_it_restricts():
    path = "identityProviders.azureActiveDirectory.validation.jwtClaimChecks"
    settings = FRESH.with_value(path, {"allowedClientApplications": ["someone"]})

    assert FOR_CORE.applied_to(settings).listed(at.CHECKED_APPLICATIONS) == ("someone", CORE)


def test_everything_that_miwire_does_not_understand_stays():
    unknown = {
        "clearInboundClaimsMapping": "false",
        "somethingNew": {"of": ["2031"]},
        "httpSettings": {"routes": {"apiPrefix": "/auth"}},
        "login": {"tokenStore": {"enabled": True, "novel": None}},
    }
    settings = AuthSettings({**FRESH.properties, **json.loads(json.dumps(unknown))})
    wanted = FOR_CORE.applied_to(settings)

    assert unknown == {key: wanted.properties[key] for key in unknown}


def test_the_settings_that_were_read_are_not_changed_in_place():
    before = json.dumps(FRESH.properties)
    FOR_CORE.applied_to(FRESH)

    assert before == json.dumps(FRESH.properties)


def test_keeping_the_sign_in_of_a_target_without_lists_writes_nothing():
    """Any write may make Azure add an empty list of clients, which shuts out who is in today."""
    before = signing_in()

    assert before == KEEPING.applied_to(before)


def test_keeping_the_sign_in_adds_missing_audiences_where_a_list_is_joined_anyway():
    before = signing_in(allowedApplications=["someone"])
    wanted = KEEPING.applied_to(before)

    assert {at.AUDIENCES, at.APPLICATIONS} == {each.path for each in before.differences(wanted)}
    assert wanted.at(at.ACTION) == "RedirectToLoginPage"


def test_keeping_the_sign_in_adds_the_caller_to_a_list_that_restricts():
    wanted = KEEPING.applied_to(signing_in(allowedApplications=["someone"]))

    assert wanted.listed(at.APPLICATIONS) == ("someone", CORE)
    assert wanted.listed(at.IDENTITIES) == ()


def test_a_provider_that_is_new_is_closed_even_where_people_go_on_signing_in():
    wanted = KEEPING.applied_to(FRESH.with_value(at.ENABLED, value=True))

    assert (
        wanted.listed(at.APPLICATIONS),
        wanted.listed(at.IDENTITIES),
    ) == ((CORE,), (CORE_PRINCIPAL,))


@pytest.mark.parametrize(
    ("issuer", "kept"),
    [
        pytest.param(f"https://sts.example/{TENANT}/", False, id="the tenant's v1 form"),
        pytest.param(f"https://sts.example/{TENANT}/v2.0", True, id="the portal's form"),
        pytest.param("https://login.example/common/v2.0", True, id="any tenant's"),
        pytest.param("https://login.example/contoso.example/v2.0", True, id="a domain"),
        pytest.param(f"https://login.example/v2.0/{TENANT}/", False, id="transposed"),
        pytest.param(f"https://evil.example/{TENANT}/v2.0", False, id="another host's"),
        pytest.param(None, False, id="none"),
    ],
)
def test_a_closed_target_has_a_v2_issuer_unless_another_is_deliberate(issuer, kept):
    settings = signing_in().with_value(at.ISSUER, issuer)

    assert (issuer if kept else ISSUER) == CLOSED.applied_to(settings).at(at.ISSUER)


def test_beside_user_sign_in_the_v1_issuer_stays():
    v1 = f"https://sts.example/{TENANT}/"
    settings = signing_in().with_value(at.ISSUER, v1)

    assert v1 == KEEPING.applied_to(settings).at(at.ISSUER)


def test_clients_that_are_listed_alone_are_not_shut_out_by_a_second_list():
    wanted = FOR_CORE.applied_to(signing_in(allowedApplications=["someone"]))

    assert (("someone", CORE), ()) == (
        wanted.listed(at.APPLICATIONS),
        wanted.listed(at.IDENTITIES),
    )


def test_identities_that_are_listed_alone_stay_in_by_their_client_ids():
    settings = signing_in(allowedApplications=[], allowedPrincipals={"identities": ["somebody"]})
    requirement = replace(FOR_CORE, counterparts=("somebodys-client",))
    wanted = requirement.applied_to(settings)

    assert (("somebodys-client", CORE), ("somebody", CORE_PRINCIPAL)) == (
        wanted.listed(at.APPLICATIONS),
        wanted.listed(at.IDENTITIES),
    )


def test_an_empty_list_is_as_good_as_none_where_anybody_is_let_in():
    anybody = replace(CLOSED, mode=Mode.ANY_IN_TENANT)
    azure_added = anybody.applied_to(FRESH).with_value(at.APPLICATIONS, [])

    assert () == azure_added.differences(anybody.applied_to(azure_added))


def test_a_provider_that_its_owner_disabled_is_closed_when_it_is_turned_on():
    disabled = signing_in().with_value(at.AAD_ENABLED, value=False)
    wanted = KEEPING.applied_to(disabled)

    assert ((CORE,), (CORE_PRINCIPAL,)) == (
        wanted.listed(at.APPLICATIONS),
        wanted.listed(at.IDENTITIES),
    )


def test_a_list_that_would_outgrow_azures_limit_is_refused_before_anything_is_written():
    many = [f"{n:036d}" for n in range(13)]
    settings = signing_in(allowedPrincipals={"identities": many})

    with pytest.raises(BadRequest, match="would be 504 characters long; Azure accepts 500"):
        FOR_CORE.applied_to(settings)


OUT = GateRemoval((CORE,), (CORE_PRINCIPAL,), API, API_PRINCIPAL)


def test_who_leaves_is_taken_from_every_list_and_others_stay_in_their_order():
    settings = signing_in(
        allowedApplications=["first", CORE, "last"],
        allowedPrincipals={"identities": [CORE_PRINCIPAL, "somebody"]},
    ).with_value(at.CHECKED_APPLICATIONS, [CORE, "first"])
    wanted = OUT.applied_to(settings)

    assert (("first", "last"), ("somebody",), ("first",)) == (
        wanted.listed(at.APPLICATIONS),
        wanted.listed(at.IDENTITIES),
        wanted.listed(at.CHECKED_APPLICATIONS),
    )


def test_the_last_one_leaves_the_target_itself_behind_so_that_no_list_is_empty():
    settings = signing_in(
        allowedApplications=[CORE], allowedPrincipals={"identities": [CORE_PRINCIPAL]}
    ).with_value(at.CHECKED_APPLICATIONS, [CORE])
    wanted = OUT.applied_to(settings)

    assert ((API,), (API_PRINCIPAL,), (API,)) == (
        wanted.listed(at.APPLICATIONS),
        wanted.listed(at.IDENTITIES),
        wanted.listed(at.CHECKED_APPLICATIONS),
    )


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(FRESH, id="never configured"),
        pytest.param(signing_in(), id="no lists"),
        pytest.param(signing_in(allowedApplications=[]), id="an empty list"),
        pytest.param(signing_in(allowedApplications=["someone"]), id="others alone"),
        pytest.param(OUT.applied_to(signing_in(allowedApplications=[CORE])), id="out already"),
    ],
)
def test_where_nobody_leaves_nothing_changes(settings):
    assert settings == OUT.applied_to(settings)


def test_ids_are_compared_without_regard_to_case():
    upper = CORE_PRINCIPAL.replace("4", "A")
    settings = signing_in(allowedPrincipals={"identities": [upper.upper()]})
    removal = GateRemoval((), (upper.lower(),), API, API_PRINCIPAL)

    assert (API_PRINCIPAL,) == removal.applied_to(settings).listed(at.IDENTITIES)


def test_who_joins_again_after_the_last_one_left_gets_in_beside_the_target_itself():
    left = OUT.applied_to(FOR_CORE.applied_to(FRESH))

    assert ((API, CORE), (API_PRINCIPAL, CORE_PRINCIPAL)) == (
        FOR_CORE.applied_to(left).listed(at.APPLICATIONS),
        FOR_CORE.applied_to(left).listed(at.IDENTITIES),
    )


@pytest.mark.parametrize("ids", [(("",), (CORE_PRINCIPAL,)), ((CORE,), ("",))])
def test_nobody_is_taken_out_by_an_empty_id(ids):
    with pytest.raises(ValueError, match="no ID"):
        GateRemoval(*ids, API, API_PRINCIPAL)
