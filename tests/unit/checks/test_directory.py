"""What the directory says of the API and its callers."""

from dataclasses import replace

import pytest

from miwire.errors import BadRequest
from miwire.finding import Verdict
from miwire.model import auth_settings as at
from miwire.operations import connect, grant, protect
from miwire.operations.protect import Protection
from miwire.plan.changes.service_principal import CreateServicePrincipal
from miwire.remedy import Fix, Remedy

PLANS = {
    "protect": lambda wiring: protect.plan(wiring, Protection()),
    "grant": grant.plan,
    "connect": lambda wiring: connect.plan(wiring, Protection()),
}


@pytest.fixture(params=PLANS.values(), ids=PLANS)
def plan(request):
    """Each command that plans for a target."""
    return request.param


def test_a_disabled_api_is_a_failure_with_the_command_that_enables_it(story, plan):
    disabled = replace(story.wired.the_target.service_principal, enabled=False)
    (said,) = plan(story.wired.with_target(service_principal=disabled)).findings

    assert ("MIW207", Verdict.FAIL) == (said.id, said.verdict)
    assert "AADSTS500014" in said.seen
    assert Fix(Remedy.ENABLE_PRINCIPAL, identity="api-principal") == said.fix


def test_a_disabled_caller_is_a_failure_with_the_command_that_enables_it(story, plan):
    disabled = replace(story.caller, enabled=False)
    (said,) = plan(story.wired.with_callers(disabled)).findings

    assert ("MIW208", Verdict.FAIL) == (said.id, said.verdict)
    assert "AADSTS7000112" in said.seen
    assert Fix(Remedy.ENABLE_PRINCIPAL, identity="core-principal") == said.fix


def test_enabled_principals_are_no_finding(story, plan):
    assert () == plan(story.wired).findings


@pytest.mark.parametrize("value", ["Caller", "caller"])
def test_an_app_role_with_the_value_of_a_scope_is_refused_before_anything_is_planned(story, value):
    taken = replace(story.wired.the_target.registration, app_roles=(), scope_values=("Caller",))
    wiring = story.wired.with_target(registration=taken)

    with pytest.raises(BadRequest, match="has a scope with the value") as refused:
        protect.plan(wiring, Protection(app_role=value))
    assert ("MIW209", Remedy.CHOOSE_APP_ROLE) == (refused.value.check, refused.value.fix.remedy)


@pytest.mark.parametrize("start", ["fresh", "wired"])
def test_the_app_role_that_graph_refuses_is_refused_before_anything_is_planned(story, start):
    with pytest.raises(BadRequest, match="accepts no app role with the value User"):
        protect.plan(getattr(story, start), Protection(app_role="User"))


def test_an_app_role_that_is_there_may_be_used_beside_any_scope(story):
    there = replace(story.wired.the_target.registration, scope_values=("Caller",))

    assert () == protect.plan(story.wired.with_target(registration=there), Protection()).changes


def somebody_elses(story):
    """The wired story with a registration that miwire didn't make, for version 1 tokens."""
    registration = story.wired.the_target.registration
    return story.wired.with_target(
        registration=replace(registration, unique_name=None, token_version=None)
    )


def test_the_token_version_of_somebody_elses_registration_is_asked(story):
    plan = protect.plan(somebody_elses(story), Protection(close=True))

    assert ["define-api"] == [each.action for each in plan.questions]
    assert "from version 1 to version 2 tokens" in plan.questions[0]


@pytest.mark.parametrize("owner", ["somebody else keeps", "miwire"])
def test_a_token_version_that_stays_or_is_miwires_own_is_not_asked(story, owner):
    registration = replace(story.wired.the_target.registration, token_version=None)
    own = story.wired.with_target(registration=registration)
    plan = (
        protect.plan(own, Protection())
        if owner == "miwire"
        else protect.plan(somebody_elses(story), Protection(keep_sign_in=True))
    )

    assert () == plan.questions


@pytest.mark.parametrize(("keep", "required"), [(True, False), (False, True)])
def test_a_new_service_principal_requires_assignment_unless_the_sign_in_is_kept(
    story, keep, required
):
    wiring = story.wired.with_target(service_principal=None, assignments=())
    plan = protect.plan(wiring, Protection(keep_sign_in=keep))

    assert CreateServicePrincipal(assignment_required=required) in plan.changes


def test_a_client_id_that_is_known_twice_is_listed_once(story):
    settings = story.wired.the_target.settings.with_value(at.APPLICATIONS, [])
    wiring = story.wired.with_target(settings=settings, counterparts=("core-client",))
    plan = protect.plan(wiring, Protection())
    (after,) = (each.after for each in plan.differences() if each.path == at.APPLICATIONS)

    assert ["core-client"] == after
