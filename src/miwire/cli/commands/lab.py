"""miwire lab: start, use and stop a local Azure on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import Annotated
from urllib.parse import urlsplit

import typer

from miwire.cli.commands import lab_control
from miwire.cli.commands.lab_control import StateDir, folder_of, renderer, running, translated
from miwire.cli.commands.lab_shells import BEFORE, DIALECTS, Shell, exported, taken_back
from miwire.cli.parsing import Format, NoColor, Output
from miwire.cli.strict_command import StrictGroup
from miwire.errors import BadRequest, ExitCode, MiwireError, NotFound
from miwire.lab import launcher
from miwire.lab.documents import LOCALHOST, HostRefused, checked
from miwire.lab.scenes import names
from miwire.shell_words import sh

lab = typer.Typer(
    help=(
        "Run a local Azure: ARM, Graph, Entra ID, identity endpoint, App Service authentication."
    ),
    no_args_is_help=True,
    cls=StrictGroup,
)


@lab.command()
def up(
    port: Annotated[
        int | None,
        typer.Option(
            help="First port; six more consecutive ones follow. Default: free ports.",
            min=1,
            max=65000,
        ),
    ] = None,
    scene: Annotated[
        str | None,
        typer.Option(
            help=f"Scene to start with (default: {names.DEFAULT}). List: miwire lab scenes",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed for random fault injection.", min=0)
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            help=(
                "Host name in URLs and the certificate (default: localhost). It must "
                "resolve to loopback for every client, including proxies."
            ),
            metavar="NAME",
        ),
    ] = None,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Run in the foreground; press Ctrl+C to stop.")
    ] = False,
    state_dir: StateDir = None,
    output: Output = Format.TEXT,
    no_color: NoColor = False,
) -> int:
    """Start the lab in the background and return when it is ready."""
    folder = folder_of(state_dir)
    # Where this shell's MIWIRE_LAB doesn't name it, the next command has to be told as well.
    is_known = state_dir is None or os.environ.get("MIWIRE_LAB") == str(state_dir)
    named = None if is_known else folder.absolute()
    show = renderer(output, no_color=no_color)
    name = _host_name(host) if host is not None else LOCALHOST
    with translated():
        if foreground:

            def tell(info: launcher.LabInfo) -> None:
                show.lab_up(info, named, started=True, addresses=True)
                sys.stdout.flush()

            return launcher.run_in_foreground(
                folder, tell, port=port, scene=scene or names.DEFAULT, seed=seed, host=name
            )
        with show.step("Starting the lab"):
            info, started = launcher.start(
                folder, port=port, scene=scene or names.DEFAULT, seed=seed, host=name
            )
    if scene is not None and not started:
        raise BadRequest(
            f"A lab is already running in {folder}; its scene is unchanged.",
            hint=f"miwire lab reset --scene {sh(scene)}",
        )
    if seed is not None and not started:
        raise BadRequest(
            f"A lab is already running in {folder}; its seed is unchanged.",
            hint="miwire lab down, or set seed in the fault configuration",
        )
    running = urlsplit(info.services["arm"]).hostname
    if host is not None and running != name:
        raise BadRequest(
            f"A lab is already running in {folder}, and its host is {running}.",
            hint=f"miwire lab down, then miwire lab up --host {name}",
        )
    show.lab_up(info, named, started=started)
    return ExitCode.OK


@lab.command()
def down(
    state_dir: StateDir = None, output: Output = Format.TEXT, no_color: NoColor = False
) -> int:
    """Stop the lab and delete its files."""
    with translated():
        stopped = launcher.stop(folder_of(state_dir))
    renderer(output, no_color=no_color).lab_down(stopped=stopped)
    return ExitCode.OK


@lab.command()
def status(
    state_dir: StateDir = None, output: Output = Format.TEXT, no_color: NoColor = False
) -> int:
    """Show whether the lab is running, its services and its apps."""
    folder = folder_of(state_dir)
    with translated():
        info = launcher.running(folder)
        about = launcher.status(info) if info else None
    renderer(output, no_color=no_color).lab_status(about, folder)
    return ExitCode.OK if about else ExitCode.DOES_NOT_HOLD


@lab.command()
def env(
    shell: Annotated[
        Shell, typer.Option(help="Shell to print commands for, or json.")
    ] = Shell.POWERSHELL if os.name == "nt" else Shell.SH,
    unset: Annotated[
        bool,
        typer.Option(
            "--unset",
            help=(
                "Print commands that restore the previous environment (works without a "
                "running lab)."
            ),
        ),
    ] = False,
    state_dir: StateDir = None,
    output: Output = Format.TEXT,
    no_color: NoColor = False,
) -> int:
    """
    Print environment variables that make any Azure client use the lab.

    If no lab is running, eval "$(miwire lab env)" fails in the shell.
    """
    dialect = None if output is Format.JSON else DIALECTS.get(shell)
    try:
        if unset:
            folder_of(state_dir)
            variables = taken_back(os.environ)
        else:
            info = running(state_dir)
            variables = {**exported(launcher.operator_environment(info), os.environ)}
    except MiwireError:
        if dialect is not None:
            sys.stdout.write(dialect.fail + "\n")
        raise
    if dialect is None:
        variables.pop(BEFORE)
        renderer(Format.JSON, no_color=no_color).lab_environment(variables)
    else:
        sys.stdout.write(dialect.lines(variables))
    return ExitCode.OK


@lab.command(context_settings={"allow_interspersed_args": False})
def exec(  # noqa: A001  the contract's name
    site: Annotated[str, typer.Argument(metavar="SITE", help="The app to run as.")],
    command: Annotated[list[str], typer.Argument(metavar="CMD…", help="The program to run.")],
    state_dir: StateDir = None,
) -> int:
    """
    Run a program as if inside an app of the lab.

    It gets the app's identity endpoint and settings, and none of your Azure variables. Its
    streams and its exit code are passed through.
    """
    if command[0] == "--":
        command = command[1:]
    if not command:
        raise BadRequest("No program to run.", hint="miwire lab exec core -- env")
    with translated():
        environment = launcher.site_environment(running(state_dir), site, dict(os.environ))
    program = shutil.which(command[0], path=environment.get("PATH"))
    if program is None:
        raise NotFound(f"Program not found: {command[0]}", hint="Check the name and the PATH.")
    sys.stdout.flush()
    if os.name == "posix":
        os.execve(program, command, environment)  # noqa: S606  the user's own program
    return subprocess.run(  # noqa: S603  the same, where a process cannot be replaced
        [program, *command[1:]], env=environment, check=False
    ).returncode


@lab.command()
def attach(
    site: Annotated[
        str, typer.Argument(metavar="SITE", help="The app whose authentication to use.")
    ],
    upstream: Annotated[
        str | None,
        typer.Option(
            help="URL of your program: http or https on loopback, without a path.", metavar="URL"
        ),
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Restore the app's built-in program.")
    ] = False,
    state_dir: StateDir = None,
    output: Output = Format.TEXT,
    no_color: NoColor = False,
) -> int:
    """
    Put an app's authentication in front of a program of your own.

    It stays until --remove or a reset. Run the program itself with `miwire lab exec SITE -- CMD…`,
    so that it has the app's settings and identity.
    """
    if (upstream is not None) == remove:
        raise BadRequest(
            "Specify --upstream URL or --remove.",
            hint="miwire lab attach SITE --upstream http://127.0.0.1:8000",
        )
    with translated():
        about = launcher.gate(running(state_dir), site, upstream)
    renderer(output, no_color=no_color).lab_attached(about)
    return ExitCode.OK


@lab.command()
def reset(
    scene: Annotated[
        str | None,
        typer.Option(help="Reset to a different scene. List: miwire lab scenes"),
    ] = None,
    state_dir: StateDir = None,
    output: Output = Format.TEXT,
    no_color: NoColor = False,
) -> int:
    """Reset the lab and delete its recorded runs; ports, secrets and `lab env` stay valid."""
    with translated():
        now = launcher.reset(running(state_dir), scene)
    renderer(output, no_color=no_color).lab_reset(now)
    return ExitCode.OK


def _host_name(typed: str) -> str:
    try:
        return checked(typed)
    except HostRefused as error:
        raise BadRequest(str(error), hint="Example: azure.lab.test") from error


lab.command("gate", hidden=True)(attach)
for _command in (
    lab_control.token,
    lab_control.requests,
    lab_control.faults,
    lab_control.clock,
    lab_control.url,
    lab_control.scenes,
):
    lab.command()(_command)
