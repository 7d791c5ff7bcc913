"""Completion in bash, zsh, fish and PowerShell: the scripts, their installation, and the words."""

from __future__ import annotations

import os
import re
import subprocess
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from typer._completion_classes import completion_init
from typer._completion_shared import get_completion_script
from typer._completion_shared import install as install_script
from typer.completion import shell_complete
from typer.exceptions import TyperException

from miwire.cli.plain_text import rendered
from miwire.errors import BadRequest, MiwireError, Unreachable

if TYPE_CHECKING:
    from typer._click import Command

ASKED = "_MIWIRE_COMPLETE"
"""The variable by which a shell asks for the words that may come next."""
CURRENT = "current"
_PROGRAM = "miwire"
_POWERSHELLS = ("powershell", "pwsh")
SHELLS = ("bash", "zsh", "fish", *_POWERSHELLS)
_CODE = re.compile(r"[\w.]{1,60}", re.ASCII)
_NAME = re.compile(r"[\w./-]{1,200}", re.ASCII)


def show(context: typer.Context, shell: str | None) -> None:
    """Print the completion script of a shell, and end."""
    if shell is None or context.resilient_parsing:
        return
    script = _script(_named(shell))
    with rendered():
        typer.echo(script)
    raise typer.Exit


def install(context: typer.Context, shell: str | None) -> None:
    """Install completion for a shell where it looks for it, and end."""
    if shell is None or context.resilient_parsing:
        return
    name = _named(shell)
    try:
        path = _install_powershell(name) if name in _POWERSHELLS else _install(name)
    except (OSError, subprocess.SubprocessError) as error:
        raise Unreachable(
            f"Couldn't install completion for {name}.",
            hint=f"Add the output of this to the profile of {name}: "
            f"miwire --show-completion {name}",
        ) from error
    typer.echo(f"Completion for {name} is installed in {path}. Open a new terminal to use it.")
    raise typer.Exit


def answer(root: Command, instruction: str) -> int:
    """Print what a shell may complete the line in its variables to, and return the exit code."""
    completion_init()
    try:
        with rendered():
            return shell_complete(root, {}, _PROGRAM, ASKED, instruction)
    except (MiwireError, TyperException):
        # Somebody is still typing: that is no moment for an error.
        return 1


def apps(incomplete: str) -> list[str]:
    """Return the names of the lab's apps; none where no lab of this shell runs."""
    folder = os.environ.get("MIWIRE_LAB")
    if not folder:
        return []
    launcher = import_module("miwire.lab.launcher")
    try:
        launcher.check(Path(folder))
        info = launcher.running(Path(folder))
        sites = launcher.status(info)["sites"] if info else ()
    except (launcher.LabError, OSError):
        return []
    names = (str(each["name"]) for each in sites)
    return [name for name in names if _NAME.fullmatch(name) and name.startswith(incomplete)]


def scenes(incomplete: str) -> list[tuple[str, str]]:
    """Return the names of the lab's scenes, and what each is."""
    names = import_module("miwire.lab.scenes.names")
    return [(each.name, each.summary) for each in names.SCENES if each.name.startswith(incomplete)]


def codes(incomplete: str) -> list[tuple[str, str]]:
    """Return the codes that `explain` knows and that are one word, in the case that is typed."""
    entries = import_module("miwire.explain.catalog").every()
    begun = incomplete.lower()
    return [
        (incomplete + each.code[len(incomplete) :], each.title)
        for each in entries
        if each.code.lower().startswith(begun) and _CODE.fullmatch(each.code)
    ]


def _named(shell: str) -> str:
    """Return the name of a shell; raise BadRequest where there is no completion for it."""
    name = (_current() if shell == CURRENT else shell).lower()
    if name not in SHELLS:
        told = f"the shell {name!r}" if name else "this shell"
        raise BadRequest(
            f"Completion isn't available for {told}.", hint=f"Name one of: {', '.join(SHELLS)}."
        )
    return name


def _current() -> str:
    shellingham = import_module("shellingham")
    try:
        return str(shellingham.detect_shell()[0])
    except shellingham.ShellDetectionFailure:
        return ""


def _script(shell: str) -> str:
    return get_completion_script(prog_name=_PROGRAM, complete_var=ASKED, shell=shell)


def _install(shell: str) -> Path:
    _, path = install_script(shell, _PROGRAM, ASKED)
    return path


def _install_powershell(shell: str) -> Path:
    """Add the script to the user's profile; Typer's own way would also loosen what may run."""
    ended = subprocess.run(  # noqa: S603  the user's own shell, by its plain name
        [shell, "-NoProfile", "-NonInteractive", "-Command", "$PROFILE"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    profile, script = Path(ended.stdout.strip()), _script(shell)
    profile.parent.mkdir(parents=True, exist_ok=True)
    before = profile.read_text(encoding="utf-8") if profile.exists() else ""
    if script not in before:
        profile.write_text(f"{before}\n{script}\n", encoding="utf-8")
    return profile
