"""
The tree of commands: their names and summaries, and each one imported when it is run.

All of them together would double the startup time of `--help` and `decode-token`. COMMANDS holds
each one's summary; a test compares it.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer

import miwire
from miwire.cli import completion
from miwire.cli.every_command import EveryCommand
from miwire.cli.strict_command import StrictCommand, StrictGroup
from miwire.cli.typer_groups import spelt_out

if TYPE_CHECKING:
    from typer._click import Command, Context

COMMANDS = {
    "enable-identity": "Enable a managed identity on an app (existing identities are kept).",
    "protect": "Require Entra ID tokens at TARGET and allow only the listed callers.",
    "connect": "Allow only SOURCE to call TARGET, and verify it.",
    "grant": ("Allow SOURCE to call an already protected TARGET, in addition to existing callers."),
    "revoke": "Revoke SOURCE's access to TARGET; other callers are unaffected.",
    "undo": "Undo a previous run.",
    "probe": "Call TARGET without and with a token, and show who responded.",
    "doctor": "Find out why SOURCE can't call TARGET, or who else can, and how to fix it.",
    "decode-token": "Decode and explain an access token; verify it with --verify.",
    "explain": "Explain an error code, a check, an HTTP status or a whole error message.",
    "lab": (
        "Run a local Azure: ARM, Graph, Entra ID, identity endpoint, App Service authentication."
    ),
    "demo": "Run an end-to-end demo in a temporary lab.",
    "help": "Show the help of miwire, or of one command.",
    "version": "Show the version.",
}
_SUMMARY = "Connect one Azure App Service to another with a managed identity, and verify it."


def loaded(name: str) -> typer.Typer:
    """Return a command, imported: a Typer app of that one command, or of several below it."""
    word = name.replace("-", "_")
    found = getattr(import_module(f"miwire.cli.commands.{word}"), word)
    if isinstance(found, typer.Typer):
        app = found
    else:
        app = typer.Typer(add_completion=False)
        app.command(name)(spelt_out(found))
    for command in app.registered_commands:
        command.cls = StrictCommand
    return app


class Root(StrictGroup):
    """The commands, by summary until one of them is run, completed or asked for its help."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401  whatever Typer gives a group
        super().__init__(**attributes)
        self.commands = {
            name: StrictCommand(name, help=summary) for name, summary in COMMANDS.items()
        }

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """Return the command that the first word names, imported, and the words after it."""
        name, command, rest = super().resolve_command(ctx, args)
        if name in COMMANDS:
            command = typer.main.get_command(loaded(name))
        return name, command, rest


@cache
def root() -> Command:
    """Return the whole command line."""
    app = typer.Typer(
        name="miwire",
        help=_SUMMARY,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        cls=Root,
    )
    app.callback()(spelt_out(_before_the_command))
    return typer.main.get_command(app)


def _say_version(context: typer.Context, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        typer.echo(f"miwire {miwire.__version__}")
        raise typer.Exit


def _before_the_command(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_say_version, help="Show the version and exit."
        ),
    ] = False,
    install_completion: Annotated[
        str | None,
        typer.Option(
            "--install-completion",
            is_eager=True,
            callback=completion.install,
            help="Install completion for a shell (default: the current one).",
            metavar="[SHELL]",
        ),
    ] = None,
    show_completion: Annotated[
        str | None,
        typer.Option(
            "--show-completion",
            is_eager=True,
            callback=completion.show,
            help="Print the completion script for a shell (default: the current one).",
            metavar="[SHELL]",
        ),
    ] = None,
    *,
    every: EveryCommand,
) -> int:
    """Leave what stands before a command to the command: see `command_line.arranged`."""
    del version, install_completion, show_completion, every
    return 0
