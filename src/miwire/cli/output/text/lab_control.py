"""What the lab's control routes answer, for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from miwire.cli.render.terminal import show_rows, shown, stdout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


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
