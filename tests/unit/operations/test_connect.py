from dataclasses import replace

import pytest

from miwire.errors import BadRequest
from miwire.model import auth_settings as at
from miwire.model.auth_settings import AuthSettings
from miwire.model.cloud import PUBLISHED
from miwire.model.identity import ManagedIdentity
from miwire.model.wiring import Caller, Part
from miwire.operations import connect
from miwire.operations import snippets as inside
from miwire.operations.protect import Protection
from miwire.remedy import Fix, Remedy

ASKED = Protection()
SOVEREIGN = [
    pytest.param(cloud, id=cloud.name) for cloud in PUBLISHED if cloud.name != "AzureCloud"
]


def actions(plan):
    return [change.action for change in plan.changes]


def test_everything_that_is_missing_is_one_plan_additions_first_and_the_gate_last(story):
    plan = connect.plan(story.fresh, ASKED)

    assert [
        "enable-identity",
        "create-registration",
        "define-api",
        "create-service-principal",
        "assign-app-role",
        "write-auth-settings",
    ] == actions(plan)
    assert "connect core to integration" == plan.purpose


def test_what_is_wired_needs_nothing(story):
    assert not connect.plan(story.wired, ASKED)


def test_preparing_is_everything_but_the_gate(story):
    assert actions(connect.plan(story.fresh, ASKED))[:-1] == actions(
        connect.plan(story.fresh, replace(ASKED, prepare=True))
    )


def test_preparing_leaves_token_version_and_assignment_of_somebodys_registration(story):
    wired = story.wired
    foreign = wired.with_target(
        registration=replace(wired.the_target.registration, token_version=None, unique_name=None),
        service_principal=replace(wired.the_target.service_principal, assignment_required=False),
        settings=AuthSettings(),
    )

    assert not connect.plan(foreign, replace(ASKED, close=True, prepare=True))


def test_the_identity_that_is_named_is_attached_instead_of_the_own_one(story):
    plan = connect.plan(story.fresh, ASKED, story.orders.id)

    assert "attach-identity" == actions(plan)[0]
    assert "enable-identity" not in actions(plan)


def sent_elsewhere(story, client_id):
    """core with both kinds of identities, whose code asks for the one with this client id."""
    identity = ManagedIdentity(story.core.identity.system, (story.orders,))
    return story.wired.with_source(
        site=replace(story.core, identity=identity), chosen_client_id=client_id
    )


def test_code_that_asks_for_another_identity_stops_it_and_that_one_is_offered(story):
    with pytest.raises(BadRequest, match="AZURE_CLIENT_ID") as stopped:
        connect.plan(sent_elsewhere(story, "ORDERS-CLIENT"), ASKED)
    assert Fix(Remedy.ALLOW_THAT_IDENTITY, identity=story.orders.id) == stopped.value.fix


def test_code_that_asks_for_an_identity_that_nobody_attached_is_told_so(story):
    with pytest.raises(BadRequest, match="isn't attached to the app"):
        connect.plan(sent_elsewhere(story, "nobodys-client"), ASKED)


def test_code_that_asks_for_the_wired_identity_is_fine_in_whatever_case(story):
    assert not connect.plan(sent_elsewhere(story, "CORE-CLIENT"), ASKED)


def test_a_setting_that_is_a_reference_cannot_be_judged_and_is_told(story):
    wiring = sent_elsewhere(story, "@Microsoft.KeyVault(SecretUri=https://v.example/s)")
    (note,) = (each for each in connect.plan(wiring, ASKED).notes if "AZURE_CLIENT_ID" in each)

    assert "is a reference (@Microsoft.KeyVault…)" in note


def test_settings_that_may_not_be_read_are_told(story):
    wiring = story.wired.with_source(unread={Part.SOURCE_SETTINGS: "no right"})

    assert "Couldn't read the source's app settings" in connect.plan(wiring, ASKED).notes[-1]


@pytest.mark.parametrize("cloud", SOVEREIGN)
def test_in_a_sovereign_cloud_the_gate_trusts_its_own_issuer(story, cloud):
    wiring = story.fresh.with_target(issuers=cloud.issuers(story.fresh.tenant_id))
    plan = connect.plan(wiring, ASKED)
    (issuer,) = (each.after for each in plan.differences() if each.path == at.ISSUER)

    assert wiring.the_target.issuers.v2 == issuer
    assert "microsoftonline.com" not in issuer
    assert "windows.net" not in issuer


@pytest.mark.parametrize("cloud", SOVEREIGN)
def test_the_scope_names_the_api_and_no_cloud(story, cloud):
    wiring = story.wired.with_target(issuers=cloud.issuers(story.fresh.tenant_id))

    assert "api://api-client/.default" == inside.lines(wiring).scope


def test_a_pending_caller_is_in_both_lists_by_words_till_its_identity_is_made(story):
    caller = Caller.to_be("core")
    differences = {each.path: each.after for each in connect.plan(story.fresh, ASKED).differences()}

    assert [caller.client_id] == differences[at.APPLICATIONS]
    assert [caller.principal_id] == differences[at.IDENTITIES]
