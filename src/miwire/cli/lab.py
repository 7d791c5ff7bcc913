"""miwire lab: a small Azure on loopback, started, entered and stopped."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from platformdirs import user_state_path

from miwire.cli import output as renderers
from miwire.cli.arguments import Format, NoColor, Output, talk
from miwire.errors import BadRequest, ExitCode, NotFound, Unreachable
from miwire.lab import launcher
from miwire.lab.host import LOCALHOST, HostRefused, checked
from miwire.lab.state_folder import FolderRefused

lab = typer.Typer(
    help="A small Azure on loopback: ARM, Graph, Entra ID, identity endpoint and gate.",
    no_args_is_help=True,
)


_STORY = "story"
SCENES = (
    "story, empty, functions, windows, slots, user-assigned, reader, contributor, twins, "
    "two-tenants, classic, signing-in, signing-in-microsoft, wired, client-not-allowed, "
    "empty-allow-list, "
    "identity-not-allowed, groups-checked, ids-swapped, audience-not-allowed, "
    "bare-audience-missing, trailing-slash, wrong-issuer, no-identifier-uri, "
    "no-service-principal, no-assignment, only-user-assigned, client-id-setting, "
    "msi-disabled, role-not-in-token, role-still-in-token, role-not-required, any-in-tenant, "
    "anonymous-allowed, excluded-path, gate-off, redirects, config-file, quoted-path, "
    "identity-vanished, stale-ids, slot-forgotten, may-not-assign, operator-reads, stopped, "
    "restricted, issuer-unchecked"
)
"""Written out: asking the lab's own module would import all of its server."""


class Shell(StrEnum):
    """For whom `lab env` writes."""

    SH = "sh"
    POWERSHELL = "powershell"
    JSON = "json"


StateDir = Annotated[
    Path | None,
    typer.Option(
        "--state-dir",
        envvar="MIWIRE_LAB",
        help="The lab's own folder; several labs run side by side in several folders.",
        metavar="DIR",
    ),
]


@lab.command()
def up(
    port: Annotated[
        int | None,
        typer.Option(help="ARM's port; the others follow it. Else free ports.", min=1, max=65000),
    ] = None,
    scene: Annotated[
        str | None, typer.Option(help=f"Which apps there are, story if unsaid: {SCENES}.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="What chance is made of in the lab's weather.", min=0)
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            help="The name in its URLs and certificate (default: localhost). It must resolve to "
            "loopback for every client, a proxy included.",
            metavar="NAME",
        ),
    ] = None,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay, and stop with Ctrl-C.")
    ] = False,
    state_dir: StateDir = None,
    output: Output = Format.TEXT,
    no_color: NoColor = False,
) -> int:
    """Start the lab in the background and return when it answers."""
    folder = _folder(state_dir)
    show = _show(output, no_color=no_color)
    name = _host_name(host) if host is not None else LOCALHOST
    with _translated():
        if foreground:
            return launcher.run_in_foreground(
                folder, port=port, scene=scene or _STORY, seed=seed, host=name
            )
        with show.step("Starting the lab"):
            info, started = launcher.start(
                folder, port=port, scene=scene or _STORY, seed=seed, host=name
            )
    if scene is not None and not started:
        raise BadRequest(
            f"A lab is up in {folder} already; its scene stays as it is.",
            hint=f"miwire lab reset --scene {scene}",
        )
    if seed is not None and not started:
        raise BadRequest(
            f"A lab is up in {folder} already; its seed stays as it is.",
            hint="miwire lab down, or name the seed in the weather",
        )
    running = urlsplit(info.services["arm"]).hostname
    if host is not None and running != name:
        raise BadRequest(
            f"A lab is already running in {folder}, and its host is {running}.",
            hint=f"miwire lab down, then miwire lab up --host {name}",
        )
    show.lab_up(info, started=started)
    return ExitCode.OK


@lab.command()
def down(
    state_dir: StateDir = None, output: Output = Format.TEXT, no_color: NoColor = False
) -> int:
    """Stop the lab and leave nothing behind."""
    with _translated():
        stopped = launcher.stop(_folder(state_dir))
    _show(output, no_color=no_color).lab_down(stopped=stopped)
    return ExitCode.OK


@lab.command()
def status(
    state_dir: StateDir = None, output: Output = Format.TEXT, no_color: NoColor = False
) -> int:
    """Say whether the lab runs, where its services are and which apps it holds."""
    folder = _folder(state_dir)
    with _translated():
        info = launcher.running(folder)
        about = launcher.status(info) if info else None
    _show(output, no_color=no_color).lab_status(about, folder)
    return ExitCode.OK if about else ExitCode.DOES_NOT_HOLD


@lab.command()
def env(
    shell: Annotated[
        Shell, typer.Option(help="For which shell, or JSON for a program.")
    ] = Shell.POWERSHELL if os.name == "nt" else Shell.SH,
    state_dir: StateDir = None,
    output: Output = Format.TEXT,
    no_color: NoColor = False,
) -> int:
    """Print what to export, so that any client of Azure uses the lab."""
    with _translated():
        variables = launcher.operator_environment(_running(state_dir))
    if shell is Shell.JSON or output is Format.JSON:
        _show(Format.JSON, no_color=no_color).lab_environment(variables)
        return ExitCode.OK
    line = {Shell.SH: _sh, Shell.POWERSHELL: _powershell}[shell]
    sys.stdout.write("".join(line(name, value) for name, value in variables.items()))
    return ExitCode.OK


@lab.command(context_settings={"allow_interspersed_args": False})
def exec(  # noqa: A001  the contract's name
    site: Annotated[str, typer.Argument(metavar="SITE", help="The app to run inside of.")],
    command: Annotated[list[str], typer.Argument(metavar="CMD…", help="The program to run.")],
    state_dir: StateDir = None,
) -> int:
    """
    Run a program as if inside an app of the lab.

    It has the app's identity endpoint and settings, and nothing of whoever runs it. Its streams
    and its exit code are its own.
    """
    if command[0] == "--":
        command = command[1:]
    if not command:
        raise BadRequest("No program is named.", hint="miwire lab exec SITE -- CMD…")
    with _translated():
        environment = launcher.site_environment(_running(state_dir), site, dict(os.environ))
    program = shutil.which(command[0], path=environment.get("PATH"))
    if program is None:
        raise NotFound(f"There is no program {command[0]}.", hint="Check the name and the PATH.")
    sys.stdout.flush()
    if os.name == "posix":
        os.execve(program, command, environment)  # noqa: S606  running it is what was asked for
    return subprocess.run(  # noqa: S603  the same, where a process cannot be replaced
        [program, *command[1:]], env=environment, check=False
    ).returncode


@lab.command()
def gate(
    site: Annotated[str, typer.Argument(metavar="SITE", help="The app whose gate it is.")],
    upstream: Annotated[
        str | None,
        typer.Option(help="Your program: http or https on loopback, no path.", metavar="URL"),
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="The app's own program is behind it again.")
    ] = False,
    state_dir: StateDir = None,
    output: Output = Format.TEXT,
    no_color: NoColor = False,
) -> int:
    """
    Put an app's gate in front of a program of your own, until it is removed or the lab reset.

    Run the program itself with `miwire lab exec SITE -- CMD…`, so that it has the app's settings
    and identity.
    """
    if (upstream is not None) == remove:
        raise BadRequest(
            "Say which program is behind the gate, or that none is.",
            hint="miwire lab gate SITE --upstream http://127.0.0.1:8000",
        )
    with _translated():
        about = launcher.gate(_running(state_dir), site, upstream)
    _show(output, no_color=no_color).lab_gate(about)
    return ExitCode.OK


@lab.command()
def reset(
    scene: Annotated[
        str | None, typer.Option(help=f"Another scene than its last one: {SCENES}.")
    ] = None,
    state_dir: StateDir = None,
    output: Output = Format.TEXT,
    no_color: NoColor = False,
) -> int:
    """Put the lab back to its start, recorded runs too; ports, secrets and `lab env` stay."""
    with _translated():
        now = launcher.reset(_running(state_dir), scene)
    _show(output, no_color=no_color).lab_reset(now)
    return ExitCode.OK


def _show(output: Format, *, no_color: bool) -> renderers.Renderer:
    talk(verbose=False, debug=False, no_color=no_color)
    return renderers.of(output)


def _host_name(typed: str) -> str:
    try:
        return checked(typed)
    except HostRefused as error:
        raise BadRequest(str(error), hint="Write a name such as azure.lab.test.") from error


def _folder(state_dir: Path | None) -> Path:
    return state_dir or user_state_path("miwire") / "lab"


def _running(state_dir: Path | None) -> launcher.LabInfo:
    folder = _folder(state_dir)
    info = launcher.running(folder)
    if info is None:
        raise Unreachable(f"No lab runs in {folder}.", hint="Start one: miwire lab up")
    return info


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except launcher.UnknownSite as error:
        raise NotFound(str(error), hint="miwire lab status lists the apps.") from error
    except launcher.UnknownScene as error:
        raise BadRequest(str(error), hint="miwire lab up --help") from error
    except launcher.GateRefused as error:
        raise BadRequest(str(error), hint="miwire lab gate --help") from error
    except launcher.LabError as error:
        hint = "miwire lab status"
        if isinstance(error.__cause__, FolderRefused):
            hint = "Name another folder: --state-dir DIR, or MIWIRE_LAB."
        raise Unreachable(str(error), hint=hint) from error


def _sh(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}\n"


def _powershell(name: str, value: str) -> str:
    quoted = value.replace("'", "''")
    return f"$env:{name} = '{quoted}'\n"
