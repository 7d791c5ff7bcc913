"""What the directory says of the API and its callers."""

from dataclasses import replace

import pytest

from miwire.checks.directory import (
    API_ENABLED,
    ASSIGNMENT_REQUIRED,
    HAS_PRINCIPAL,
    HOLDS_ROLE,
    IDENTIFIER_URI,
)
from miwire.errors import BadRequest
from miwire.finding import Verdict
from miwire.model import auth_settings as at
from miwire.model.wiring import Part
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


def judged(check, subject):
    """The verdicts of one check."""
    return [each.verdict for each in check.findings(subject)]


def test_an_api_without_a_service_principal_fails(story):
    target = story.wired.the_target

    assert [Verdict.PASS] == judged(HAS_PRINCIPAL, target)
    assert [Verdict.FAIL] == judged(HAS_PRINCIPAL, replace(target, service_principal=None))
    assert [] == judged(HAS_PRINCIPAL, replace(target, registration=None))


def test_an_api_without_its_identifier_uri_fails_and_says_which_it_has(story):
    target = story.wired.the_target
    renamed = replace(target.registration, identifier_uris=("api://contoso/integration",))
    (said,) = IDENTIFIER_URI.findings(replace(target, registration=renamed))

    assert [Verdict.PASS] == judged(IDENTIFIER_URI, target)
    assert Verdict.FAIL is said.verdict
    assert "api://contoso/integration" in said.seen


def test_an_api_that_requires_no_assignment_is_a_warning(story):
    target = story.wired.the_target
    free = replace(target.service_principal, assignment_required=False)

    assert [Verdict.PASS] == judged(ASSIGNMENT_REQUIRED, target)
    assert [Verdict.WARN] == judged(ASSIGNMENT_REQUIRED, replace(target, service_principal=free))
    assert [] == judged(ASSIGNMENT_REQUIRED, replace(target, service_principal=None))


def test_a_caller_without_an_app_role_fails_where_one_is_required(story):
    wiring = story.wired
    free = replace(wiring.the_target.service_principal, assignment_required=False)
    (said,) = HOLDS_ROLE.findings(wiring.with_target(assignments=()))

    assert [Verdict.PASS] == judged(HOLDS_ROLE, wiring)
    assert Verdict.FAIL is said.verdict
    assert "AADSTS501051" in said.seen
    assert Fix(Remedy.GRANT, source="rg/core", target="rg/integration") == said.fix
    assert [] == judged(HOLDS_ROLE, wiring.with_target(assignments=(), service_principal=free))


@pytest.mark.parametrize(
    "check", [HAS_PRINCIPAL, IDENTIFIER_URI, ASSIGNMENT_REQUIRED, API_ENABLED, HOLDS_ROLE]
)
def test_what_hangs_on_a_directory_that_may_not_be_read_is_unknown(story, check):
    wiring = story.wired.with_target(unread={Part.DIRECTORY: "no right"})
    subject = wiring if check is HOLDS_ROLE else wiring.the_target

    assert [Verdict.UNKNOWN] == judged(check, subject)
