"""miwire lab: start, use and stop a local Azure on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import Annotated
from urllib.parse import urlsplit

import typer

from miwire.cli import completion
from miwire.cli.commands import lab_control
from miwire.cli.commands.lab_control import InLab, StateDir, running, translated
from miwire.cli.commands.lab_shells import BEFORE, DIALECTS, Shell, exported, taken_back
from miwire.cli.every_command import Format
from miwire.cli.printer import Printer
from miwire.cli.results import (
    LabAttachResult,
    LabDownResult,
    LabEnvResult,
    LabResetResult,
    LabStatusResult,
    LabUpResult,
)
from miwire.cli.strict_command import StrictGroup
from miwire.cli.typer_groups import spelt_out
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
    add_completion=False,
    cls=StrictGroup,
)


@lab.command()
@spelt_out
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
            autocompletion=completion.scenes,
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
    *,
    how: InLab,
) -> int:
    """Start the lab in the background and return when it is ready."""
    folder = how.folder
    # Where this shell's MIWIRE_LAB doesn't name it, the next command has to be told as well.
    is_known = how.state_dir is None or os.environ.get("MIWIRE_LAB") == str(how.state_dir)
    named = None if is_known else folder.absolute()
    show = how.begin()
    name = _host_name(host) if host is not None else LOCALHOST
    with translated():
        if foreground:

            def tell(info: launcher.LabInfo) -> None:
                _tell_up(show, LabUpResult(info, True, named, addresses=True))

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
    _tell_up(show, LabUpResult(info, started, named))
    return ExitCode.OK


@lab.command()
@spelt_out
def down(how: InLab) -> int:
    """Stop the lab and delete its files."""
    with translated():
        stopped = launcher.stop(how.folder)
    how.begin().result(LabDownResult(stopped))
    return ExitCode.OK


@lab.command()
@spelt_out
def status(how: InLab) -> int:
    """Show whether the lab is running, its services and its apps."""
    folder = how.folder
    with translated():
        info = launcher.running(folder)
        about = launcher.status(info) if info else None
    result = LabStatusResult(about, folder)
    how.begin().result(result)
    return result.exit_code


@lab.command()
@spelt_out
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
    *,
    how: InLab,
) -> int:
    """
    Print environment variables that make any Azure client use the lab.

    If no lab is running, eval "$(miwire lab env)" fails in the shell.
    """
    dialect = None if how.output is Format.JSON else DIALECTS.get(shell)
    try:
        if unset:
            _ = how.folder
            variables = taken_back(os.environ)
        else:
            variables = {**exported(launcher.operator_environment(how.running), os.environ)}
    except MiwireError:
        if dialect is not None:
            sys.stdout.write(dialect.fail + "\n")
        raise
    if dialect is None:
        variables.pop(BEFORE)
        replace(how, output=Format.JSON).begin().result(LabEnvResult(variables))
    else:
        how.begin().result(LabEnvResult(variables, dialect.lines(variables)))
    return ExitCode.OK


@lab.command(context_settings={"allow_interspersed_args": False})
@spelt_out
def exec(  # noqa: A001  the contract's name
    site: Annotated[
        str,
        typer.Argument(metavar="SITE", help="The app to run as.", autocompletion=completion.apps),
    ],
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
@spelt_out
def attach(
    site: Annotated[
        str,
        typer.Argument(
            metavar="SITE",
            help="The app whose authentication to use.",
            autocompletion=completion.apps,
        ),
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
    *,
    how: InLab,
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
        about = launcher.gate(how.running, site, upstream)
    show = how.begin()
    behind = about["upstream"] or "its own program"
    show.remark(f"{about['site']}: authentication is in front of {behind}")
    show.result(LabAttachResult(about["site"], about["url"], about["upstream"]))
    return ExitCode.OK


@lab.command()
@spelt_out
def reset(
    scene: Annotated[
        str | None,
        typer.Option(
            help="Reset to a different scene. List: miwire lab scenes",
            autocompletion=completion.scenes,
        ),
    ] = None,
    *,
    how: InLab,
) -> int:
    """Reset the lab and delete its recorded runs; ports, secrets and `lab env` stay valid."""
    with translated():
        now = launcher.reset(how.running, scene)
    how.begin().result(LabResetResult(now))
    return ExitCode.OK


def _tell_up(show: Printer, result: LabUpResult) -> None:
    said = "The lab is running" if result.started else "The lab was already running"
    show.remark(f"{said}: {result.info.services['arm']}")
    show.result(result)


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
    lab.command()(spelt_out(_command))
