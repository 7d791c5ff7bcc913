"""Somebody else writes the same settings at the same time, from another machine: no lock helps."""

import copy
import threading
import time
from uuid import uuid4

import pytest

POLICY = ("identityProviders", "azureActiveDirectory", "validation", "defaultAuthorizationPolicy")


def joined(settings, client_id, principal_id):
    """The settings with one more caller in both lists, as a careful rival would write them."""
    settings = copy.deepcopy(settings)
    policy = settings
    for name in POLICY:
        policy = policy[name]
    policy["allowedApplications"] = [*policy["allowedApplications"], client_id]
    principals = policy["allowedPrincipals"]
    principals["identities"] = [*principals["identities"], principal_id]
    return settings


def lists(settings):
    policy = settings
    for name in POLICY:
        policy = policy[name]
    return policy["allowedApplications"], policy["allowedPrincipals"]["identities"]


@pytest.mark.parametrize("late", [0.0, 0.02, 0.05, 0.1, 0.2])
def test_a_rivals_lost_update_is_found_by_reading_back_and_repaired(world, late):
    """The rival read before miwire wrote, and writes after it: miwire's write is lost for once."""
    world.done("protect", "integration", "--allow", "stranger")
    world.done("enable-identity", "core")
    rival = str(uuid4()), str(uuid4())
    old = world.settings()
    writes = len([each for each in world.lab.requests("arm") if each["method"] == "PUT"])
    world.lab.faults({"rules": [{"service": "arm", "method": "GET", "effect": {"delay": 0.1}}]})

    def write():
        while True:
            puts = [each for each in world.lab.requests("arm") if each["method"] == "PUT"]
            if len(puts) > writes:
                break
            time.sleep(0.002)
        time.sleep(late)
        world.put_settings(joined(old, *rival))

    thread = threading.Thread(target=write)
    thread.start()
    ended = world.run("grant", "core", "integration", "--yes")
    thread.join(30)
    world.lab.faults({})
    if ended.code == 0 and world.identity("core")[1] not in lists(world.settings())[0]:
        # The rival was later than the read-back: nothing that miwire can see while it runs.
        world.done("grant", "core", "integration", "--yes")

    assert ended.explains_itself()
    assert ended.code in {0, 8}
    clients, principals = lists(world.settings())
    if ended.code == 0:
        assert {rival[0], *(world.identity(each)[1] for each in ("core", "stranger"))} == set(
            clients
        )
        assert {rival[1], *(world.identity(each)[0] for each in ("core", "stranger"))} == set(
            principals
        )


def test_a_rival_that_writes_without_end_ends_miwire_with_8(world):
    world.done("protect", "integration", "--allow", "stranger")
    world.done("enable-identity", "core")
    old = world.settings()
    over = threading.Event()

    def write():
        while not over.is_set():
            world.put_settings(joined(old, str(uuid4()), str(uuid4())))

    thread = threading.Thread(target=write)
    world.lab.faults({"rules": [{"service": "arm", "method": "PUT", "effect": {"delay": 0.01}}]})
    thread.start()
    try:
        ended = world.run("grant", "core", "integration", "--yes")
    finally:
        over.set()
        thread.join(30)

    assert ended.explains_itself()
    assert ended.code in {0, 8}
