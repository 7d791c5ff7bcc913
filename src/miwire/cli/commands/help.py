"""miwire help."""

from __future__ import annotations

from typing import Annotated

import typer
from typer.core import TyperGroup

from miwire.cli.every_command import NoColor
from miwire.cli.streams import configure_logging
from miwire.errors import ExitCode


def help(  # noqa: A001  the contract's name
    context: typer.Context,
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="[COMMAND]…", help="The command, such as connect or lab up."),
    ] = None,
    no_color: NoColor = False,
) -> int:
    """
    Show the help of miwire, or of one command.

    The same as --help behind the command.
    """
    configure_logging(verbose=False, debug=False, no_color=no_color)
    shown = context.find_root()
    for word in command or ():
        if not isinstance(shown.command, TyperGroup):
            shown.fail(f"{shown.info_name} has no commands of its own.")
        name, found, _ = shown.command.resolve_command(shown, [word])
        if found is not None:
            shown = type(shown)(found, info_name=name, parent=shown)
    typer.echo(shown.get_help())
    return ExitCode.OK
