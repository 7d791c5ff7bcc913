"""What the source's code requests, which tokens it may still have, and its slots."""

from dataclasses import replace

import pytest

from miwire.checks.registry import run, troubles
from miwire.checks.source_tokens import OLDER_TOKEN, SCOPES, SLOTS, TokenStep
from miwire.finding import Verdict
from miwire.model import auth_settings as at
from miwire.model.identity import ManagedIdentity, SystemAssignedIdentity
from miwire.model.wiring import Part
from miwire.operations import connect, grant, protect
from miwire.operations.protect import Protection, cannot_work
from miwire.remedy import Fix, Remedy

PLANS = {
    "grant": grant.plan,
    "connect": lambda wiring: connect.plan(wiring, Protection()),
}
OTHER = "11111111-2222-3333-4444-555555555555"


@pytest.fixture(params=PLANS.values(), ids=PLANS)
def plan(request):
    """Each command that lets one source call."""
    return request.param


def with_version(story, version, **scopes):
    """The story wired, its API of that token version, and core with these scopes."""
    api = replace(story.wired.the_target.registration, token_version=version)
    return story.wired.with_target(registration=api).with_source(scopes=scopes)


def verdicts(wiring):
    return {each.verdict for each in run((SCOPES,), wiring)}


@pytest.mark.parametrize(
    ("version", "scope"),
    [
        (2, "api://api-client/.default"),
        (2, "api://api-client//.default"),
        (2, "API://API-CLIENT/.default"),
        (None, "api://api-client/.default"),
        (None, "api-client/.default"),
    ],
)
def test_a_scope_whose_token_is_accepted_holds(story, version, scope):
    assert {Verdict.PASS} == verdicts(with_version(story, version, SCOPE=scope))


@pytest.mark.parametrize(
    ("scope", "says"),
    [
        ("api://api-client//.default", "slash included"),
        ("API://api-client/.default", "version 1 tokens repeat it in aud"),
    ],
)
def test_a_version_1_token_repeats_the_requested_audience_and_is_rejected(story, scope, says):
    wiring = with_version(story, None, SCOPE=scope)
    (found,) = cannot_work(wiring)

    assert ("MIW010", Verdict.FAIL) == (found.id, found.verdict)
    assert says in found.seen
    assert Fix(Remedy.WRITE_SCOPE, "rg/core", "rg/integration", name="SCOPE") == found.fix


def test_a_scope_of_an_identifier_uri_that_is_missing_gets_no_token(story):
    api = replace(story.wired.the_target.registration, app_id=OTHER, identifier_uris=())
    wiring = story.wired.with_target(registration=api)
    (found,) = cannot_work(wiring.with_source(scopes={"SCOPE": f"api://{OTHER}/.default"}))

    assert "AADSTS500011" in found.seen


@pytest.mark.parametrize(
    ("version", "accepted", "verdict"),
    [
        (2, (f"api://{OTHER}",), {Verdict.FAIL}),
        (2, (f"api://{OTHER}", OTHER), {Verdict.PASS}),
        (None, (f"api://{OTHER}",), {Verdict.PASS}),
    ],
)
def test_a_scope_of_another_accepted_api_is_judged_by_its_token_version(
    story, version, accepted, verdict
):
    target = story.wired.the_target
    other = replace(
        target.registration,
        app_id=OTHER,
        identifier_uris=(f"api://{OTHER}",),
        token_version=version,
    )
    settings = target.settings.with_value(at.AUDIENCES, list(accepted))
    wiring = story.wired.with_target(settings=settings, other_apis={OTHER: other})

    assert verdict == verdicts(wiring.with_source(scopes={"SCOPE": f"api://{OTHER}/.default"}))


def test_scopes_of_other_apis_are_not_judged(story):
    scopes = {"GRAPH": "https://graph.microsoft.com/.default", "B": f"api://{OTHER}/.default"}

    assert set() == verdicts(story.wired.with_source(scopes=scopes))


def test_a_wrong_scope_beside_a_right_one_is_a_warning(story):
    wiring = with_version(
        story, None, OLD="api://api-client//.default", NEW="api://api-client/.default"
    )

    assert {Verdict.PASS, Verdict.WARN} == verdicts(wiring)
    assert () == cannot_work(wiring)


def test_what_the_plan_cures_is_said_and_what_it_does_not_is_a_failure(story):
    wiring = with_version(story, None, SCOPE="api://api-client//.default")
    joined = grant.plan(wiring).findings
    closed = connect.plan(wiring, Protection()).findings
    (left,) = (each for each in joined if each.id == "MIW010")
    (cured,) = (each for each in closed if each.id == "MIW010")

    assert Verdict.FAIL is left.verdict
    assert "This run cures that." not in left.seen
    assert cured.seen.endswith("This run cures that.")


def test_source_settings_that_cannot_be_read_are_unknown(story):
    wiring = story.wired.with_target(unread={Part.SOURCE_SETTINGS: "no"})

    assert {Verdict.UNKNOWN} == verdicts(wiring)


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (lambda wiring: wiring.with_target(assignments=()), "may lack the app role"),
        (
            lambda wiring: wiring.with_target(
                registration=replace(wiring.the_target.registration, token_version=None)
            ),
            "are of version 1",
        ),
    ],
    ids=["app role", "token version"],
)
def test_a_token_from_before_the_change_is_said_with_the_restart(story, before, says):
    planned = connect.plan(before(story.wired), Protection())
    (found,) = (each for each in planned.findings if each.id == "MIW011")

    assert planned.changes
    assert says in found.seen
    assert "up to 24 hours" in found.seen
    assert Fix(Remedy.RESTART, name=story.core.ref.id) == found.fix


def test_another_registration_means_another_audience(story):
    settings = story.wired.the_target.settings.with_value(at.CLIENT_ID, OTHER)
    before = story.wired.with_target(settings=settings)
    (found,) = troubles(run((OLDER_TOKEN,), TokenStep(before, story.wired)))

    assert "are for another audience" in found.seen


def test_nobody_has_an_older_token_where_nothing_changed_or_nothing_was_there(story, plan):
    assert () == plan(story.wired).findings
    fresh = connect.plan(story.fresh, Protection())

    assert "MIW011" not in {each.id for each in fresh.findings}


def slot_with(story, principal_id):
    identity = (
        ManagedIdentity(SystemAssignedIdentity(principal_id, "t"))
        if principal_id
        else ManagedIdentity()
    )
    return replace(story.core, ref=replace(story.core.ref, slot="staging"), identity=identity)


@pytest.mark.parametrize(
    ("principal_id", "remedy"),
    [("slot-principal", Remedy.GRANT), (None, Remedy.ENABLE_IDENTITY)],
    ids=["its own identity", "none"],
)
def test_a_slot_that_may_not_call_is_said_with_what_helps(story, plan, principal_id, remedy):
    wiring = story.wired.with_source(slots=(slot_with(story, principal_id),))
    (found,) = plan(wiring).findings

    assert ("MIW012", Verdict.WARN) == (found.id, found.verdict)
    assert "core/staging" in found.seen
    assert (remedy, "rg/core/staging") == (found.fix.remedy, found.fix.source)


def test_a_slot_whose_identity_is_allowed_holds(story):
    wiring = story.wired.with_source(slots=(slot_with(story, "core-principal"),))

    assert [Verdict.PASS] == [each.verdict for each in run((SLOTS,), wiring)]


def test_no_restart_is_advised_where_the_app_of_a_caller_is_not_known(story):
    before = replace(story.wired.with_target(assignments=()), source=None)
    found = protect.plan(before, Protection()).findings
    (said,) = (each for each in found if each.id == "MIW011")

    assert "may lack the app role" in said.seen
    assert "" == said.fix
