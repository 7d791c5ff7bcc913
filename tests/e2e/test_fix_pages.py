"""docs/how-to/fix-a-*.md: every command on them runs in the lab, and ends as the page says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from miwire.lab.scenes import names

PAGES = sorted((Path(__file__).parents[2] / "docs" / "how-to").glob("fix-a-*.md"))
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(
    r"(?:^\w+\(\) \{\n.*?^\}|(?:[^\n]*(?:\\|\|)\n)*[^\n]*)\n", re.MULTILINE | re.DOTALL
)
ENDS = re.compile(r"# exit (\d+)$")


def commands(page):
    """Each command of a page as it stands there, with the exit code that the page says."""
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for command in COMMAND.findall(block):
            said = ENDS.search(command)
            yield command, int(said[1]) if said else 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_the_page_ends_as_it_says(page, lab, miwire, tmp_path):
    told = list(commands(page))
    script = "\n".join(f"{command}\necho $? >> codes" for command, _ in told)
    path = f"{Path(sys.executable).parent}{os.pathsep}{miwire.environment['PATH']}"
    ended = subprocess.run(
        ["bash", "-u", "-c", script],
        cwd=tmp_path,
        env={**miwire.environment, "PATH": path, "MIWIRE_LAB": str(lab.info.state_dir)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    codes = (tmp_path / "codes").read_text(encoding="utf-8").split()

    assert [(command, code) for command, code in told] == [
        (command, int(code)) for (command, _), code in zip(told, codes, strict=True)
    ], ended.stdout + ended.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_a_fault_and_its_end(page):
    text = page.read_text(encoding="utf-8")
    scenes = re.findall(r"miwire lab reset --scene (\S+)", text)

    assert scenes
    assert set(scenes) <= {each.name for each in names.SCENES if each.kind == "broken"}
    assert "miwire explain" in text


def test_each_status_with_a_page_names_it():
    assert {"fix-a-401", "fix-a-403", "fix-a-500"} == {page.stem for page in PAGES}
