"""A revoked caller is really rejected, or isn't said to be, whatever the directory answers."""

import json

import pytest

REVOKE = ("revoke", "core", "integration", "-o", "json")
PROVIDER = ("identityProviders", "azureActiveDirectory", "validation", "defaultAuthorizationPolicy")


@pytest.fixture
def held(world):
    """A token of core, let in to a target where only the list of clients restricts."""
    world.done("protect", "integration", "--allow", "stranger")
    settings = world.settings()
    policy = settings
    for name in PROVIDER:
        policy = policy[name]
    del policy["allowedPrincipals"]
    world.put_settings(settings)
    world.done("enable-identity", "core")
    world.done("grant", "core", "integration", "--yes")
    token = world.token_of(world.app_id, world.identity("core"))

    assert world.status(token) == 200
    return token


def clients(world):
    policy = world.settings()
    for name in PROVIDER:
        policy = policy[name]
    return policy["allowedApplications"]


def forgotten(world, **times):
    """Let the directory not know the identity of core, so many times or for good."""
    principal_id, _ = world.identity("core")
    part = f"servicePrincipals/{principal_id}"
    rule = {"service": "graph", "part": part, "effect": {"status": 404}, **times}
    world.lab.faults({"rules": [rule]})


def test_one_replica_that_does_not_know_the_identity_leaves_no_token_of_it_in(world, held):
    forgotten(world, times=1)
    ended = world.done(*REVOKE)

    assert world.status(held) == 403
    assert "core will get 403 from integration" in " ".join(json.loads(ended.out)["notes"])
    assert world.waited == []


def test_an_identity_that_the_directory_learns_of_late_is_waited_for(world, held):
    forgotten(world, times=3)
    world.done(*REVOKE)

    assert world.status(held) == 403
    assert [1, 2] == world.waited


@pytest.mark.parametrize("flags", [(), ("--no-wait",)], ids=["waited in vain", "not waited"])
def test_an_identity_without_a_client_id_is_not_said_to_be_out(world, held, flags):
    principal_id, client_id = world.identity("core")
    forgotten(world)
    ended = world.run(*REVOKE, *flags)
    document = json.loads(ended.out)
    world.lab.faults({})

    assert (7, "GaveUpWaiting") == (ended.code, document["error"]["code"])
    assert "client ID of core" in document["error"]["message"]
    assert client_id in document["error"]["hint"]
    assert "gets 403" not in ended.out + ended.err
    assert world.status(held) == 200
    assert principal_id not in [each["principalId"] for each in world.assignments(world.app_id)]
    assert [True] == [each["done"] for each in document["changes"]]
    assert ended.waited <= 180


@pytest.mark.usefixtures("held")
def test_what_was_left_for_lack_of_the_client_id_goes_once_it_is_known(world):
    _, client_id = world.identity("core")
    forgotten(world)
    world.run(*REVOKE)
    world.lab.faults({})
    world.done(*REVOKE)

    assert client_id not in clients(world)


def test_an_identity_without_a_client_id_is_out_by_its_object_id_where_that_is_asked_for(world):
    world.done("connect", "core", "integration")
    world.done("grant", "stranger", "integration")
    held = world.token_of(world.app_id, world.identity("core"))
    forgotten(world)
    ended = world.run(*REVOKE)

    assert ended.code == 7
    assert "rejected by its object ID" in json.loads(ended.out)["error"]["message"]
    assert "whatever tokens it holds" not in ended.out + ended.err
    assert world.status(held) == 403


def test_where_no_list_holds_anybody_else_a_client_id_is_not_missed(world):
    world.done("protect", "integration")
    world.done("enable-identity", "core")
    forgotten(world)
    ended = world.done(*REVOKE)

    assert [] == json.loads(ended.out)["changes"]
    assert world.waited == []


def test_a_dry_run_without_the_client_id_calls_its_plan_a_part(world, held):
    forgotten(world)
    ended = world.done(*REVOKE, "--dry-run")
    notes = json.loads(ended.out)["notes"]

    assert "client ID of core" in notes[0]
    assert "gets 403" not in " ".join(notes)
    assert world.status(held) == 200
