"""
The options of every command, each declared once: a command takes them after its name or before it.

Only Typer is imported: `--help` and completion of the whole program pay for this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, get_args, get_type_hints

import typer

PANEL = "Options of every command"
CHANGES_PANEL = "Options of commands that change something"


class Format(StrEnum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"


class ReportFormat(StrEnum):
    """How the answer of a command is written that CI reads as well."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


Output = Annotated[
    Format,
    typer.Option(
        "--output",
        "-o",
        help="Output format: text, or one JSON document on stdout.",
        rich_help_panel=PANEL,
    ),
]
Cloud = Annotated[
    str,
    typer.Option(
        "--cloud",
        envvar="MIWIRE_CLOUD",
        help="Cloud name, or a JSON file as `az cloud show` prints it.",
        metavar="NAME|FILE",
        rich_help_panel=PANEL,
    ),
]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help="Print the result only: no progress and no notes.",
        rich_help_panel=PANEL,
    ),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        help="Show the requests to Azure and their results on stderr.",
        rich_help_panel=PANEL,
    ),
]
Debug = Annotated[
    bool,
    typer.Option(
        "--debug",
        help="Log every HTTP request and response to stderr (secrets redacted).",
        rich_help_panel=PANEL,
    ),
]
NoColor = Annotated[
    bool,
    typer.Option(
        "--no-color",
        help="Disable colored output (also: NO_COLOR=1).",
        rich_help_panel=PANEL,
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Show the plan and change nothing.", rich_help_panel=CHANGES_PANEL
    ),
]
ExitCodeOption = Annotated[
    bool,
    typer.Option(
        "--exit-code",
        help="With --dry-run: exit 1 if there is something to change.",
        rich_help_panel=CHANGES_PANEL,
    ),
]
Yes = Annotated[
    bool,
    typer.Option("--yes", "-y", help="Skip confirmation prompts.", rich_help_panel=CHANGES_PANEL),
]
Wait = Annotated[
    str,
    typer.Option(
        "--wait",
        help="How long to wait for changes to take effect in Azure: 90, 90s, 3m, 1h.",
        metavar="TIME",
        rich_help_panel=CHANGES_PANEL,
    ),
]
NoWait = Annotated[
    bool,
    typer.Option(
        "--no-wait",
        help="Don't wait for changes to take effect.",
        rich_help_panel=CHANGES_PANEL,
    ),
]


@dataclass(frozen=True, kw_only=True)
class EveryCommand:
    """What may stand before a command; the command itself decides whether it has that option."""

    output: Output = Format.TEXT
    cloud: Cloud = "AzureCloud"
    quiet: Quiet = False
    verbose: Verbose = False
    debug: Debug = False
    no_color: NoColor = False
    dry_run: DryRun = False
    exit_code: ExitCodeOption = False
    yes: Yes = False
    wait: Wait = "3m"
    no_wait: NoWait = False


def options_with_a_value() -> frozenset[str]:
    """Return the spellings of those options whose value may be the next word."""
    hints = get_type_hints(EveryCommand, include_extras=True)
    valued = (each for each in hints.values() if get_args(each)[0] is not bool)
    declared = (get_args(each)[1] for each in valued)
    # Within Annotated, Typer takes the first spelling for the default until it reads the option.
    return frozenset(word for each in declared for word in (each.default, *each.param_decls))
