"""Every error body that Azure was recorded to send, at every call of every command."""

import json
import random
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import pytest

RECORDED = json.loads(Path(__file__).with_name("recorded_errors.json").read_text())
CALLS = {
    "enable-identity": {"arm": 5, "graph": 1},
    "protect": {"arm": 11, "graph": 5},
    "connect": {"arm": 14, "graph": 6},
    "grant": {"arm": 10, "graph": 2},
    "revoke": {"arm": 8, "graph": 2},
    "undo": {"arm": 9, "graph": 2},
}
"""How many each makes from an open target."""
IN_CI = 48
EVERY = [
    (command, service, call, number)
    for command, services in CALLS.items()
    for service, calls in services.items()
    for call, number in product(range(calls), range(len(RECORDED)))
]
SAMPLE = set(random.Random(6).sample(range(len(EVERY)), IN_CI))  # noqa: S311
CASES = [
    case if n in SAMPLE else pytest.param(*case, marks=pytest.mark.storm)
    for n, case in enumerate(EVERY)
]
DOES_WITHOUT = {("enable-identity", "graph", 403)}
"""Where a command does what was asked all the same, and tells what it could not look up."""
READ_IF_ALLOWED = ("/Microsoft.Insights/metrics", "/slots", "/config/appsettings/list")
"""What a plan asks about, or says that it doesn't know it, where it can't be read."""
CODES = {400: {2, 3}, 401: {4, 5, 6}, 403: {5}, 404: {3, 7}, 409: {6}}


def said(body):
    """What an answer names as its code or, where it has none, the beginning of what it says."""
    if not isinstance(body, dict):
        return ""
    error = body.get("error", body)
    return error.get("code") or error.get("Code") or ""


@pytest.mark.parametrize(("command", "service", "call", "number"), CASES)
def test_an_error_of_azures_is_told_in_one_sentence_with_its_code(
    world, starting, stories, command, service, call, number
):
    recorded = RECORDED[number]
    story = stories[command](world, starting(world, "open", random))
    answer = {name: recorded[name] for name in ("status", "headers", "body")}
    world.lab.faults({"rules": [{"service": service, "skip": call, "effect": answer}]})

    ended = world.run(*story.command)

    assert world.lab.faults()["struck"]["rules"] != [0]
    assert ended.explains_itself()
    status = recorded["status"]
    struck = {urlsplit(each["url"]).path for each in world.lab.requests() if "fault" in each}
    asked_instead = any(path.endswith(READ_IF_ALLOWED) for path in struck)
    does_without = (command, service, status) in DOES_WITHOUT
    codes = {0} if does_without else CODES.get(status, {6, 7})
    assert ended.code in ({0, *codes} if asked_instead else codes)
    assert ended.code == 0 or said(recorded["body"]) in ended.err
    assert str(recorded["status"]) in ended.err or ended.code in {5, 7}
