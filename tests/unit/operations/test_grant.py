import pytest

from miwire.errors import BadRequest
from miwire.model import auth_settings as at
from miwire.model.auth_settings import AuthSettings
from miwire.model.wiring import Caller
from miwire.operations import grant
from miwire.remedy import Fix, Remedy

STRANGER = Caller("stranger", "stranger-client", "stranger-principal")


def actions(plan):
    return [change.action for change in plan.changes]


def after(plan):
    """The settings once a plan is applied."""
    (wish,) = (each.edit(plan.start) for each in plan.changes if hasattr(each, "edit"))
    return wish.applied_to(plan.start.the_target.settings)


def test_a_caller_gets_the_role_and_a_place_in_each_list_and_nothing_else_changes(story):
    plan = grant.plan(story.wired.with_callers(STRANGER))

    assert ["assign-app-role", "write-auth-settings"] == actions(plan)
    assert {at.APPLICATIONS, at.IDENTITIES} == {each.path for each in plan.differences()}
    assert ("core-client", "stranger-client") == after(plan).listed(at.APPLICATIONS)


def test_who_is_in_already_needs_nothing(story):
    assert not grant.plan(story.wired)


def test_a_list_that_does_not_restrict_is_not_made_to(story):
    settings = story.wired.the_target.settings.without(at.APPLICATIONS).without(at.IDENTITIES)
    plan = grant.plan(story.wired.with_target(settings=settings).with_callers(STRANGER))

    assert ["assign-app-role"] == actions(plan)


def test_the_unauthenticated_action_and_open_paths_stay_as_they_are(story):
    settings = (
        story.wired.the_target.settings.with_value(at.ACTION, "Return403")
        .with_value(at.EXCLUDED_PATHS, ["/health"])
        .with_value(at.REQUIRE, value=False)
    )
    plan = grant.plan(story.wired.with_target(settings=settings).with_callers(STRANGER))

    assert ("Return403", ["/health"], False) == tuple(
        after(plan).at(path) for path in (at.ACTION, at.EXCLUDED_PATHS, at.REQUIRE)
    )


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _: AuthSettings(), id="never configured"),
        pytest.param(lambda s: s.with_value(at.ENABLED, value=False), id="off"),
        pytest.param(lambda s: s.with_value(at.AAD_ENABLED, value=False), id="the provider is off"),
        pytest.param(lambda s: s.without(at.CLIENT_ID), id="no registration"),
    ],
)
def test_a_target_that_asks_for_no_tokens_is_refused_with_the_command_that_protects_it(
    story, change
):
    with pytest.raises(BadRequest, match="doesn't require Entra ID tokens") as refused:
        grant.plan(story.wired.with_target(settings=change(story.wired.the_target.settings)))
    assert Fix(Remedy.CONNECT, "rg/core", "rg/integration") == refused.value.fix
