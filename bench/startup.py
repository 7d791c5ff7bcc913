"""
How long miwire takes to start, against a bare Typer program and, where it is installed, az.

    python bench/startup.py [--az PATH] [--rounds N]

Prints a table in Markdown: medians of whole processes, and how many times the bare program's.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from timing import in_turn

BARE = """\
import typer

app = typer.Typer()


@app.command()
def hello(name: str = "you") -> None:
    print(f"Hello {name}")


app()
"""
TOKEN = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJ2ZXIiOiIyLjAifQ.c2ln"  # noqa: S105  nobody's


def main() -> None:
    """Time them in turn and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--az", default=shutil.which("az"))
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    miwire = [sys.executable, "-m", "miwire"]
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE, encoding="utf-8")
        commands = {
            "a bare Typer program, `--help`": ([sys.executable, str(bare), "--help"], ""),
            "`miwire --help`": ([*miwire, "--help"], ""),
            "`miwire decode-token`": ([*miwire, "decode-token"], TOKEN),
            "`miwire decode-token -o json`": ([*miwire, "decode-token", "-o", "json"], TOKEN),
        }
        if asked.az:
            commands["`az --version`"] = ([asked.az, "--version"], "")
            commands["`az webapp identity assign --help`"] = (
                [asked.az, "webapp", "identity", "assign", "--help"],
                "",
            )
        found = in_turn(commands, asked.rounds)
    first = next(iter(found.values()))
    print("| command | seconds | times the bare program |")
    print("|---|---|---|")
    for name, took in found.items():
        print(f"| {name} | {took:.2f} | {took / first:.2f} |")


if __name__ == "__main__":
    main()
