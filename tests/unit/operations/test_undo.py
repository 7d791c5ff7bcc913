from dataclasses import replace

import pytest

from miwire.errors import StateChanged
from miwire.model import auth_settings as at
from miwire.model.directory import AppRoleAssignment
from miwire.model.identity import ManagedIdentity
from miwire.model.run_record import image
from miwire.operations import undo
from miwire.plan.changes.identity import RemoveIdentity
from miwire.plan.changes.registration import RetractApi
from miwire.plan.record import Run

CHANGED = (at.ENABLED, at.AAD_ENABLED, at.CLIENT_ID, at.ISSUER, at.AUDIENCES, at.REQUIRE)
CHANGED += (at.ACTION, at.APPLICATIONS, at.IDENTITIES)


def actions(plan):
    return [change.action for change in plan.changes]


def run_of(before, after, *, command="connect", ended=True):
    """The record of a run that led from one wiring to another."""
    return Run(
        name="20260101T000000Z-abcdef",
        started_at="2026-01-01T00:00:00.000000Z",
        command=command,
        source_id=after.source.ref.id,
        target_id=after.target.ref.id,
        undoes=None,
        ended=ended,
        before=image(before),
        after=image(after),
        planned=CHANGED,
        summaries=(),
        actions=(),
        done=0,
    )


def test_the_gate_opens_first_and_what_the_run_made_goes_then(story):
    plan = undo.plan(story.wired, run_of(story.fresh, story.wired))

    assert ["restore-auth-settings", "delete-registration"] == actions(plan)
    assert ("integration will accept anonymous requests again.",) == plan.questions
    assert "The managed identity of core is kept" in " ".join(plan.notes)


def test_what_is_as_before_needs_nothing_and_asks_nothing(story):
    plan = undo.plan(story.fresh, run_of(story.fresh, story.wired))

    assert ((), ()) == (plan.changes, plan.questions)


def test_a_registration_that_miwire_did_not_make_is_never_deleted(story):
    theirs = replace(story.wired.the_target.registration, unique_name=None)
    wired = story.wired.with_target(registration=theirs)

    assert ["restore-auth-settings"] == actions(undo.plan(wired, run_of(story.fresh, wired)))


def test_of_a_registration_that_was_there_only_what_the_run_added_goes(story):
    bare = replace(
        story.wired.the_target.registration,
        app_roles=(),
        identifier_uris=("api://orders",),
        token_version=1,
    )
    full = replace(
        story.wired.the_target.registration, identifier_uris=("api://orders", "api://api-client")
    )
    before = story.wired.with_target(registration=bare, assignments=())
    plan = undo.plan(
        story.wired.with_target(registration=full),
        run_of(before, story.wired.with_target(registration=full)),
    )

    assert ["unassign-app-role", "retract-api"] == actions(plan)
    assert (
        RetractApi(frozenset({"role-id"}), frozenset({"api://api-client"}), 1) == plan.changes[-1]
    )


def test_a_service_principal_that_the_run_made_goes_and_its_assignments_with_it(story):
    before = story.wired.with_target(service_principal=None, assignments=())
    plan = undo.plan(story.wired, run_of(before, story.wired))

    assert ["delete-service-principal"] == actions(plan)


def test_what_a_run_took_away_is_there_again_before_the_gate_asks_for_it(story):
    settings = story.wired.the_target.settings.with_value(at.APPLICATIONS, ["api-client"])
    out = story.wired.with_target(settings=settings, assignments=())
    plan = undo.plan(out, run_of(story.wired, out, command="revoke"))

    assert ["assign-app-role", "restore-auth-settings"] == actions(plan)
    assert (
        "core-client will be allowed to call integration again (allowedApplications)."
        in plan.questions
    )


def test_a_registration_that_a_run_deleted_is_restored_first(story):
    plan = undo.plan(story.fresh, run_of(story.wired, story.fresh, command="undo"))

    assert ["restore-registration", "assign-app-role"] == actions(plan)[:2]
    assert "restore-auth-settings" == actions(plan)[-1]


def test_tokens_for_callers_without_a_role_are_asked(story):
    anybody = replace(story.wired.the_target.service_principal, assignment_required=False)
    before = story.wired.with_target(service_principal=anybody)
    plan = undo.plan(story.wired, run_of(before, story.wired))

    assert ["require-assignment"] == actions(plan)
    assert (
        (
            "Every identity of the tenant will be able to get tokens for integration again, "
            "even without an app role."
        ),
    ) == plan.questions


LATER = AppRoleAssignment("stranger-principal", "role-id", "9")


def another_role(wired):
    return wired.with_target(assignments=(LATER,))


def another_uri(wired):
    uris = (*wired.the_target.registration.identifier_uris, "api://orders")
    return wired.with_target(
        registration=replace(wired.the_target.registration, identifier_uris=uris)
    )


def another_requirement(wired):
    principal = replace(wired.the_target.service_principal, assignment_required=False)
    return wired.with_target(service_principal=principal)


def no_registration(wired):
    return wired.with_target(registration=None)


def no_principal(wired):
    return wired.with_target(service_principal=None)


@pytest.mark.parametrize(
    ("move", "named"),
    [
        pytest.param(another_role, "the app role assignments", id="roles"),
        pytest.param(another_uri, "the app registration", id="the registration"),
        pytest.param(another_requirement, "the service principal", id="the principal"),
        pytest.param(no_registration, "the app registration", id="no registration"),
        pytest.param(no_principal, "the service principal", id="no principal"),
    ],
)
def test_where_the_live_state_moved_it_stops_unless_overruled(story, move, named):
    moved, run = move(story.wired), run_of(story.fresh, story.wired)

    with pytest.raises(StateChanged, match=f"has been changed since: {named}"):
        undo.plan(moved, run)
    assert "restore-auth-settings" in actions(undo.plan(moved, run, force=True))


def test_overruled_what_others_were_given_since_stays(story):
    before = story.wired.with_target(assignments=())
    moved = story.wired.with_target(assignments=(*story.wired.the_target.assignments, LATER))
    plan = undo.plan(moved, run_of(before, story.wired), force=True)

    assert ["core-principal"] == [each.principal_id for each in plan.changes]


def test_who_would_lose_a_role_that_the_run_did_not_give_is_named(story):
    moved = story.wired.with_target(assignments=(*story.wired.the_target.assignments, LATER))
    plan = undo.plan(moved, run_of(story.fresh, story.wired), force=True)

    assert (
        "The registration of integration is deleted, and with it the app role assignments of "
        "stranger-principal." in plan.questions
    )


def test_an_identity_goes_only_where_that_is_asked_for_and_is_a_question(story):
    run = run_of(story.fresh, story.wired)
    plan = undo.plan(story.wired, run, remove_identity=True)

    assert RemoveIdentity("core", True, frozenset()) == plan.changes[-1]  # noqa: FBT003
    assert "The identity of core is deleted permanently" in plan.questions[-1]


def test_an_identity_can_go_later_and_is_a_question_then_too(story):
    run = run_of(story.fresh, story.wired)
    plan = undo.plan(story.fresh.with_source(site=story.core), run, remove_identity=True)

    assert ["remove-identity"] == actions(plan)
    assert "is deleted permanently" in plan.questions[0]


def test_an_identity_that_was_there_stays(story):
    before = story.fresh.with_source(site=story.core)
    plan = undo.plan(story.wired, run_of(before, story.wired), remove_identity=True)

    assert "remove-identity" not in actions(plan)


def test_of_the_attached_ones_only_the_runs_own_goes(story):
    both = ManagedIdentity(story.core.identity.system, (story.orders,))
    before = story.fresh.with_source(site=story.core)
    after = story.wired.with_source(site=replace(story.core, identity=both))
    plan = undo.plan(after, run_of(before, after), remove_identity=True)

    assert (
        RemoveIdentity("core", False, frozenset({story.orders.id.lower()}))  # noqa: FBT003
        == plan.changes[-1]
    )


def test_of_a_run_that_broke_off_what_it_was_about_to_write_goes(story):
    run = run_of(story.fresh, story.wired, ended=False)
    plan = undo.plan(story.wired, run)

    assert ["restore-auth-settings", "delete-registration"] == actions(plan)


def test_of_a_run_that_broke_off_what_it_cannot_have_written_stops_it(story):
    opened = story.wired.the_target.settings.with_value(at.EXCLUDED_PATHS, ["/*"])
    run = run_of(story.fresh, story.wired, ended=False)

    with pytest.raises(StateChanged, match="excludedPaths"):
        undo.plan(story.wired.with_target(settings=opened), run)
