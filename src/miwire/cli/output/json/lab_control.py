"""What the lab's control routes answer, as JSON: their documents in the envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miwire.cli.render.json.envelope import document
from miwire.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def lab_token(token: str) -> None:
    """Print a token, which is what was asked for."""
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
