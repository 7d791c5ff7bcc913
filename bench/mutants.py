"""
Forty-odd faults, each made in a copy of the source: the tests named beside it must fail.

    python bench/mutants.py [--only WORD ...] [--list]

Prints a line for each fault of `mutants.toml` and ends with 1 where one survives, or where its text
or its tests are not as the list says. Nothing of this folder is changed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPIED = ("bench", "docs", "src", "tests")
FAILED = 1
"""What pytest ends with where a test fails; anything else but 0 is a fault of the list."""


@dataclass(frozen=True)
class Mutant:
    """A fault: a text of one file, what it becomes, and the tests that notice."""

    fault: str
    file: str
    old: str
    new: str
    tests: list[str]

    def break_copy(self, root: Path) -> str:
        """Make the fault in a copy and return the file's text before it."""
        path = root / self.file
        before = path.read_text(encoding="utf-8")
        if before.count(self.old) != 1:
            raise SystemExit(f"{self.file} doesn't have this text exactly once: {self.old}")
        path.write_text(before.replace(self.old, self.new), encoding="utf-8")
        return before


def listed() -> list[Mutant]:
    """Return every fault of the list."""
    document = tomllib.loads((ROOT / "bench" / "mutants.toml").read_text(encoding="utf-8"))
    return [Mutant(**each) for each in document["mutant"]]


def copied(folder: Path) -> Path:
    """Copy what tests need."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for file in ROOT.glob("*.*"):
        if file.is_file():
            shutil.copy(file, folder)
    return folder


def run_tests(root: Path, tests: list[str]) -> int:
    """Return the exit code of pytest for *tests*, run against the source in *root*."""
    options = ("-q", "-x", "-n", "0", "-p", "no:cacheprovider", "-W", "ignore")
    ended = subprocess.run(  # noqa: S603  the tests that the list names
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode not in (0, FAILED):
        print(ended.stdout[-2000:], ended.stderr[-2000:])
    return ended.returncode


def demand_passing(root: Path, mutants: list[Mutant]) -> None:
    """Run all tests of the faults before any is made: they have to pass then."""
    tests = sorted({test for mutant in mutants for test in mutant.tests})
    if run_tests(root, tests) != 0:
        raise SystemExit("The tests of the list don't pass without a fault.")


def is_killed(root: Path, mutant: Mutant) -> bool:
    """Say whether a test of a fault fails with it."""
    before = mutant.break_copy(root)
    try:
        return run_tests(root, mutant.tests) == FAILED
    finally:
        (root / mutant.file).write_text(before, encoding="utf-8")


def main() -> None:
    """Make every fault in turn and say which of them a test noticed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="+", default=[""], help="words: of files or sentences")
    parser.add_argument("--list", action="store_true", help="print the faults and run nothing")
    asked = parser.parse_args()
    chosen = [
        each for each in listed() if any(word in f"{each.file} {each.fault}" for word in asked.only)
    ]
    if asked.list:
        print("\n".join(f"{each.file}: {each.fault}" for each in chosen))
        return
    survived = 0
    with tempfile.TemporaryDirectory() as folder:
        root = copied(Path(folder))
        demand_passing(root, chosen)
        for mutant in chosen:
            started = time.monotonic()
            killed = is_killed(root, mutant)
            survived += not killed
            said = "killed  " if killed else "SURVIVED"
            took = time.monotonic() - started
            print(f"{said} {took:4.0f} s  {mutant.file}: {mutant.fault}", flush=True)
    print(f"{len(chosen) - survived} of {len(chosen)} killed")
    raise SystemExit(1 if survived else 0)


if __name__ == "__main__":
    main()
