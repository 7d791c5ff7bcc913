"""Texts, docs, docstrings and names use the field's own words."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
NOWHERE = re.compile(
    r"foretold|foretell|let in only|gets in\b|in no more|whoever|the weather|was asked for"
    r"|from then on|\bseat\b|\bstrikes?\b|\bledger\b|\bpatience\b|FACTS 6",
    re.IGNORECASE,
)
"""In no text, page, docstring, comment or name."""
IN_TEXTS = re.compile(
    r"\bgates?\b|(?<!front[ -])\bdoors?\b|\blets? in\b|\blet through\b|\bshuts? out\b"
    r"|\banybody\b|\bhouse\b|\bin vain\b|\bwaits? for Azure to converge\b",
    re.IGNORECASE,
)
"""In nothing that a user reads."""
PACKAGE = ROOT / "src" / "miwire"
MODULES = sorted(
    each for each in PACKAGE.rglob("*.py") if "lab" not in each.relative_to(PACKAGE).parts[:1]
)
# development.md is about the code; scenes.md repeats the lab's own sentences.
PAGES = sorted(
    {ROOT / "README.md", *(ROOT / "docs").rglob("*.md")}
    - {ROOT / "docs" / "development.md", ROOT / "docs" / "reference" / "scenes.md"}
)
CONTRACT = frozenset({"let through"})
"""Values of JSON keys, labels that programs read, and names of scenes."""
TYPED = re.compile(
    r"(?<![\w-])--[a-z]|\bmiwire (audit|callers|connect|decode-token|doctor|enable-identity"
    r"|explain|grant|lab|probe|protect|revoke|undo)\b"
)
"""What is typed: only the command line spells it; az's commands are Azure's."""
AZ = re.compile(r"\baz [\w -]+")
BELOW = ("azure", "checks", "easyauth", "model", "observe", "permissions", "tokens")
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def texts(module: Path) -> Iterator[str]:
    """Yield every string of a module with a space in it, docstrings of commands too."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    bare = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    shown = module.parent.name == "commands"
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            continue
        if " " in node.value and (shown or node not in bare) and node.value not in CONTRACT:
            yield node.value


def test_no_module_or_test_has_a_word_of_its_own_for_a_standard_term():
    every = {*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")} - {Path(__file__)}
    found = {
        str(module.relative_to(ROOT)): NOWHERE.findall(module.read_text(encoding="utf-8"))
        for module in every
    }

    assert {} == {module: words for module, words in found.items() if words}


def test_no_text_that_a_user_reads_has_a_word_of_its_own_for_a_standard_term():
    found = {
        str(module.relative_to(ROOT)): [text for text in texts(module) if IN_TEXTS.search(text)]
        for module in MODULES
    }

    assert {} == {module: lines for module, lines in found.items() if lines}


def test_no_page_has_a_word_of_its_own_for_a_standard_term():
    found = {}
    for page in PAGES:
        whole = page.read_text(encoding="utf-8")
        prose = CODE.sub("", whole)
        found[str(page.relative_to(ROOT))] = NOWHERE.findall(whole) + IN_TEXTS.findall(prose)

    assert {} == {page: words for page, words in found.items() if words}


def test_nothing_below_the_command_line_spells_an_option_or_a_command():
    modules = [
        module
        for module in MODULES
        if module.relative_to(PACKAGE).parts[0] in BELOW or module.parent == PACKAGE
    ]
    found = {
        str(module.relative_to(ROOT)): [
            text for text in texts(module) if TYPED.search(AZ.sub("", text))
        ]
        for module in modules
    }

    assert {} == {module: lines for module, lines in found.items() if lines}
