"""lab as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miwire.cli.render.json.envelope import document
from miwire.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from miwire.lab.launcher import LabInfo


def lab_up(info: LabInfo, *, started: bool, addresses: bool = False) -> None:
    """Print where the lab is; the addresses are always among it."""
    del addresses
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
