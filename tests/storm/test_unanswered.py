"""A target that does not answer while it restarts is asked again, as long as was allowed."""

import json

import pytest

CONNECT = ("connect", "core", "integration", "-o", "json")
PROBE = ("probe", "integration", "--without-token", "-o", "json")


def dropped(world, **times):
    """Let the target close connections without an answer, so many times or for good."""
    rule = {"service": "gate", "effect": {"drop": "before"}, **times}
    world.lab.faults({"rules": [rule]})


def test_a_connection_that_drops_after_the_restart_is_no_end_of_the_proof(world):
    dropped(world, times=1)
    ended = world.done(*CONNECT)

    assert [True, True, None] == [case["ok"] for case in json.loads(ended.out)["proof"]]
    assert [1.0] == world.waited


def test_a_target_that_never_answers_ends_the_proof_when_the_time_is_over(world):
    dropped(world)
    ended = world.run(*CONNECT)
    document = json.loads(ended.out)

    assert (6, "Unreachable") == (ended.code, document["error"]["code"])
    assert ended.waited == 180
    assert all(change["done"] for change in document["changes"])


@pytest.mark.parametrize("flags", [(), ("--no-wait",)], ids=["nothing changed", "not to wait"])
def test_nothing_is_waited_for_where_nothing_restarts_or_nobody_may_wait(world, flags):
    if not flags:
        world.done(*CONNECT)
    dropped(world)
    ended = world.run(*CONNECT, *flags)

    assert (6, []) == (ended.code, world.waited)


@pytest.mark.parametrize("state", ["stopped", "restricted"])
def test_what_the_front_end_refuses_no_waiting_mends(world, state):
    world.lab.faults({"sites": {"integration": state}})
    ended = world.run(*CONNECT)

    assert (6, []) == (ended.code, world.waited)


def test_a_probe_asks_on_for_as_long_as_it_may(world):
    world.done(*CONNECT)
    dropped(world, times=3)
    ended = world.done(*PROBE, "--wait", "30s")

    assert [2.0, 2.0, 2.0] == world.waited
    assert [True] == [case["ok"] for case in json.loads(ended.out)["cases"]]


@pytest.mark.parametrize(("flags", "least"), [((), 0), (("--wait", "30s"), 25)])
def test_a_probe_of_a_stopped_app_ends_when_the_time_is_over(world, flags, least):
    world.done(*CONNECT)
    world.lab.faults({"sites": {"integration": "stopped"}})
    ended = world.run(*PROBE, *flags)

    (case,) = json.loads(ended.out)["cases"]
    assert (6, None, "network") == (ended.code, case["ok"], case["from"])
    assert least <= ended.waited <= 30
