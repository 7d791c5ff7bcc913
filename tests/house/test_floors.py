"""The floors of the house, and who may import whom."""

import ast
import sys
from pathlib import Path

import pytest

import miwire

HOUSE = Path(miwire.__file__).parent
MAY_IMPORT = {
    "errors": set(),
    "domain": {"domain", "errors"},
    "checks": {"checks", "domain", "errors"},
    "azure": {"azure", "domain", "errors"},
    "operations": {"operations", "checks", "azure", "domain", "errors"},
    "cli": {"cli", "operations", "azure", "domain", "errors", "lab"},
    "lab": {"lab"},
}
FOREIGN = {
    "errors": set(),
    "domain": set(),
    "checks": set(),
    "operations": set(),
    "cli": {"typer", "rich", "platformdirs"},
}


def floor_of(path):
    """The folder that a module stands in, or the module itself."""
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


MODULES = [
    pytest.param(path, floor_of(path), id=str(path.relative_to(HOUSE)))
    for path in sorted(HOUSE.rglob("*.py"))
    if floor_of(path) in MAY_IMPORT
]


def imported(path):
    """Every module that a file imports, at the top and late, for types too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize(("path", "floor"), MODULES)
def test_a_floor_imports_only_what_lies_below_it(path, floor):
    own = {name.split(".")[1] for name in imported(path) if name.startswith("miwire.")}

    assert own <= MAY_IMPORT[floor]


@pytest.mark.parametrize(("path", "floor"), MODULES)
def test_only_the_azure_floor_and_the_lab_import_what_is_not_ours(path, floor):
    tops = {name.split(".")[0] for name in imported(path)}
    foreign = tops - set(sys.stdlib_module_names) - {"miwire"}

    assert floor in {"azure", "lab"} or foreign <= FOREIGN[floor]


@pytest.mark.parametrize(("path", "floor"), MODULES)
def test_no_module_outgrows_three_hundred_lines(path, floor):
    del floor

    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize(("path", "floor"), MODULES)
def test_no_name_says_nothing(path, floor):
    del floor
    words = {"util", "utils", "common", "helper", "helpers", "base", "manager", "misc"}

    assert not words & set(path.stem.split("_"))
