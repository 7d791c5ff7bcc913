from dataclasses import replace

import pytest

from miwire.model import auth_settings as at
from miwire.model.directory import AppRoleAssignment
from miwire.model.identity import ManagedIdentity
from miwire.model.wiring import Caller
from miwire.operations import revoke
from miwire.plan.changes.app_role import UnassignAppRole

ORDERS = Caller("core by id-orders", "orders-client", "orders-principal")


def after(plan):
    """The settings once a plan is applied."""
    (wish,) = (each.edit(plan.start) for each in plan.changes if hasattr(each, "edit"))
    return wish.applied_to(plan.start.the_target.settings)


def test_the_gate_closes_first_and_then_the_role_goes(story):
    plan = revoke.plan(story.wired)

    assert ["write-auth-settings", "unassign-app-role"] == [each.action for each in plan.changes]
    assert UnassignAppRole("Caller", "core", "core-principal", "role-id") == plan.changes[1]
    assert () == plan.questions


def test_the_last_one_leaves_no_list_empty(story):
    settings = after(revoke.plan(story.wired))

    assert (("api-client",), ("api-principal",)) == (
        settings.listed(at.APPLICATIONS),
        settings.listed(at.IDENTITIES),
    )


def test_who_is_out_needs_nothing(story):
    stranger = Caller("stranger", "stranger-client", "stranger-principal")

    assert not revoke.plan(story.wired.with_callers(stranger))


def test_a_role_is_taken_where_no_list_names_its_holder(story):
    settings = story.wired.the_target.settings.without(at.APPLICATIONS).without(at.IDENTITIES)
    plan = revoke.plan(story.wired.with_target(settings=settings))

    assert ["unassign-app-role"] == [each.action for each in plan.changes]


def test_every_role_of_it_goes_and_nobody_elses(story):
    assignments = (
        *story.wired.the_target.assignments,
        AppRoleAssignment("core-principal", "00000000-0000-0000-0000-000000000000", "2"),
        AppRoleAssignment("stranger-principal", "role-id", "3"),
    )
    plan = revoke.plan(story.wired.with_target(assignments=assignments))

    assert ["Caller", "default access"] == [
        each.role for each in plan.changes if isinstance(each, UnassignAppRole)
    ]


def shared(story):
    """core let in by its own identity and by one that others may share."""
    source = replace(
        story.core, identity=ManagedIdentity(story.core.identity.system, (story.orders,))
    )
    settings = story.wired.the_target.settings.with_added(at.APPLICATIONS, "orders-client")
    return (
        story.wired.with_source(site=source)
        .with_target(settings=settings)
        .with_callers(story.caller, ORDERS)
    )


def test_an_identity_that_others_may_share_is_asked_about_unless_it_was_named(story):
    (question,) = revoke.plan(shared(story)).questions

    assert question.startswith("core by id-orders: every app")
    assert () == revoke.plan(shared(story), identity_named=True).questions


def test_all_identities_of_a_source_leave_together(story):
    settings = after(revoke.plan(shared(story)))

    assert ("api-client",) == settings.listed(at.APPLICATIONS)


def test_a_source_without_an_identity_is_told_that_old_ids_may_be_listed(story):
    plan = revoke.plan(story.wired.with_callers())

    assert not plan
    assert "IDs of a former identity may still be listed" in plan.notes[0]


def test_what_stays_open_is_told(story):
    settings = story.wired.the_target.settings.with_value(at.EXCLUDED_PATHS, ["/health"])

    assert (
        "Paths that require no token: /health."
        in revoke.plan(story.wired.with_target(settings=settings)).notes
    )


def promise(wiring, **named):
    """Whether it is said that the source will get 403 from now on, and of whom."""
    notes = revoke.plan(wiring, **named).notes
    return [each.partition(" will get 403 ")[0] for each in notes if " will get 403 " in each]


@pytest.mark.parametrize("path", [at.APPLICATIONS, at.IDENTITIES])
def test_who_leaves_a_list_that_restricts_is_told_to_get_403(story, path):
    settings = story.wired.the_target.settings.without(path)

    assert ["core"] == promise(story.wired.with_target(settings=settings))


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(
            lambda now: now.with_value(at.ENABLED, value=False), id="authentication is off"
        ),
        pytest.param(
            lambda now: now.without(at.APPLICATIONS).without(at.IDENTITIES), id="no list restricts"
        ),
    ],
)
def test_no_403_is_promised_where_the_gate_would_let_it_in(story, settings):
    wiring = story.wired.with_target(settings=settings(story.wired.the_target.settings))

    assert revoke.plan(wiring).changes
    assert [] == promise(wiring)


def test_of_an_identity_that_was_named_nothing_is_promised_for_the_others(story):
    wiring = shared(story).with_callers(ORDERS)

    assert ["core by id-orders"] == promise(wiring, identity_named=True)
