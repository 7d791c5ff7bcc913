"""doctor with one right taken away: what it can't read is unknown, and nothing becomes fine."""

import json
import random
from itertools import product

import pytest

from miwire.lab.scenes.names import SCENES

RIGHTS = {
    "app settings": {"arm": ["Microsoft.Web/sites/config/list/action"]},
    "settings": {"arm": ["Microsoft.Web/sites/config/read"]},
    "apps": {"arm": ["Microsoft.Web/sites/read"]},
    "slots": {"arm": ["Microsoft.Web/sites/slots/read"]},
    "directory": {
        "graph": ["Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All"]
    },
}
NEEDS = {
    "app settings": {"MIW007", "MIW008", "MIW010", "MIW020", "MIW101", "MIW124", "MIW146"},
    "settings": {"MIW103", "MIW104", "MIW106", "MIW120", "MIW123", "MIW140", "MIW150"},
    "apps": {"MIW001", "MIW103", "MIW112", "MIW140", "MIW207"},
    "slots": {"MIW116"},
    "directory": {"MIW140", "MIW143", "MIW201", "MIW207", "MIW230", "MIW231", "MIW232", "MIW233"},
}
"""Checks that need the right."""
IN_CI = 16
EVERY = list(product([each.name for each in SCENES if each.kind == "broken"] + ["wired"], RIGHTS))
SAMPLE = set(random.Random(15).sample(range(len(EVERY)), IN_CI))  # noqa: S311
CASES = [
    case if n in SAMPLE else pytest.param(*case, marks=pytest.mark.storm)
    for n, case in enumerate(EVERY)
]
RANK = ("pass", "skip", "unknown", "warn", "fail")


def verdicts(ended):
    """The worst verdict of each check."""
    worst = {}
    for each in json.loads(ended.out)["findings"]:
        known = worst.get(each["id"], "pass")
        worst[each["id"]] = max(known, each["verdict"], key=RANK.index)
    return worst


@pytest.mark.parametrize(("scene", "right"), CASES)
def test_without_a_right_nothing_passes_that_was_not_read(world, scene, right):
    world.lab.reset(scene)
    world.lab.faults({})  # two scenes are made of faults, which the next line would replace
    whole = verdicts(world.run("doctor", "core", "integration", "-o", "json"))
    world.lab.faults({"refusedRights": RIGHTS[right]})
    ended = world.run("doctor", "core", "integration", "-o", "json")
    lacking = verdicts(ended)
    # MIW404 judges each call by itself: without the directory there is no call with a token.
    passed = {id_ for id_, verdict in lacking.items() if verdict == "pass" and id_ != "MIW404"}

    assert ended.explains_itself()
    assert set() == passed & NEEDS[right]
    assert set() == {id_ for id_ in passed if whole.get(id_, "pass") != "pass"}
    assert (5 if right in {"settings", "apps"} else ended.code) == ended.code
    assert (1 if "fail" in lacking.values() and ended.code != 5 else ended.code) == ended.code
