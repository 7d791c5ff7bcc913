"""lab for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miwire.cli.render.terminal import show_rows, shown, stderr, stdout

if TYPE_CHECKING:
    from pathlib import Path

    from miwire.lab.launcher import LabInfo


def lab_up(info: LabInfo, *, started: bool, addresses: bool = False) -> None:
    """Print where the lab is and how to use it, with the *addresses* of all its services."""
    said = "The lab is up" if started else "The lab was up already"
    stderr().print(f"{said}: {shown(info.services['arm'])}")
    if addresses:
        show_rows((f"[quiet]{name}", shown(url)) for name, url in info.services.items())
    stdout().print('next: eval "$(miwire lab env)"', markup=False)


def lab_down(*, stopped: bool) -> None:
    """Print whether there was a lab to stop."""
    stdout().print("The lab is down." if stopped else "No lab was up.")


def lab_reset(scene: str) -> None:
    """Print what the lab was reset to."""
    stdout().print(f"The lab is as at the start of the scene {shown(scene)}.")


def lab_attached(about: dict[str, Any]) -> None:
    """Print the app's URL, and on stderr which program answers there."""
    behind = about["upstream"] or "its own program"
    stderr().print(f"{shown(about['site'])}: its authentication is in front of {shown(behind)}")
    stdout().print(shown(about["url"]))


def lab_status(about: dict[str, Any] | None, folder: Path) -> None:
    """Print the lab's services and apps."""
    console = stdout()
    if about is None:
        console.print(f"No lab runs in {shown(str(folder))}. Start one: miwire lab up")
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
