"""The docs name what there is, and say what CI runs."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES_OF_CODE = runpy.run_path(str(ROOT / "docs" / "generate.py"))["PAGES"]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_is_there(page):
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:src|tests|docs)/[\w./-]+)`", text))
    linked = {
        str((page.parent / link).resolve().relative_to(ROOT))
        for link in re.findall(r"\]\((?!https?://|#)([^)#]+)", text)
    }
    missing = {name for name in named | linked if not (ROOT / name).exists()}

    assert set() == missing


@pytest.mark.parametrize("name", PAGES_OF_CODE)
def test_a_generated_page_says_what_the_code_says(name):
    page = ROOT / "docs" / "reference" / name

    assert PAGES_OF_CODE[name]() == page.read_text(encoding="utf-8")


def test_ci_runs_the_one_test_command_of_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = [line for line in readme.splitlines() if "'.[test]'" in line]

    assert len(commands) == 1
    assert commands[0].endswith(".venv/bin/pytest")
    assert """bash -c "$(grep -F "'.[test]'" README.md)\"""" in ci
