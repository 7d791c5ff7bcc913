"""
The command line: its commands, the one place where errors are printed, the exit code.

Only the command that is run is imported: all of them together would double the startup time of
`--help` and `decode-token`. COMMANDS holds each one's summary; a test compares it.
"""

from __future__ import annotations

import gc
import logging
import sys
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import TyperException

import miwire
from miwire.cli import streams
from miwire.cli.remedies import hint_of
from miwire.cli.render import formats as output
from miwire.cli.strict_command import StrictCommand, StrictGroup
from miwire.cli.typer_groups import spelt_out
from miwire.errors import BadRequest, ExitCode, Interrupted, MiwireError, Unreachable, bug
from miwire.redaction import redacted, without_words

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "enable-identity": "Enable a managed identity on an app (existing identities are kept).",
    "protect": "Require Entra ID tokens at TARGET and allow only the listed callers.",
    "connect": "Allow only SOURCE to call TARGET, and verify it.",
    "grant": ("Allow SOURCE to call an already protected TARGET, in addition to existing callers."),
    "revoke": "Revoke SOURCE's access to TARGET; other callers are unaffected.",
    "undo": "Undo a previous run.",
    "probe": "Call TARGET without and with a token, and show who responded.",
    "decode-token": "Decode and explain an access token; verify it with --verify.",
    "lab": (
        "Run a local Azure: ARM, Graph, Entra ID, identity endpoint, App Service authentication."
    ),
    "demo": "Run an end-to-end demo in a temporary lab.",
}
_AGAIN = "Run the same command again."


def loaded(name: str) -> typer.Typer:
    """Return a command, imported: a Typer app of that one command, or of several below it."""
    module = import_module(f"miwire.cli.commands.{name.replace('-', '_')}")
    found = getattr(module, name.replace("-", "_"))
    if isinstance(found, typer.Typer):
        app = found
    else:
        app = typer.Typer()
        app.command(name)(spelt_out(found))
    for command in app.registered_commands:
        command.cls = StrictCommand
    return app


@cache
def _app(chosen: str) -> typer.Typer:
    """Return the command line, with only *chosen* behind its name and summaries for the rest."""
    app = typer.Typer(
        name="miwire",
        help=("Connect one Azure App Service to another with a managed identity, and verify it."),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        cls=StrictGroup,
    )
    app.callback()(_asked)
    for name, summary in COMMANDS.items():
        if name != chosen:
            app.command(name, help=summary)(_not_chosen)
        elif name == "lab":
            app.add_typer(loaded(name), name=name)
        else:
            app.add_typer(loaded(name))
    return app


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"miwire {miwire.__version__}")
        raise typer.Exit


def _asked(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_say_version, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Connect one Azure App Service to another with a managed identity, and verify it."""


def _not_chosen() -> None:
    """Stand for a command that this command line does not run."""


def run(arguments: Sequence[str] | None = None) -> None:
    """Run miwire as a process does: print what is to be printed and exit."""
    # A command lives for seconds: collecting what its imports made costs a tenth of them.
    gc.disable()
    streams.install_safe_streams()
    code = main(list(sys.argv[1:] if arguments is None else arguments))
    streams.end()
    sys.exit(code)


def main(arguments: list[str]) -> int:
    """Run one command line and return its exit code; every error is printed here."""
    # Libraries warn on stderr by themselves of what miwire says in its own words.
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger("azure.identity").setLevel(logging.CRITICAL)
    try:
        app = _app(next(iter(_words(arguments)), ""))
        returned = typer.main.get_command(app).main(
            arguments, prog_name="miwire", standalone_mode=False
        )
        sys.stdout.flush()
    except TyperException as error:
        if not error.format_message():  # help was printed instead
            return ExitCode.USAGE
        message = without_words(error.format_message(), arguments)
        said = BadRequest(message, hint=f"See miwire {_command_of(arguments)}--help")
        return _failed(arguments, said)
    except MiwireError as error:
        return _failed(arguments, error)
    except typer.Abort:
        return _failed(arguments, Interrupted("Cancelled. Nothing was changed."))
    except Exception as error:  # noqa: BLE001  the last resort: a bug must not look like an answer
        return _failed(arguments, bug(error))
    if returned == ExitCode.INTERRUPTED and not isinstance(returned, ExitCode):
        # Typer turns a Ctrl-C into a return value; who changes something told it before that.
        return _failed(
            arguments, Interrupted("Interrupted before the command finished.", hint=_AGAIN)
        )
    return int(returned) if isinstance(returned, int) else ExitCode.OK


def _failed(arguments: Sequence[str], error: MiwireError) -> int:
    if isinstance(error, streams.ReaderGone):
        return error.exit_code
    # The command line may hold a token in the wrong place, and a message may repeat it.
    hint = hint_of(error)
    error.message, error.hint = redacted(error.message), hint and redacted(hint)
    # Where stdout cannot be written, its document is lost; the sentence stands on stderr.
    with suppress(Unreachable):
        output.of(_format(arguments)).error(error, _command_of(arguments).strip())
        sys.stdout.flush()
    return error.exit_code


def _words(arguments: Sequence[str]) -> list[str]:
    return [each for each in arguments if not each.startswith("-")]


def _command_of(arguments: Sequence[str]) -> str:
    """Return the command that was typed, as far as there is one, and a space."""
    match _words(arguments):
        case ["lab", command, *_]:
            return f"lab {command} "
        case [command, *_] if command in COMMANDS:
            return f"{command} "
    return ""


def _format(arguments: Sequence[str]) -> str:
    """Return the output format, even if the rest of the command line is invalid."""
    for option, value in zip(arguments, [*arguments[1:], ""], strict=True):
        if option == "--":
            break
        if option in {"-o", "--output"} and value == "json":
            return "json"
        if option in {"-ojson", "--output=json"}:
            return "json"
    return "text"
