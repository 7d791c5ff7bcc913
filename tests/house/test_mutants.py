"""The list of faults that tests must notice still fits the source."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MUTANTS = tomllib.loads((ROOT / "bench" / "mutants.toml").read_text(encoding="utf-8"))["mutant"]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant["fault"])
def test_a_fault_is_one_text_of_a_file_and_names_tests_that_exist(mutant):
    source = (ROOT / mutant["file"]).read_text(encoding="utf-8")

    assert 1 == source.count(mutant["old"]), f"{mutant['file']} has changed: adapt {mutant['old']}"
    assert mutant["old"] != mutant["new"]
    assert mutant["tests"]
    for named in mutant["tests"]:
        path, _, name = named.partition("::")
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not name or re.search(rf"^def {name}\(", text, re.MULTILINE), named


def test_forty_faults_are_spread_over_the_packages():
    packages = {mutant["file"].removeprefix("src/miwire/").split("/")[0] for mutant in MUTANTS}

    assert 40 <= len(MUTANTS)
    assert packages >= {
        *("azure", "checks", "easyauth", "lab", "model", "operations", "plan", "redaction.py"),
        "tokens",
    }
