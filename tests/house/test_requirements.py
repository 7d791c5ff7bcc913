"""The pinned requirements: complete, within the ranges of pyproject.toml, and free of addresses."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
BUILD = PYPROJECT["build-system"]["requires"]
PINNED = {
    "use.txt": PROJECT["dependencies"],
    "dev.txt": [*PROJECT["dependencies"], *EXTRAS["test"], *EXTRAS["lint"], *BUILD],
}
ENTRY = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>[^ ;\n]+)(?P<marker> ; [^\\\n]+)? \\\n"
    r"(?:    --hash=sha256:[0-9a-f]{64} \\\n)*    --hash=sha256:[0-9a-f]{64}\n"
)


def text_of(name):
    return (ROOT / "requirements" / name).read_text(encoding="utf-8")


def pins(name):
    """The version of each package in a requirements file."""
    return {entry["name"]: entry["version"] for entry in ENTRY.finditer(text_of(name))}


@pytest.mark.parametrize("name", PINNED)
def test_a_requirements_file_pins_every_direct_dependency_within_its_range(name):
    pinned = pins(name)
    wanted = [Requirement(each) for each in PINNED[name]]
    unmet = [
        f"{each}: {pinned.get(canonicalize_name(each.name))}"
        for each in wanted
        if not each.specifier.contains(pinned.get(canonicalize_name(each.name), "0"))
    ]

    assert wanted
    assert [] == unmet


@pytest.mark.parametrize("name", PINNED)
def test_a_requirements_file_holds_hashed_pins_and_comments_only(name):
    rest = re.sub(r"^ +#.*\n", "", ENTRY.sub("", text_of(name)), flags=re.MULTILINE)

    assert "" == rest


@pytest.mark.parametrize("name", PINNED)
def test_a_requirements_file_names_no_index_host_or_local_path(name):
    found = re.findall(r"(?i).*(?:-index|find-links|://|file:|(?<![\w.])/\w).*", text_of(name))

    assert [] == found


def test_development_uses_the_versions_that_users_install():
    used, developed = pins("use.txt"), pins("dev.txt")

    assert used.items() <= developed.items()


def test_the_group_build_is_what_the_build_system_requires():
    assert PYPROJECT["dependency-groups"]["build"] == BUILD


def test_ci_installs_only_hashed_pins_before_it_runs_the_linters():
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    installs = re.findall(r"/pip install (.*)", ci)

    assert [
        "--no-compile --require-hashes -r requirements/dev.txt",
        "--no-compile --no-deps --no-build-isolation .",
    ] == installs
