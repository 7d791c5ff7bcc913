import base64
import json
import subprocess
from dataclasses import replace
from types import SimpleNamespace

import pytest

from miwire.export.handoff import FIRST_LINES, script, split_by_rights
from miwire.model.cloud import PUBLISHED, published
from miwire.model.wiring import Caller, Part
from miwire.operations import connect
from miwire.operations.protect import Protection
from miwire.permissions.arm import PermissionSet

AGAIN = ("miwire", "connect", "core", "integration", "--app-role", "it's")
ALL_OF_GRAPH = ("Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All")
CLOUDS = [pytest.param(cloud, id=cloud.name) for cloud in PUBLISHED]


def azure(*arm, graph=(), cloud="AzureCloud"):
    """An Azure of somebody who holds these actions in ARM and these permissions in Graph."""
    claims = {"oid": "me", "sub": "me", "appid": "a", "idtyp": "app", "roles": list(graph)}
    parts = ({"alg": "RS256", "typ": "JWT"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in parts]
    token = b".".join((*encoded, b"c2ln")).decode()
    held = (PermissionSet(arm),)
    session = SimpleNamespace(
        cloud=published(cloud),
        token=lambda _: token,
        permissions=SimpleNamespace(of=lambda rights: {each.scope_id: held for each in rights}),
    )
    session.for_tenant = lambda _: session
    return session


def actions(changes):
    return [change.action for change in changes]


def test_who_may_everything_leaves_nothing(story):
    left = split_by_rights(azure("*", graph=ALL_OF_GRAPH), connect.plan(story.fresh, Protection()))

    assert not left
    assert 6 == len(left.mine.changes)


def test_who_may_nothing_leaves_everything(story):
    left = split_by_rights(azure("*/read"), connect.plan(story.fresh, Protection()))

    assert () == left.mine.changes
    assert 6 == len(left.theirs)


def test_who_may_change_apps_turns_the_identity_on_and_leaves_the_directory(story):
    left = split_by_rights(
        azure("*/read", "Microsoft.Web/sites/*"), connect.plan(story.fresh, Protection())
    )

    assert ["enable-identity"] == actions(left.mine.changes)
    assert [
        "create-registration",
        "define-api",
        "create-service-principal",
        "assign-app-role",
        "write-auth-settings",
    ] == actions(left.theirs)


def test_the_gate_is_not_closed_while_the_assignment_is_missing(story):
    plan = connect.plan(
        story.wired.with_target(assignments=(), settings=story.fresh.the_target.settings),
        Protection(),
    )
    left = split_by_rights(azure("*", graph=("Application.ReadWrite.All",)), plan)

    assert ["assign-app-role", "write-auth-settings"] == actions(left.theirs)
    assert () == left.mine.changes


def test_assignment_is_not_required_while_one_is_missing(story):
    anybody = replace(story.wired.the_target.service_principal, assignment_required=False)
    plan = connect.plan(
        story.wired.with_target(assignments=(), service_principal=anybody), Protection()
    )
    left = split_by_rights(azure("*", graph=("Application.ReadWrite.All",)), plan)

    assert ["assign-app-role", "require-assignment"] == actions(left.theirs)


def made_by(story, cloud):
    """The script for all that is missing in a cloud, when one may do nothing."""
    left = split_by_rights(
        azure("*/read", cloud=cloud.name), connect.plan(story.fresh, Protection())
    )
    return script(azure(cloud=cloud.name), story.fresh, left, AGAIN)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_script_asks_the_clouds_own_addresses_and_no_other(story, cloud):
    text = made_by(story, cloud)
    hosts = {each.resource_manager for each in PUBLISHED} | {each.graph for each in PUBLISHED}
    named = {each for each in hosts if each in text}

    assert {cloud.resource_manager, cloud.graph} == named


def test_the_script_is_bash_and_known_by_its_first_lines(story, tmp_path):
    file = tmp_path / "handoff.sh"
    file.write_text(made_by(story, PUBLISHED[0]))
    checked = subprocess.run(["bash", "-n", file], capture_output=True, text=True, check=False)

    assert (0, "") == (checked.returncode, checked.stderr)
    assert file.read_text().startswith(FIRST_LINES)


def test_the_script_ends_with_the_command_that_goes_on_as_it_was_typed(story):
    last = made_by(story, PUBLISHED[0]).rstrip().splitlines()[-1]
    told = subprocess.run(["bash", "-c", last], capture_output=True, text=True, check=True)
    typed = subprocess.run(
        ["bash", "-c", f"printf '%s\\n' {told.stdout}"], capture_output=True, text=True, check=True
    )

    assert list(AGAIN) == typed.stdout.splitlines()


def test_known_ids_are_literal_and_nothing_is_made_again(story):
    plan = connect.plan(
        story.wired.with_target(assignments=(), settings=story.fresh.the_target.settings),
        Protection(),
    )
    left = split_by_rights(azure("*", graph=("Application.ReadWrite.All",)), plan)
    lines = script(azure(), plan.start, left, AGAIN).splitlines()

    assert {"object_id=api-object", "app_id=api-client", "principal_id=core-principal"} <= set(
        lines
    )
    assert not [line for line in lines if "registration=" in line]


def test_the_gate_is_not_in_the_script(story):
    text = made_by(story, PUBLISHED[0])

    assert "authsettingsV2" not in text
    assert "# Entra ID: create app registration integration" in text


def test_an_object_id_that_arm_told_is_literal_where_the_directory_may_not_be_read(story):
    pending = replace(Caller.to_be("core"), principal_id="core-principal")
    start = (
        story.fresh.with_source(site=story.core)
        .with_callers(pending)
        .with_target(unread={Part.DIRECTORY: "no right"})
    )
    left = split_by_rights(
        azure("*/read", "Microsoft.Web/sites/*"), connect.plan(start, Protection())
    )

    assert "principal_id=core-principal" in script(azure(), start, left, AGAIN).splitlines()
    assert "enable-identity" not in actions((*left.mine.changes, *left.theirs))


def test_a_user_assigned_identity_is_attached_beside_those_that_are_there(story):
    start = story.fresh.with_source(site=story.core)
    left = split_by_rights(azure("*/read"), connect.plan(start, Protection(), story.orders.id))
    text = script(azure(), start, left, AGAIN)

    assert '"type": "SystemAssigned, UserAssigned"' in text
    assert f"{story.orders.id}?api-version=" in text


def test_what_is_done_here_is_asked_here_and_the_rest_in_the_script(story):
    principal = replace(story.wired.the_target.service_principal, assignment_required=False)
    wiring = story.wired.with_target(service_principal=principal, assignments=())
    plan = connect.plan(wiring, Protection())
    (question,) = plan.questions
    everything = split_by_rights(azure("*", graph=ALL_OF_GRAPH), plan)
    nothing = split_by_rights(azure("*/read"), plan)
    text = script(azure(), wiring, nothing, AGAIN)

    assert ((question,), ()) == (everything.mine.questions, everything.questions)
    assert ((), (question,)) == (nothing.mine.questions, nothing.questions)
    assert f"# Needs your consent: {question}\n" in text
