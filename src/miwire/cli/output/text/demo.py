"""demo for people: each step as a claim, its command, what it printed, and whether it held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from miwire.cli.render.terminal import mark, show_indented, shown, stdout
from miwire.domain.shell_words import sh

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from miwire.cli.demo_steps import Step, Told


def demo_begins() -> None:
    """Say what is going to be told."""
    stdout().print(
        "core (an API on App Service) calls integration (another one). "
        "It shall be let in, and nobody else.\n"
    )


def demo_step(step: Step) -> None:
    """Print a step before it is run."""
    console = stdout()
    console.print(f"[name]{shown(step.title)}[/name]")
    console.print(Text(f"  $ {step.shown}", style="quiet"))


def demo_told(told: Told) -> None:
    """Print what a step printed, and whether it held."""
    console = stdout()
    show_indented(told.printed.rstrip(), 4)
    if told.held:
        console.print(f"  {mark('pass')} as it should be (exit {told.exit_code})\n")
    else:
        wanted = told.step.holds
        console.print(f"  {mark('fail')} exit {told.exit_code}, and {wanted} was expected\n")


def demo_ends(told: Sequence[Told], kept: Path | None) -> None:
    """Print the sum."""
    console = stdout()
    held = sum(each.held for each in told)
    verdict = "pass" if held == len(told) else "fail"
    console.print(f"{mark(verdict)} {held} of {len(told)} steps held.")
    if kept is not None:
        lab = shown(sh(str(kept)))
        console.print(f'The lab is up: eval "$(miwire lab env --state-dir {lab})"')
        console.print(f"Stop it with: miwire lab down --state-dir {lab}")
