"""
How long a whole wiring takes: `miwire connect` against the az commands that do the same.

    python bench/connect.py [--az PATH] [--rounds N] [--latency MS ...]

Starts a lab of its own. The az commands are those of docs/how-to/use-other-clients.md. With
--latency every answer of ARM, Graph, Entra ID and the identity endpoint comes so much later.
Rounds are requests that had to wait for each other; those under way at one time are one.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from timing import seconds

from miwire.lab import launcher

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "use-other-clients.md"
SERVICES = ("arm", "graph", "entra", "identity")
CONNECT = ("connect", "core", "integration", "--output", "json")


class Lab:
    """A lab, and what is asked of it beside Azure."""

    def __init__(self, folder: Path) -> None:
        self.info, _ = launcher.start(folder)

    def asked(self, method: str, name: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
        """Ask one of the lab's own routes."""
        return launcher.asked(self.info, method, name, body)

    def begin(self, milliseconds: int) -> None:
        """Go back to the start of the story, with so much latency."""
        self.asked("POST", "reset", {"scene": "story"})
        rules = [
            {"service": each, "effect": {"delay": milliseconds / 1000}}
            for each in SERVICES
            if milliseconds
        ]
        self.asked("POST", "faults", {"rules": rules})

    def traffic(self) -> tuple[int, int]:
        """Return how many requests ARM and Graph had since the start, and in how many rounds."""
        every = self.asked("GET", "requests")["requests"]
        mine = [each for each in every if each["service"] in {"arm", "graph"}]
        rounds, busy_until = 0, 0.0
        for each in mine:
            began = _epoch(each["startedAt"])
            if began >= busy_until:
                rounds += 1
            busy_until = max(busy_until, began + each["elapsedMs"] / 1000)
        return len(mine), rounds


def _epoch(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def main() -> None:
    """Time both and print the table in Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--az", default=shutil.which("az"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--latency", type=int, nargs="*", default=[0, 100, 300])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder) / "lab")
        try:
            print("| what | latency (ms) | seconds | requests to ARM and Graph | rounds |")
            print("|---|---|---|---|---|")
            for milliseconds in asked.latency:
                _connect(lab, milliseconds, asked.rounds)
                if asked.az:
                    _az(lab, milliseconds, asked.rounds, asked.az, Path(folder))
        finally:
            launcher.stop(Path(folder) / "lab")


def _connect(lab: Lab, milliseconds: int, rounds: int) -> None:
    environment = {**os.environ, **launcher.operator_environment(lab.info)}
    command = [sys.executable, "-m", "miwire", *CONNECT]
    cold, again, traffic = [], [], [(0, 0), (0, 0)]
    for number in range(rounds + 1):
        lab.begin(milliseconds)
        times = seconds(command, environment=environment)
        traffic[0] = lab.traffic()
        times_again = seconds(command, environment=environment)
        both = lab.traffic()
        traffic[1] = both[0] - traffic[0][0], both[1] - traffic[0][1]
        if number:
            cold.append(times)
            again.append(times_again)
    _row("`miwire connect`", milliseconds, median(cold), traffic[0])
    _row("`miwire connect` again", milliseconds, median(again), traffic[1])


def _az(lab: Lab, milliseconds: int, rounds: int, az: str, folder: Path) -> None:
    environment = {
        **os.environ,
        **launcher.operator_environment(lab.info),
        "PATH": f"{Path(az).parent}{os.pathsep}{os.environ['PATH']}",
    }
    lab.begin(0)
    # The page's login exports what the commands after it need.
    kept = folder / "environment"
    login = f"cd {folder}\n{_block('Azure CLI')}\nenv -0 > {kept}"
    seconds(["bash", "-euc", login], environment=environment)
    entries = kept.read_text(encoding="utf-8").rstrip("\0").split("\0")
    environment = dict(each.split("=", 1) for each in entries)
    script = f"cd {folder}\n{_block('A wiring, made by az alone')}"
    times = []
    traffic = (0, 0)
    for number in range(max(2, rounds // 2) + 1):
        lab.begin(milliseconds)
        took = seconds(["bash", "-euc", script], environment=environment)
        traffic = lab.traffic()
        if number:
            times.append(took)
    _row("the az commands", milliseconds, median(times), traffic)


def _row(what: str, milliseconds: int, took: float, traffic: tuple[int, int]) -> None:
    requests, rounds = traffic
    print(f"| {what} | {milliseconds} | {took:.2f} | {requests} | {rounds} |", flush=True)


def _block(section: str) -> str:
    """Return the first shell block of the page below a heading."""
    text = PAGE.read_text(encoding="utf-8")
    below = text.partition(f"# {section}\n")[2]
    found = re.search(r"^```sh\n(.*?)^```$", below, re.MULTILINE | re.DOTALL)
    if found is None:
        raise SystemExit(f"{PAGE} has no commands below {section}")
    return found[1]


if __name__ == "__main__":
    main()
