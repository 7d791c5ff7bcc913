"""
Start, find and stop a lab from outside its process; `control_client` asks it.

Only the standard library is imported: the command line pays for this module on every start.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

from miwire.lab.documents import LOCALHOST
from miwire.lab.process.control_client import (
    GateRefused,
    LabDidNotStart,
    LabInfo,
    LabNotRunning,
    RequestRefused,
    UnknownScene,
    UnknownSite,
    advanced,
    asked,
    faults,
    gate,
    minted,
    operator_environment,
    reset,
    site,
    site_environment,
    status,
)
from miwire.lab.process.state_dir import FolderRefused, LabError, StateFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = [
    "FolderRefused",
    "GateRefused",
    "LabDidNotStart",
    "LabError",
    "LabInfo",
    "LabNotRunning",
    "RequestRefused",
    "UnknownScene",
    "UnknownSite",
    "advanced",
    "asked",
    "check",
    "faults",
    "gate",
    "minted",
    "operator_environment",
    "reset",
    "run_in_foreground",
    "running",
    "site",
    "site_environment",
    "start",
    "status",
    "stop",
]
_START_SECONDS = 60.0
_TERM_SECONDS = 5.0
_KILL_SECONDS = 5.0
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def start(
    state_dir: Path,
    *,
    port: int | None = None,
    scene: str = "story",
    seed: int | None = None,
    host: str = LOCALHOST,
) -> tuple[LabInfo, bool]:
    """
    Return the lab of *state_dir* once it answers, and whether this call started it.

    The lab runs in a session of its own and holds none of the caller's streams. A lab that runs
    there already is returned as it is. *seed* is the seed of its random faults, *host* the
    name in its URLs, certificate and issuers. Raises LabDidNotStart, UnknownScene or LabError.
    """
    folder = StateFolder(state_dir.absolute())
    found = _described(folder)
    if found is not None:
        return found, False
    folder.prepare()
    process = subprocess.Popen(  # noqa: S603 - our own module, our own arguments
        [*_command(folder, port, scene, seed, host), "--detached"],
        cwd=folder.path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    with process.stderr or nullcontext() as errors:
        found = _answering(folder, process)
        if found is not None:
            # It outlives this process on purpose: Popen must not warn about that.
            process.returncode = 0
            return found, True
        said = errors.read().decode(errors="replace") if errors else ""
    process.wait()
    return _started_by_another(folder, said.strip().rpartition("\n")[2])


def _started_by_another(folder: StateFolder, said: str) -> tuple[LabInfo, bool]:
    """Return the lab that another start was quicker to start; else raise why there is none."""
    deadline = time.monotonic() + _START_SECONDS
    while folder.is_locked() and time.monotonic() < deadline:
        found = _described(folder)
        if found is not None:
            return found, False
        time.sleep(0.02)
    folder.remove_if_unused()
    raise _not_started(said)


def _not_started(said: str) -> LabError:
    """Return the error for a lab that ended with this line on standard error."""
    if "argument --scene" in said:
        return UnknownScene(f"There is no such scene: {said.partition('invalid choice: ')[2]}.")
    return LabDidNotStart(f"The lab did not start: {said or 'it did not answer in time.'}")


def run_in_foreground(  # noqa: PLR0913 - what `lab up` takes
    state_dir: Path,
    tell: Callable[[LabInfo], None],
    *,
    port: int | None = None,
    scene: str = "story",
    seed: int | None = None,
    host: str = LOCALHOST,
) -> int:
    """
    Run a lab until Ctrl-C, SIGTERM, SIGHUP or `stop`, and return its exit code.

    *tell* is called once it answers. The lab ends with this process, even by SIGKILL: it holds
    the other end of the lab's standard input. Raises as `start` does; a lab that runs there
    already is not joined.
    """
    folder = StateFolder(state_dir.absolute())
    folder.prepare()
    with subprocess.Popen(  # noqa: S603 - our own module, our own arguments
        [*_command(folder, port, scene, seed, host), "--tied"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Signals of the terminal are for this process, which ends the lab in order.
        start_new_session=True,
    ) as process:
        with _ending(process) as told_to_end:
            info = _answering(folder, process)
            if info is None:
                said = process.stderr.read().decode(errors="replace") if process.stderr else ""
                folder.remove_if_unused()
                if told_to_end:
                    return 0
                raise _not_started(said.strip().rpartition("\n")[2])
            tell(info)
            for line in process.stderr or ():
                sys.stderr.buffer.write(line)
                sys.stderr.flush()
            code = process.wait()
        folder.remove_if_unused()
        return code


@contextmanager
def _ending(process: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """Let signals to this process, and any error in it, end a lab in order; return which came."""
    came: list[int] = []

    def end(number: int, _: object) -> None:
        came.append(number)
        process.terminate()

    before = {each: signal.signal(each, end) for each in _ENDING}
    try:
        yield came
    finally:
        process.terminate()
        for each, handler in before.items():
            signal.signal(each, handler)


def _answering(folder: StateFolder, process: subprocess.Popen[bytes]) -> LabInfo | None:
    """Return the lab that *process* is once it answers; None if it ended, or took too long."""
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        found = _described(folder)
        if found is not None and found.pid == process.pid:
            return found
        time.sleep(0.02)
    process.kill()
    return None


def check(state_dir: Path) -> None:
    """Raise FolderRefused unless *state_dir* is this user's own folder, or is not there yet."""
    StateFolder(state_dir.absolute()).check()


def running(state_dir: Path) -> LabInfo | None:
    """Return the lab of *state_dir* if one runs there and answers."""
    return _described(StateFolder(state_dir.absolute()))


def stop(state_dir: Path) -> bool:
    """
    Stop the lab of *state_dir*, remove all that it made, and say whether one ran.

    It gets some seconds to end by itself. What a lab that was killed left behind goes, too; a
    folder in which no lab ever was is not touched. Raises LabError if it cannot be stopped.
    """
    folder = StateFolder(state_dir.absolute())
    folder.check()
    was_running = folder.is_locked()
    for sign, seconds in ((signal.SIGTERM, _TERM_SECONDS), (signal.SIGKILL, _KILL_SECONDS)):
        _end(folder, sign, seconds)
    if folder.is_locked():
        raise LabError(f"The lab in {folder.path} does not end.")
    if was_running or folder.described() is not None:
        folder.remove_if_unused()
    return was_running


def _command(
    folder: StateFolder, port: int | None, scene: str, seed: int | None, host: str
) -> list[str]:
    command = [sys.executable, "-P", "-m", "miwire.lab", "--state-dir", str(folder.path)]
    command += ["--scene", scene, "--host", host, *(["--port", str(port)] if port else [])]
    return command if seed is None else [*command, "--seed", str(seed)]


def _described(folder: StateFolder) -> LabInfo | None:
    """Return what the lab that lives in *folder* wrote about itself, once it answers."""
    found = folder.described()
    if found is None or not found.get("ready") or not folder.is_locked():
        return None
    if found["pid"] != folder.holder():
        return None
    return LabInfo.of(folder.path, found)


def _end(folder: StateFolder, sign: signal.Signals, seconds: float) -> None:
    """Send *sign* to the lab that holds the folder, if any, and wait for its end."""
    deadline = time.monotonic() + seconds
    holder = None
    while folder.is_locked() and time.monotonic() < deadline:
        holder = folder.holder()
        if holder is not None:
            with suppress(ProcessLookupError):
                os.kill(holder, sign)
            break
        time.sleep(0.02)
    while folder.is_locked() and time.monotonic() < deadline:
        time.sleep(0.02)
    if holder is not None:
        # Where this process is the parent, nobody else would collect it.
        with suppress(ChildProcessError):
            os.waitpid(holder, 0 if not folder.is_locked() else os.WNOHANG)
