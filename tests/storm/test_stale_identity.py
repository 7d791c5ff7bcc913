"""An identity that Azure Resource Manager does not show yet is taken away by nobody."""

import json

import pytest

PROVIDER = "providers/Microsoft.ManagedIdentity/userAssignedIdentities"
DENIED = {
    "status": 403,
    "body": {"error": {"code": "Authorization_RequestDenied", "message": "Insufficient."}},
}


@pytest.fixture
def orders(world):
    """The resource id of a user-assigned identity that nobody is attached to."""
    group = f"/subscriptions/{world.lab.subscription_id}/resourceGroups/rg-story"
    path = f"{group}/{PROVIDER}/id-orders"
    with world.lab.client("arm") as arm:
        body, version = {"location": "westeurope"}, {"api-version": "2023-01-31"}
        assert arm.put(path, params=version, json=body).is_success
    return path


@pytest.fixture
def just_made(world):
    """The ids of core's own identity, while reads of ARM are of before it was made."""
    world.lab.faults({"armStaleSeconds": 30})
    made = json.loads(world.done("enable-identity", "core", "-o", "json").out)["identity"]
    return made["principalId"], made["clientId"]


def asked(world, path):
    """How often Graph got a request for that path, in a batch or alone."""
    parts = [part for each in world.lab.requests("graph") for part in each.get("parts") or [each]]
    return len([each for each in parts if path in each["url"]])


def known(world, principal_id):
    """Whether the directory still has a service principal."""
    return world.lab.graph_get(f"servicePrincipals/{principal_id}").get("id") == principal_id


def test_attaching_another_identity_keeps_the_own_one_that_was_just_made(world, orders, just_made):
    ended = world.done("enable-identity", "core", "--user-assigned", orders, "-o", "json")
    identity = json.loads(ended.out)["identity"]

    assert ("SystemAssigned, UserAssigned", *just_made) == (
        identity["type"],
        identity["principalId"],
        identity["clientId"],
    )
    assert 30 <= ended.waited < 60
    assert known(world, just_made[0])


def test_connecting_by_another_identity_keeps_the_own_one_that_was_just_made(
    world, orders, just_made
):
    world.done("connect", "core", "integration", "--identity", orders)

    assert known(world, just_made[0])


@pytest.mark.parametrize("flags", [("--no-wait",), ("--wait", "20s")])
def test_where_it_does_not_come_in_time_nothing_is_sent(world, orders, just_made, flags):
    before = world.lab.writes()
    ended = world.run("enable-identity", "core", "--user-assigned", orders, *flags)

    assert ended.code == 7
    assert ended.explains_itself()
    assert "system-assigned identity of core" in ended.err
    assert "miwire enable-identity rg-story/core" in ended.err
    assert before == world.lab.writes()
    assert known(world, just_made[0])


@pytest.mark.usefixtures("just_made")
def test_who_may_not_read_the_directory_is_told_what_was_not_looked_at(world, orders):
    world.lab.advance(60)
    world.lab.faults({"rules": [{"service": "graph", "effect": DENIED}]})
    ended = world.done("enable-identity", "integration", "--user-assigned", orders, "-o", "json")
    (note,) = json.loads(ended.out)["notes"]

    assert "integration had a system-assigned identity" in note
    assert "Authorization_RequestDenied" in note


def test_only_where_it_would_be_left_out_is_the_directory_asked(world, orders):
    counts = []
    for site in ("stranger", "integration"):
        before = asked(world, "servicePrincipals?")
        world.done("enable-identity", site, "--user-assigned", orders)
        counts.append(asked(world, "servicePrincipals?") - before)

    assert [0, 1] == counts


def test_undoing_takes_away_what_the_run_attached_and_not_what_was_made_since(world, orders):
    world.done("connect", "core", "integration", "--identity", orders, "--prepare")
    world.lab.faults({"armStaleSeconds": 30})
    made = json.loads(world.done("enable-identity", "core", "-o", "json").out)["identity"]
    world.done("undo", "--remove-identity", "--yes")
    world.lab.faults({})

    assert world.identity("core") == (made["principalId"], made["clientId"])
    identity = world.arm("GET", world.lab.site("core")["resourceId"])["identity"]
    assert "SystemAssigned" == identity["type"]
