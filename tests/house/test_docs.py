"""The docs name what there is, and say what CI runs."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES_OF_CODE = runpy.run_path(str(ROOT / "docs" / "generate.py"))["PAGES"]
PAGES = [
    ROOT / "README.md",
    ROOT / "SECURITY.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]


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


SECURITY_MODEL = (ROOT / "docs" / "explanation" / "security-model.md").read_text(encoding="utf-8")
ATTACKS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in SECURITY_MODEL.partition("## Attacks")[2].splitlines()
    if line.startswith("|") and not line.startswith(("| attack |", "|---"))
]


@pytest.mark.parametrize("row", ATTACKS, ids=lambda row: row[0][:40])
def test_every_attack_of_the_security_model_names_tests_that_exist(row):
    _, defense, tests = row
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", tests)
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).is_file()
        or not re.search(rf"^def {name}\(" if name else "", _text(path), re.MULTILINE)
    ]

    assert defense
    assert named
    assert [] == missing


def _text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def test_each_fact_that_the_code_cites_is_on_the_page_of_facts():
    page = (ROOT / "docs" / "reference" / "azure-facts.md").read_text(encoding="utf-8")
    cited = {
        number
        for module in (ROOT / "src").rglob("*.py")
        for cite in re.findall(r"FACTS,? ((?:fact )?\d[\d., ]*)", module.read_text("utf-8"))
        for number in re.findall(r"fact \d+|\d+\.\d+", cite)
    }

    assert [] == sorted(each for each in cited if f"{each}** (" not in page)
