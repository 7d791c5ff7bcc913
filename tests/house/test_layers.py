"""What import-linter can't see of the layers that `pyproject.toml` declares."""

import ast
from pathlib import Path

import miwire

PACKAGE = Path(miwire.__file__).parent
WITH_CODE = {PACKAGE / "__init__.py"}
"""It holds the version."""


def test_a_package_holds_no_code_of_its_own():
    # A module that imports its own package would hide from the contract for siblings.
    coded = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("__init__.py")
        if len(ast.parse(path.read_text(encoding="utf-8")).body) > 1 and path not in WITH_CODE
    ]

    assert [] == coded


def test_no_module_imports_relatively():
    relative = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert [] == relative
