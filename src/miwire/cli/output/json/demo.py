"""demo as JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from miwire.cli.render.json.envelope import document
from miwire.domain.safe_text import safe_line
from miwire.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from miwire.cli.demo_steps import Step, Told


def demo_begins() -> None:
    """Leave everything to the document."""


def demo_step(step: Step) -> None:
    """Tell on stderr which step is run."""
    sys.stderr.write(f"{safe_line(step.title)}\n")


def demo_told(told: Told) -> None:
    """Leave it to the document."""
    del told


def demo_ends(told: Sequence[Told], kept: Path | None) -> None:
    """Print every step, and whether it held."""
    held = all(each.held for each in told)
    document(
        "demo",
        ExitCode.OK if held else ExitCode.DOES_NOT_HOLD,
        {
            "steps": [
                {
                    "title": each.step.title,
                    "command": ["miwire", *each.step.command],
                    "exitCode": each.exit_code,
                    "held": each.held,
                }
                for each in told
            ],
            "stateDir": str(kept) if kept else None,
        },
    )
