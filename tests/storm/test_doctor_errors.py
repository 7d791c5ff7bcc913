"""Every error body that Azure was recorded to send, at every read of doctor."""

import json
import random
import re
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import pytest

RECORDED = json.loads(Path(__file__).with_name("recorded_errors.json").read_text())
READS = {"arm": 10, "graph": 1}
"""How many doctor makes for a pair that is connected."""
IN_CI = 24
EVERY = [
    (service, call, number)
    for service, calls in READS.items()
    for call, number in product(range(calls), range(len(RECORDED)))
]
SAMPLE = set(random.Random(15).sample(range(len(EVERY)), IN_CI))  # noqa: S311
CASES = [
    case if n in SAMPLE else pytest.param(*case, marks=pytest.mark.storm)
    for n, case in enumerate(EVERY)
]
HANGS_ON = {
    "integration/config/appsettings/list": {"MIW124", "MIW146", "MIW151"},
    "integration/config/authsettings/list": {"MIW101"},
    "core/config/appsettings/list": {"MIW003", "MIW007", "MIW008", "MIW010", "MIW020"},
    "integration/slots": {"MIW116"},
    "core/slots": {"MIW012"},
    "/v1.0/$batch": {"MIW140", "MIW141", "MIW143", "MIW201", "MIW207", "MIW230", "MIW232"},
}
"""The checks that need the answer to a read."""


@pytest.mark.parametrize(("service", "call", "number"), CASES)
def test_a_read_that_fails_is_unknown_or_ends_doctor_with_a_sentence(world, service, call, number):
    world.lab.reset("wired")
    recorded = RECORDED[number]
    answer = {name: recorded[name] for name in ("status", "headers", "body")}
    before = len(world.lab.requests(service))
    world.lab.faults({"rules": [{"service": service, "skip": call, "effect": answer}]})
    ended = world.run("doctor", "core", "integration", "-o", "json")
    document = json.loads(ended.out)
    sent = world.lab.requests(service)[before:]
    struck = [urlsplit(each["url"]).path for each in sent if "fault" in each]
    needed = {
        id_ for path in struck for end, ids in HANGS_ON.items() if path.endswith(end) for id_ in ids
    }
    verdicts = {each["id"]: each["verdict"] for each in document.get("findings", [])}

    assert ended.explains_itself()
    assert ended.code in {0, 1, 2, 3, 4, 5, 6, 7}
    assert [] == [id_ for id_ in needed if verdicts.get(id_) == "pass" and len(struck) == len(sent)]
    if document["ok"] and recorded["status"] not in {429, 500, 503, 504}:
        assert {"unknown"} >= {verdicts[id_] for id_ in needed if id_ in verdicts}
        assert not re.search("Traceback", ended.err)
