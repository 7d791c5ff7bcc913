"""
Start, find, ask and stop a lab from outside its process.

Only the standard library is imported: the command line pays for this module on every start.
"""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import time
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from miwire.lab import state_folder
from miwire.lab.environment import without_logins
from miwire.lab.state_folder import FolderRefused, StateFolder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_START_PATIENCE = 60.0
_TERM_PATIENCE = 5.0
_KILL_PATIENCE = 5.0


class LabError(Exception):
    """Something that a lab cannot do; the message is one sentence."""


class LabNotRunning(LabError):
    """No lab runs in the folder."""


class LabDidNotStart(LabError):
    """A lab ended before it answered, or did not answer in time."""


class UnknownScene(LabError):
    """There is no scene of this name."""


class UnknownSite(LabError):
    """The lab has no app of this name, or several."""


class GateRefused(LabError):
    """A gate cannot be put before this program."""


@dataclass(frozen=True, slots=True)
class LabInfo:
    """A lab that answers."""

    state_dir: Path
    pid: int
    services: Mapping[str, str]
    """Base URLs: arm, graph, entra; and the identityEndpoint in full."""
    environment: Mapping[str, str] = field(repr=False)
    """What its operator exports; there are secrets in it."""

    @property
    def tenant_id(self) -> str:
        """The tenant of this Azure."""
        return self.environment["AZURE_TENANT_ID"]


def start(
    state_dir: Path, *, port: int | None = None, scene: str = "story", seed: int | None = None
) -> tuple[LabInfo, bool]:
    """
    Return the lab of *state_dir* once it answers, and whether this call started it.

    The lab runs in a session of its own and holds none of the caller's streams. A lab that runs
    there already is returned as it is. *seed* is what chance is made of in its weather. Raises
    LabDidNotStart, UnknownScene or LabError.
    """
    folder = StateFolder(state_dir.absolute())
    found = _described(folder)
    if found is not None:
        return found, False
    try:
        folder.prepare()
    except FolderRefused as error:
        raise LabError(str(error)) from error
    process = subprocess.Popen(  # noqa: S603 - our own module, our own arguments
        [*_command(folder, port, scene, seed), "--detached"],
        cwd=folder.path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + _START_PATIENCE
    with process.stderr or nullcontext() as errors:
        while process.poll() is None and time.monotonic() < deadline:
            found = _described(folder)
            if found is not None and found.pid == process.pid:
                # It outlives this process on purpose: Popen must not warn about that.
                process.returncode = 0
                return found, True
            time.sleep(0.02)
        process.kill()
        said = errors.read().decode(errors="replace") if errors else ""
    process.wait()
    return _started_by_another(folder, said.strip().rpartition("\n")[2])


def _started_by_another(folder: StateFolder, said: str) -> tuple[LabInfo, bool]:
    """Return the lab that another start was quicker to start; else raise why there is none."""
    deadline = time.monotonic() + _START_PATIENCE
    while folder.is_locked() and time.monotonic() < deadline:
        found = _described(folder)
        if found is not None:
            return found, False
        time.sleep(0.02)
    folder.remove_if_unused()
    if "argument --scene" in said:
        raise UnknownScene(f"There is no such scene: {said.partition('invalid choice: ')[2]}.")
    raise LabDidNotStart(f"The lab did not start: {said or 'it did not answer in time.'}")


def run_in_foreground(
    state_dir: Path, *, port: int | None = None, scene: str = "story", seed: int | None = None
) -> int:
    """Run a lab until it is stopped, by Ctrl-C too, and return its exit code."""
    process = subprocess.Popen(  # noqa: S603 - our own module, our own arguments
        _command(StateFolder(state_dir.absolute()), port, scene, seed)
    )
    while True:
        # Ctrl-C reaches the lab, too, which then ends by itself.
        with suppress(KeyboardInterrupt):
            return process.wait()


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
    was_running = folder.is_locked()
    for sign, patience in ((signal.SIGTERM, _TERM_PATIENCE), (signal.SIGKILL, _KILL_PATIENCE)):
        _end(folder, sign, patience)
    if folder.is_locked():
        raise LabError(f"The lab in {folder.path} does not end.")
    if was_running or folder.described() is not None:
        folder.remove_if_unused()
    return was_running


def status(info: LabInfo) -> dict[str, Any]:
    """Return the lab's services, and its apps with names and URLs; raises LabNotRunning."""
    return {"services": dict(info.services), **asked(info, "GET", "status")}


def reset(info: LabInfo, scene: str | None = None) -> str:
    """Put the lab back to the start of its scene, or of another, and say which; UnknownScene."""
    body = {"scene": scene} if scene else {}
    now = str(asked(info, "POST", "reset", body, {400: UnknownScene})["scene"])
    StateFolder(info.state_dir).forget_runs()
    return now


def operator_environment(info: LabInfo) -> dict[str, str]:
    """Return what a shell exports so that any client of Azure uses the lab with all rights."""
    return dict(info.environment)


def site_environment(
    info: LabInfo, site: str, base_environment: Mapping[str, str]
) -> dict[str, str]:
    """
    Return the environment of a program that runs as if inside the app *site*.

    It is *base_environment* without anybody's logins, and what App Service adds now. *site* is a
    name, GROUP/NAME or a resource id. Raises UnknownSite or LabNotRunning.
    """
    path = f"environment?site={quote(site.encode(errors='surrogateescape'), safe='')}"
    answer = asked(info, "GET", path, refusals={404: UnknownSite})
    inside: dict[str, str] = answer["environment"]
    return without_logins(base_environment) | inside


def gate(info: LabInfo, site: str, upstream: str | None) -> dict[str, Any]:
    """
    Put the gate of the app *site* before the program at *upstream*; None takes it away again.

    Returns `site`, the gate's `url` and the `upstream`. Raises UnknownSite, or GateRefused for a
    URL that is not on loopback, is no program's or is the lab's own.
    """
    refusals: Mapping[int, type[LabError]] = {400: GateRefused, 404: UnknownSite}
    return asked(info, "POST", "gate", {"site": site, "upstream": upstream}, refusals)


def minted(info: LabInfo, site: str, claims: Mapping[str, Any]) -> str:
    """
    Return a genuinely signed token of the app *site* that Entra ID need not have issued.

    *claims*, with `aud` among them, stand as they are; the others are those of the app's
    identity. Raises UnknownSite.
    """
    body = {"site": site, "claims": dict(claims)}
    refusals: Mapping[int, type[LabError]] = {400: UnknownSite, 404: UnknownSite}
    return str(asked(info, "POST", "tokens", body, refusals)["access_token"])


def _command(folder: StateFolder, port: int | None, scene: str, seed: int | None) -> list[str]:
    command = [sys.executable, "-P", "-m", "miwire.lab", "--state-dir", str(folder.path)]
    command += ["--scene", scene, *(["--port", str(port)] if port else [])]
    return command if seed is None else [*command, "--seed", str(seed)]


def _described(folder: StateFolder) -> LabInfo | None:
    """Return what the lab that lives in *folder* wrote about itself, once it answers."""
    found = folder.described()
    if found is None or not found.get("ready") or not folder.is_locked():
        return None
    return LabInfo(folder.path, found["pid"], found["services"], found["environment"])


def _end(folder: StateFolder, sign: signal.Signals, patience: float) -> None:
    """Send *sign* to the lab that holds the folder, if any, and wait for its end."""
    deadline = time.monotonic() + patience
    found = None
    while folder.is_locked() and time.monotonic() < deadline:
        found = found or folder.described()
        if found is not None:
            with suppress(ProcessLookupError):
                os.kill(found["pid"], sign)
            break
        time.sleep(0.02)
    while folder.is_locked() and time.monotonic() < deadline:
        time.sleep(0.02)
    if found is not None:
        # Where this process is the parent, nobody else would collect it.
        with suppress(ChildProcessError):
            os.waitpid(found["pid"], 0 if not folder.is_locked() else os.WNOHANG)


def asked(
    info: LabInfo,
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
    refusals: Mapping[int, type[LabError]] = MappingProxyType({}),
) -> dict[str, Any]:
    """
    Return what the control route at *path* answers, such as `status`.

    Raises what *refusals* has for a status, LabError for any other refusal, or LabNotRunning.
    """
    request = Request(  # noqa: S310 - https, from the lab's own file
        f"{info.services['arm']}/_lab/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"X-IDENTITY-HEADER": info.environment["IDENTITY_HEADER"]},
        method=method,
    )
    context = ssl.create_default_context(cafile=str(info.state_dir / state_folder.CA))
    opener = build_opener(HTTPSHandler(context=context), ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as response:
            answer: dict[str, Any] = json.load(response)
            return answer
    except HTTPError as error:
        with error:
            sentence = json.load(error)["error"]["message"]
        raise refusals.get(error.code, LabError)(sentence) from None
    except OSError as error:
        raise LabNotRunning(f"The lab in {info.state_dir} does not answer.") from error
