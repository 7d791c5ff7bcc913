"""Two runs at once on one machine: both let in, nothing lost."""

import json
import subprocess
import sys

import pytest


def started(shell, *arguments):
    """A command that runs."""
    return subprocess.Popen(
        [sys.executable, "-m", "miwire", *arguments, "-o", "json"],
        env=shell.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def ended(process):
    """The exit code and the document of a command, once it has ended."""
    out, err = process.communicate(timeout=120)
    return process.returncode, json.loads(out), err


def gets_in(inside, lab, name):
    return inside(name)(*lab.with_token()).code == 0


ROUNDS = [
    *(pytest.param(n, id=f"round {n}") for n in range(1, 4)),
    *(pytest.param(n, id=f"round {n}", marks=pytest.mark.storm) for n in range(4, 101)),
]


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_sources_wired_at_once_both_get_in(miwire, inside, lab, _round):
    runs = [started(miwire, "connect", each, "integration") for each in ("core", "stranger")]
    for code, document, err in map(ended, runs):
        assert 0 == code, err
        assert [True, True, None] == [case["ok"] for case in document["proof"]]
    clients, identities = lab.listed()

    assert {lab.identity(each) for each in ("core", "stranger")} == set(
        zip(clients, identities, strict=True)
    )
    assert gets_in(inside, lab, "core")
    assert gets_in(inside, lab, "stranger")
    made = lab.graph_get("applications")["value"]
    assert 1 == [each["displayName"] for each in made].count("integration")


def test_of_two_runs_that_want_the_same_one_finds_nothing_to_do(miwire, inside, lab):
    runs = [started(miwire, "connect", "core", "integration") for _ in range(2)]
    (first, second) = map(ended, runs)

    assert (0, 0) == (first[0], second[0]), first[2] + second[2]
    assert [0, 6] == sorted(len(document["changes"]) for _, document, _ in (first, second))
    assert gets_in(inside, lab, "core")


def test_who_takes_one_out_while_another_comes_in_loses_nobody(miwire, quick, inside, lab):
    quick("connect", "core", "integration")
    runs = [
        started(miwire, "connect", "stranger", "integration"),
        started(miwire, "revoke", "core", "integration"),
    ]

    for code, _, err in map(ended, runs):
        assert 0 == code, err
    listed = {each for ids in lab.listed() for each in ids}
    assert listed >= set(lab.identity("stranger"))
    assert listed.isdisjoint(lab.identity("core"))
    assert gets_in(inside, lab, "stranger")
    assert not gets_in(inside, lab, "core")
