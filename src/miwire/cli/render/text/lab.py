"""lab for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.text import Text

from miwire.cli.render.terminal import mark, show_indented, show_rows, shown, stderr, stdout
from miwire.shell_words import sh

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from miwire.cli.demo_steps import Step, Told
    from miwire.lab.launcher import LabInfo


def lab_up(info: LabInfo, folder: Path | None, *, started: bool, addresses: bool = False) -> None:
    """Print where the lab is and how to use it, with the *addresses* of all its services."""
    said = "The lab is running" if started else "The lab was already running"
    stderr().print(f"{said}: {shown(info.services['arm'])}")
    if addresses:
        show_rows((f"[quiet]{name}", shown(url)) for name, url in info.services.items())
    named = f" --state-dir {sh(str(folder))}" if folder else ""
    stdout().print(f'next: eval "$(miwire lab env{named})"', markup=False, soft_wrap=True)


def lab_down(*, stopped: bool) -> None:
    """Print whether there was a lab to stop."""
    stdout().print("The lab was stopped." if stopped else "No lab was running.")


def lab_reset(scene: str) -> None:
    """Print what the lab was reset to."""
    stdout().print(f'Lab reset to scene "{shown(scene)}".')


def lab_attached(about: dict[str, Any]) -> None:
    """Print the app's URL, and on stderr which program answers there."""
    behind = about["upstream"] or "its own program"
    stderr().print(f"{shown(about['site'])}: authentication is in front of {shown(behind)}")
    stdout().print(shown(about["url"]))


def lab_status(about: dict[str, Any] | None, folder: Path) -> None:
    """Print the lab's services and apps."""
    console = stdout()
    if about is None:
        console.print(f"No lab is running in {shown(str(folder))}. Start one: miwire lab up")
        return
    services = [
        (f"[quiet]{shown(name)}", shown(url), "") for name, url in about["services"].items()
    ]
    sites = [
        (f"[name]{shown(site['name'])}", shown(site["url"]), shown(site["upstream"] or ""))
        for site in about["sites"]
    ]
    show_rows(services + sites)


def lab_environment(variables: dict[str, str]) -> None:
    """Print the variables to export."""
    for name, value in variables.items():
        stdout().print(f"{name}={value}", markup=False)


def demo_begins() -> None:
    """Say what is going to be told."""
    stdout().print(
        "core (an API on App Service) calls integration (another one). Goal: "
        "only core may call integration.\n"
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
        console.print(f"  {mark('pass')} as expected (exit {told.exit_code})\n")
    else:
        wanted = told.step.holds
        console.print(f"  {mark('fail')} exit {told.exit_code}, expected {wanted}\n")


def demo_ends(told: Sequence[Told], kept: Path | None) -> None:
    """Print the sum."""
    console = stdout()
    held = sum(each.held for each in told)
    verdict = "pass" if held == len(told) else "fail"
    console.print(f"{mark(verdict)} {held} of {len(told)} steps as expected.")
    if kept is not None:
        lab = shown(sh(str(kept)))
        console.print(f'The lab is running: eval "$(miwire lab env --state-dir {lab})"')
        console.print(f"Stop it with: miwire lab down --state-dir {lab}")


def lab_token(token: str) -> None:
    """Print a token and nothing else, for a variable of a shell."""
    # Not through a console, which would wrap it.
    stdout().file.write(f"{token}\n")


def lab_requests(requests: Sequence[Mapping[str, Any]]) -> None:
    """Print a line for each request."""
    show_rows(
        (
            str(each["status"]),
            shown(each["service"]),
            f"{each['elapsedMs']} ms",
            shown(each.get("fault") or ""),
            shown(f"{each['method']} {each['url']}"),
        )
        for each in requests
    )


def lab_faults(faults: Mapping[str, Any]) -> None:
    """Print the faults as JSON: that is how they are written."""
    # In ASCII, so that no text in it can steer the terminal.
    stdout().print(json.dumps(faults, indent=2), markup=False, soft_wrap=True)


def lab_clock(now: str) -> None:
    """Print the lab's time."""
    stdout().print(shown(now))


def lab_url(site: Mapping[str, Any]) -> None:
    """Print an app's URL."""
    stdout().print(shown(site["url"]), soft_wrap=True)


def lab_scenes(scenes: Sequence[Mapping[str, str]]) -> None:
    """Print a line for each scene."""
    show_rows(
        (f"[name]{shown(each['name'])}", shown(each["kind"]), shown(each["summary"]))
        for each in scenes
    )
