"""The screens of the page about doctor are what a terminal of 80 columns shows."""

import os
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "find-out-why-a-call-fails.md"
SCREEN = re.compile(r"<!-- screen: (\S+) -->\n```\n(.*?)```\n", re.DOTALL)
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
EXAMPLE = "00000000-0000-0000-0000-000000000000"
SCENES = SCREEN.findall(PAGE.read_text(encoding="utf-8"))
CODES = {"no-assignment": 1}


def shown(quick, lab, scene):
    """What doctor shows of a scene, without what is another each time."""
    lab.reset(scene)
    ended = quick("doctor", "core", "integration", COLUMNS="80")
    text = re.sub(r"\d+\.\d s$", "1.0 s", GUID.sub(EXAMPLE, ended.out), flags=re.MULTILINE)

    assert CODES.get(scene, 0) == ended.code, ended.err
    return f"$ miwire doctor core integration\n{text}"


@pytest.mark.parametrize("scene", [scene for scene, _ in SCENES])
def test_a_screen_of_the_page_is_what_doctor_shows(quick, lab, scene):
    seen = shown(quick, lab, scene)
    if os.environ.get("MIWIRE_WRITE_SNAPSHOTS"):
        page = PAGE.read_text(encoding="utf-8")
        marked = f"<!-- screen: {scene} -->\n```\n"
        before, _, after = page.partition(marked)
        rest = after.partition("```\n")[2]
        PAGE.write_text(f"{before}{marked}{seen}```\n{rest}", "utf-8")

    assert dict(SCREEN.findall(PAGE.read_text(encoding="utf-8")))[scene] == seen
