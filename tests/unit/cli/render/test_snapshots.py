"""
Each result as text and as JSON, as it stands in `snapshots/`.

`MIWIRE_WRITE_SNAPSHOTS=1 pytest tests/unit/cli/render` writes them anew: read the difference.
"""

import json
import os
from pathlib import Path

import pytest

from miwire.cli.render import formats
from miwire.cli.render.page import Screen
from miwire.cli.render.text.plan import preview

SNAPSHOTS = Path(__file__).parent / "snapshots"
TERMINAL = Screen(width=80)
PIPE = Screen()
ON_A_TERMINAL = {
    "connect",
    "connect-again",
    "connect-fails",
    "connect-plan",
    "connect-prepared",
    "demo",
    "demo-step",
    "demo-told",
    "demo-told-otherwise",
    "enable-identity",
    "enable-identity-plan",
    "explain",
    "explain-list",
    "explain-nothing",
    "explain-status",
    "explain-two",
    "explain-unknown",
    "grant-again",
    "lab-scenes",
    "lab-status",
    "lab-up",
    "no-lab",
    "no-runs",
    "probe",
    "protect",
    "revoke",
    "runs",
    "token",
    "undo",
}
IN_A_PIPE = {"connect", "explain", "connect-plan", "runs", "lab-scenes", "probe"}
AS_JSON = ON_A_TERMINAL - {"demo-step", "demo-told", "demo-told-otherwise", "explain-list"} | {
    "failed"
}


def same(name, text):
    """Compare a text with its snapshot, or write that."""
    file = SNAPSHOTS / name
    if os.environ.get("MIWIRE_WRITE_SNAPSHOTS"):
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", sorted(ON_A_TERMINAL))
def test_a_result_on_a_terminal_of_80_columns(made_by_hand, name):
    same(f"{name}.txt", formats.text(made_by_hand[name], TERMINAL))


@pytest.mark.parametrize("name", sorted(IN_A_PIPE))
def test_a_result_in_a_pipe_is_not_wrapped(made_by_hand, name):
    same(f"{name}.pipe.txt", formats.text(made_by_hand[name], PIPE))


@pytest.mark.parametrize("name", sorted(AS_JSON))
def test_a_result_as_json(made_by_hand, name):
    document = formats.document(made_by_hand[name])

    same(f"{name}.json", json.dumps(document, indent=2) + "\n")


def test_every_snapshot_is_compared():
    used = {f"{name}.txt" for name in ON_A_TERMINAL}
    used |= {f"{name}.pipe.txt" for name in IN_A_PIPE} | {f"{name}.json" for name in AS_JSON}

    assert used == {file.name for file in SNAPSHOTS.iterdir()}


@pytest.mark.parametrize("name", sorted(ON_A_TERMINAL))
def test_an_ascii_terminal_is_sent_ascii(made_by_hand, name):
    text = formats.text(made_by_hand[name], Screen(width=80, ascii=True))

    assert text.isascii()


@pytest.mark.parametrize("name", sorted(ON_A_TERMINAL))
def test_colors_change_no_character(made_by_hand, name):
    plain = formats.text(made_by_hand[name], TERMINAL)
    colored = formats.text(made_by_hand[name], Screen(width=80, color=True))

    for code in ("0", "1", "2", "32", "33", "1;31"):
        colored = colored.replace(f"\x1b[{code}m", "")
    assert plain == colored


def test_quiet_leaves_out_the_heading_and_what_to_do_next(made_by_hand):
    loud = formats.text(made_by_hand["connect"], TERMINAL)
    text = formats.text(made_by_hand["connect"], Screen(width=80, quiet=True))

    assert "signed in as" in loud
    assert "To undo" in loud
    assert text.startswith("✓ rg/core → rg/integration: connected\n")
    assert "signed in as" not in text
    assert "To undo" not in text
    assert "curl" not in text


def test_a_result_after_its_plan_repeats_neither_heading_nor_differences(made_by_hand):
    text = formats.text(made_by_hand["protect"], Screen(width=80, heading=False))

    assert "signed in as" not in text
    assert "unauthenticatedClientAction" not in text


def test_a_plan_without_changes_leaves_the_heading_to_the_result(made_by_hand):
    plan = made_by_hand["connect-again"].outcome.plan

    assert "signed in as" not in preview(plan, Screen(width=80, heading=False))


def test_a_result_after_a_question_does_not_repeat_the_heading(made_by_hand):
    text = formats.text(made_by_hand["connect"], Screen(width=80, heading=False))

    assert text.startswith("✓ rg/core")


def test_an_error_is_no_text_on_stdout(made_by_hand):
    assert "" == formats.text(made_by_hand["failed"], TERMINAL)


def test_steps_of_the_demo_wait_for_its_document(made_by_hand):
    assert formats.document(made_by_hand["demo-step"]) is None
    assert formats.document(made_by_hand["demo-told"]) is None
