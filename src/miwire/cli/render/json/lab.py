"""The lab and the demo as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.cli.render.json.envelope import document
from miwire.errors import ExitCode

if TYPE_CHECKING:
    from miwire.cli.results import (
        DemoResult,
        LabAttachResult,
        LabClockResult,
        LabDownResult,
        LabEnvResult,
        LabFaultsResult,
        LabRequestsResult,
        LabResetResult,
        LabScenesResult,
        LabStatusResult,
        LabTokenResult,
        LabUpResult,
        LabUrlResult,
    )


def up(result: LabUpResult) -> dict[str, object]:
    """Return where the lab is."""
    info = result.info
    members = {
        "started": result.started,
        "stateDir": str(info.state_dir),
        "services": info.services,
    }
    return document("lab up", ExitCode.OK, members)


def down(result: LabDownResult) -> dict[str, object]:
    """Return whether there was a lab to stop."""
    return document("lab down", ExitCode.OK, {"stopped": result.stopped})


def reset(result: LabResetResult) -> dict[str, object]:
    """Return what the lab was reset to."""
    return document("lab reset", ExitCode.OK, {"scene": result.scene})


def attach(result: LabAttachResult) -> dict[str, object]:
    """Return what is behind an app's authentication now, null for the app's own program."""
    members = {"site": result.site, "url": result.url, "upstream": result.upstream}
    return document("lab attach", ExitCode.OK, members)


def status(result: LabStatusResult) -> dict[str, object]:
    """Return the lab's services and apps."""
    found = result.about or {"services": None, "sites": []}
    members = {"running": result.about is not None, "stateDir": str(result.folder), **found}
    return document("lab status", result.exit_code, members)


def env(result: LabEnvResult) -> dict[str, object]:
    """Return the variables to export; one that is to be unset is null."""
    return document("lab env", ExitCode.OK, {"env": dict(result.variables)}, verbatim=("env",))


def demo(result: DemoResult) -> dict[str, object]:
    """Return every step, and whether it held."""
    return document(
        "demo",
        result.exit_code,
        {
            "steps": [
                {
                    "title": each.step.title,
                    "command": ["miwire", *each.step.command],
                    "exitCode": each.exit_code,
                    "held": each.held,
                }
                for each in result.told
            ],
            "stateDir": str(result.kept) if result.kept else None,
        },
    )


def token(result: LabTokenResult) -> dict[str, object]:
    """Return a token, unredacted."""
    members = {"access_token": result.token}
    return document("lab token", ExitCode.OK, members, verbatim=("access_token",))


def requests(result: LabRequestsResult) -> dict[str, object]:
    """Return the requests."""
    return document(
        "lab requests", ExitCode.OK, {"requests": [dict(each) for each in result.requests]}
    )


def faults(result: LabFaultsResult) -> dict[str, object]:
    """Return the faults, with `seed`, `struck` and `hanging`."""
    return document("lab faults", ExitCode.OK, result.faults)


def clock(result: LabClockResult) -> dict[str, object]:
    """Return the lab's time."""
    return document("lab clock", ExitCode.OK, {"now": result.now})


def url(result: LabUrlResult) -> dict[str, object]:
    """Return an app's name and URL."""
    members = {name: result.site[name] for name in ("name", "url", "resourceId")}
    return document("lab url", ExitCode.OK, members)


def scenes(result: LabScenesResult) -> dict[str, object]:
    """Return the scenes: `name`, `kind` (whole or broken) and `summary` of each."""
    return document("lab scenes", ExitCode.OK, {"scenes": [dict(each) for each in result.scenes]})
