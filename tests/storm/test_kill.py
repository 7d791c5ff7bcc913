"""Killed before and after every single request, then run again: the same end, and a way back."""

import json
import os
import random
import signal
import time
import warnings

import pytest

from miwire.cli.main import main

CALLS = {
    "enable-identity": {"arm": 5, "graph": 1},
    "protect": {"arm": 11, "graph": 5},
    "connect": {"arm": 14, "graph": 6},
    "grant": {"arm": 11, "graph": 2},
    "scope": {"arm": 12, "graph": 1},
    "revoke": {"arm": 8, "graph": 2},
    "undo": {"arm": 9, "graph": 2},
}
"""How many requests each makes from an open target; `test_every_call_is_killed` holds it."""
IN_CI = {
    ("connect", "arm", 10, "after"),  # the identity is on, and nobody was told
    ("connect", "graph", 2, "after"),  # the registration is made
    ("connect", "graph", 5, "after"),  # the role is assigned
    ("connect", "arm", 12, "before"),  # the gate is about to close
    ("connect", "arm", 12, "after"),  # it is closed
    ("grant", "graph", 1, "after"),
    ("scope", "arm", 9, "before"),  # the setting is about to be written
    ("scope", "arm", 9, "after"),  # it is, and nobody was told
    ("revoke", "arm", 6, "after"),
    ("undo", "arm", 7, "after"),
    ("undo", "graph", 1, "after"),
}
EVERY = [
    (command, service, call, moment)
    for command, services in CALLS.items()
    for service, calls in services.items()
    for call in range(calls)
    for moment in ("before", "after")
]
CASES = [case if case in IN_CI else pytest.param(*case, marks=pytest.mark.storm) for case in EVERY]


def killed(world, command):
    """Run *command* in a process of its own and kill it once the lab holds its request back."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer Pythons warn of forking beside threads
        child = os.fork()
    if child == 0:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        os._exit(int(main(list(command))))
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if world.lab.faults()["hanging"]:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return True
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) != 0
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise AssertionError("the command neither ended nor was held back")


@pytest.mark.parametrize(("command", "service", "call", "moment"), CASES)
def test_a_run_that_was_killed_is_resumed_and_can_be_taken_back(
    world, starting, stories, command, service, call, moment
):
    start = starting(world, "open", None)
    verdicts = [world.status(path=path) for path in ("/", "/items")]
    apps = world.app_settings("core")
    story = stories[command](world, start)
    rule = {"service": service, "skip": call, "times": 1, "effect": {"hang": moment}}
    world.lab.faults({"rules": [rule]})

    assert killed(world, story.command), f"there is no call {call} to {service}"
    world.lab.faults({})
    again = world.run(*story.command)

    assert again.code == 0, again.err
    story.holds()
    for _ in range(6):
        ended = world.run("undo", "--yes")
        if ended.code == 3:  # none is left
            break
        assert ended.code == 0, ended.err
    assert apps == world.app_settings("core")
    assert verdicts == [world.status(path=path) for path in ("/", "/items")]


def test_what_a_killed_run_gave_a_registration_of_somebody_else_is_taken_back(world, starting):
    start = starting(world, "callers", random)
    (before,) = world.applications()
    rule = {"service": "graph", "method": "PATCH", "times": 1, "effect": {"hang": "after"}}
    world.lab.faults({"rules": [rule]})
    killed(world, ("connect", "core", "integration", "--yes", *start.flags))
    world.lab.faults({})
    (half_made,) = world.applications()
    assert {"Caller", "Orders.Read"} == {each["value"] for each in half_made["appRoles"]}

    world.done("undo", "--yes")

    assert [before] == world.applications()


@pytest.mark.parametrize("command", CALLS)
def test_every_call_is_killed(world, starting, stories, command):
    story = stories[command](world, starting(world, "open", None))
    before = {service: len(world.lab.requests(service)) for service in ("arm", "graph")}
    world.done(*story.command)

    assert CALLS[command] == {
        service: len(world.lab.requests(service)) - count for service, count in before.items()
    }


def test_a_run_that_was_killed_is_listed_as_broken_off(world, starting, stories):
    story = stories["connect"](world, starting(world, "open", None))
    world.lab.faults({"rules": [{"service": "graph", "skip": 3, "effect": {"hang": "before"}}]})
    killed(world, story.command)
    world.lab.faults({})
    (run,) = json.loads(world.done("undo", "--list", "-o", "json").out)["runs"]

    assert not run["ended"]
    assert {True, False} == {each["done"] for each in run["changes"]}
