"""The arguments and options that commands share, as types that hold parsed values."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_state_path

from miwire.azure import Azure
from miwire.azure.patience import Patience
from miwire.cli.output import Renderer
from miwire.domain.cloud import Cloud, published
from miwire.domain.redaction import redacted
from miwire.domain.resource import AppName
from miwire.errors import BadRequest

_EVERY_COMMAND = "On every command"


class Format(StrEnum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"


def cloud(text: str) -> Cloud:
    """Return the cloud of that name, or the one that the file of that name describes."""
    known = published(text)
    if known is not None:
        return known
    try:
        document = json.loads(Path(text).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadRequest(
            f"There is no cloud and no file named {text}.",
            hint='If this shell was a lab\'s: start the lab, then eval "$(miwire lab env)" again.'
            if os.environ.get("MIWIRE_LAB")
            else "Clouds: AzureCloud, AzureUSGovernment, AzureChinaCloud, "
            "or a file as `az cloud show` prints it.",
        ) from error
    except (OSError, ValueError) as error:
        raise BadRequest(
            f"{text} cannot be read as a cloud: {error}.",
            hint="It should look like the output of `az cloud show`.",
        ) from error
    return Cloud.of_document(document, text)


_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smh]?)")


def duration(text: str) -> float:
    """Return the seconds of `90`, `90s`, `3m` or `1h`."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise BadRequest(f"{text!r} is not a duration.", hint="Write 90, 90s, 3m or 1h.")
    return float(found[1]) * _UNITS[found[2]]


Output = Annotated[
    Format,
    typer.Option(
        "--output",
        "-o",
        help="Text for people, or exactly one JSON document on stdout.",
        rich_help_panel=_EVERY_COMMAND,
    ),
]
InCloud = Annotated[
    str,
    typer.Option(
        "--cloud",
        envvar="MIWIRE_CLOUD",
        help="A cloud's name, or a file as `az cloud show` prints it.",
        metavar="NAME|FILE",
        rich_help_panel=_EVERY_COMMAND,
    ),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        help="Say on stderr what miwire asks and learns.",
        rich_help_panel=_EVERY_COMMAND,
    ),
]
Debug = Annotated[
    bool,
    typer.Option(
        "--debug",
        help="Say every HTTP exchange on stderr, secrets and tokens redacted.",
        rich_help_panel=_EVERY_COMMAND,
    ),
]
NoColor = Annotated[
    bool,
    typer.Option(
        "--no-color", help="No colours, as NO_COLOR=1 says too.", rich_help_panel=_EVERY_COMMAND
    ),
]
Group = Annotated[
    str | None,
    typer.Option("--resource-group", "-g", help="The resource group of apps named without one."),
]
InSubscription = Annotated[
    str | None,
    typer.Option(
        "--subscription",
        "-s",
        envvar="AZURE_SUBSCRIPTION_ID",
        help="The subscription of apps named without one; else all that are visible.",
    ),
]
Slot = Annotated[str | None, typer.Option("--slot", help="The deployment slot.")]
AppRole = Annotated[str, typer.Option(help="The app role that callers hold.", metavar="NAME")]
AppId = Annotated[str | None, typer.Option(help="Use this app registration.", metavar="CLIENT_ID")]
Identity = Annotated[
    str | None,
    typer.Option(
        help="The user-assigned identity that SOURCE calls with, instead of its own.",
        metavar="RESOURCE_ID",
    ),
]
ExcludePath = Annotated[
    list[str] | None,
    typer.Option(help="Leave this path open, such as /health.", metavar="PATH"),
]
Close = Annotated[
    bool, typer.Option("--close", help="Close a target that signs people in like any other.")
]
KeepSignIn = Annotated[
    bool, typer.Option("--keep-sign-in", help="Leave the people who sign in as they are.")
]
ManagementReference = Annotated[
    str | None, typer.Option(help="For tenants that demand one.", metavar="GUID")
]
Source = Annotated[str, typer.Argument(metavar="SOURCE", help="The app that calls.")]
Target = Annotated[str, typer.Argument(metavar="TARGET", help="The app that is called.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the plan and change nothing.")]
PlanDecides = Annotated[
    bool,
    typer.Option("--exit-code", help="With --dry-run: exit 1 if the plan is not empty."),
]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="Answer yes where somebody would lose something.")
]
Wait = Annotated[
    str,
    typer.Option(
        "--wait", help="How long to wait for Azure to converge: 90, 90s, 3m, 1h.", metavar="TIME"
    ),
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait for Azure to converge.")]


def app_name(
    text: str, group: str | None = None, subscription: str | None = None, slot: str | None = None
) -> AppName:
    """Return the app that was typed, filled in with the options beside it."""
    return AppName.parse(text).agreeing(group, slot).within(subscription, group, slot)


def session(
    in_cloud: str,
    wait: str = "3m",
    *,
    no_wait: bool = False,
    show: Renderer | None = None,
    alone: bool = False,
) -> Azure:
    """
    Return the Azure that the options name; *show* is told of every wait.

    *alone*: other runs of this machine's user that would change the same app wait until this ends.
    """
    seconds = 0.0 if no_wait else duration(wait)
    patience = Patience(seconds, tell=show.waiting) if show else Patience(seconds)
    return Azure(cloud(in_cloud), patience, turns=state_folder() / "turns" if alone else None)


def only_with_dry_run(exit_code: bool, dry_run: bool) -> None:
    """Refuse --exit-code alone: who forgot --dry-run would change what he meant to look at."""
    if exit_code and not dry_run:
        raise BadRequest("--exit-code goes with --dry-run.", hint="Add --dry-run, or leave it out.")


def state_folder() -> Path:
    """Return where miwire keeps what it keeps: a lab's in the lab's own folder, to go with it."""
    lab = os.environ.get("MIWIRE_LAB")
    return Path(lab) if lab else user_state_path("miwire")


def runs_folder() -> Path:
    """Return where the records of runs are."""
    return state_folder() / "runs"


def talk(*, verbose: bool, debug: bool, no_color: bool) -> None:
    """Say on stderr as much as was asked for, and nothing with a secret in it."""
    if no_color:
        os.environ["NO_COLOR"] = "1"
    if not (verbose or debug):
        return
    logging.basicConfig(stream=sys.stderr, level=logging.CRITICAL, format="%(message)s", force=True)
    logging.getLogger("miwire").setLevel(logging.INFO)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_without_secrets)
    if debug:
        for exchange in ("azure.core.pipeline.policies.http_logging_policy", "httpx"):
            logging.getLogger(exchange).setLevel(logging.INFO)


def _without_secrets(record: logging.LogRecord) -> bool:
    """Take tokens and keys out of what libraries log: azure-core does so itself, httpx does not."""
    record.msg, record.args = redacted(record.getMessage()), ()
    return True


def on_a_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def agreed(consequence: str, *, yes: bool) -> bool:
    """
    Ask on stderr whether to go on; raise BadRequest where nobody is there to answer.

    Returns False when somebody said no.
    """
    if yes:
        return True
    if not on_a_terminal():
        raise BadRequest(
            f"{consequence} Nobody is at a terminal to agree, and nothing was changed.",
            hint="Give --yes if that is what you want.",
        )
    return typer.confirm(f"{consequence} Go on?", err=True)
