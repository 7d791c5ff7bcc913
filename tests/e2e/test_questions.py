"""Each question of the page is answered by the command beside it."""

import re
import shlex
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "questions-people-ask.md"
ROW = re.compile(r"^\| (.+?) \| ([\w-]+) \| `miwire ([^`]+)` \| (MIW\d{3}) \| (yes|partly)")
ROWS = [
    found.groups() for line in PAGE.read_text("utf-8").splitlines() if (found := ROW.match(line))
]
_BAD = re.compile(r"^  [✗‼]  (MIW\d{3})", re.MULTILINE)


def test_the_page_has_at_least_twenty_questions():
    assert 20 <= len(ROWS)


@pytest.mark.parametrize(
    ("scene", "line", "code"), [row[1:4] for row in ROWS], ids=[row[1] for row in ROWS]
)
def test_the_answer_to_a_question_is_the_one_of_the_page(quick, lab, scene, line, code):
    lab.reset(scene)
    ended = quick(*shlex.split(line))

    assert ended.code in {0, 1}, ended.err
    assert code in (_BAD.findall(ended.out) or ended.out)
