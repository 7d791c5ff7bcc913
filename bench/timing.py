"""Whole processes, timed from outside: what somebody at a shell waits for."""

from __future__ import annotations

import subprocess
import time
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def seconds(
    command: Sequence[str], stdin: str = "", environment: Mapping[str, str] | None = None
) -> float:
    """Return how long a command took, from its start to its end; it must succeed."""
    started = time.perf_counter()
    ended = subprocess.run(  # noqa: S603  what is timed is named in this folder
        command, input=stdin, env=environment, capture_output=True, text=True, check=False
    )
    took = time.perf_counter() - started
    if ended.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {ended.returncode}:\n{ended.stderr}")
    return took


def in_turn(commands: Mapping[str, tuple[Sequence[str], str]], rounds: int) -> dict[str, float]:
    """Return the median of each command; they take turns, so that a slow moment hits them all."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, (command, stdin) in commands.items():
            took = seconds(command, stdin)
            if number:  # the first round fills the caches
                times[name].append(took)
    return {name: median(each) for name, each in times.items()}
