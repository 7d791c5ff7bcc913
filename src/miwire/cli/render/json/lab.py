"""lab as JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from miwire.cli.render.json.envelope import document
from miwire.errors import ExitCode
from miwire.redaction import safe_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from miwire.cli.demo_steps import Step, Told
    from miwire.lab.launcher import LabInfo


def lab_up(info: LabInfo, folder: Path | None, *, started: bool, addresses: bool = False) -> None:
    """Print where the lab is; folder and addresses are always among it."""
    del folder, addresses
    members = {"started": started, "stateDir": str(info.state_dir), "services": info.services}
    document("lab up", ExitCode.OK, members)


def lab_down(*, stopped: bool) -> None:
    """Print whether there was a lab to stop."""
    document("lab down", ExitCode.OK, {"stopped": stopped})


def lab_reset(scene: str) -> None:
    """Print what the lab was reset to."""
    document("lab reset", ExitCode.OK, {"scene": scene})


def lab_attached(about: dict[str, Any]) -> None:
    """Print what is behind an app's gate now, null where that is the app's own program."""
    members = {name: about[name] for name in ("site", "url", "upstream")}
    document("lab attach", ExitCode.OK, members)


def lab_status(about: dict[str, Any] | None, folder: Path) -> None:
    """Print the lab's services and apps."""
    code = ExitCode.OK if about else ExitCode.DOES_NOT_HOLD
    found = about or {"services": None, "sites": []}
    document("lab status", code, {"running": about is not None, "stateDir": str(folder), **found})


def lab_environment(variables: Mapping[str, str | None]) -> None:
    """Print the variables to export; one that is to be unset is null."""
    document("lab env", ExitCode.OK, {"env": dict(variables)}, verbatim=("env",))


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


def lab_token(token: str) -> None:
    """Print a token, unredacted."""
    document("lab token", ExitCode.OK, {"access_token": token}, verbatim=("access_token",))


def lab_requests(requests: Sequence[Mapping[str, Any]]) -> None:
    """Print the requests."""
    document("lab requests", ExitCode.OK, {"requests": [dict(each) for each in requests]})


def lab_faults(faults: Mapping[str, Any]) -> None:
    """Print the faults, with `seed`, `struck` and `hanging`."""
    document("lab faults", ExitCode.OK, dict(faults))


def lab_clock(now: str) -> None:
    """Print the lab's time."""
    document("lab clock", ExitCode.OK, {"now": now})


def lab_url(site: Mapping[str, Any]) -> None:
    """Print an app's name and URL."""
    document("lab url", ExitCode.OK, {name: site[name] for name in ("name", "url", "resourceId")})


def lab_scenes(scenes: Sequence[Mapping[str, str]]) -> None:
    """Print the scenes: `name`, `kind` (whole or broken) and `summary` of each."""
    document("lab scenes", ExitCode.OK, {"scenes": [dict(each) for each in scenes]})
