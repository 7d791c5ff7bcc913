"""The `lab` commands that call the lab's control routes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from platformdirs import user_state_path

from miwire.cli import completion
from miwire.cli.every_command import Format, NoColor, Output, Quiet
from miwire.cli.parsing import duration
from miwire.cli.printer import Printer
from miwire.cli.results import (
    LabClockResult,
    LabFaultsResult,
    LabRequestsResult,
    LabScenesResult,
    LabTokenResult,
    LabUrlResult,
)
from miwire.cli.streams import configure_logging
from miwire.errors import BadRequest, ExitCode, NotFound, Unreachable
from miwire.lab import launcher
from miwire.lab.scenes import names

_LARGEST = 4 << 20
"""Bytes of a file of faults: the lab refuses a larger body."""
_TEXTS = frozenset({"ver", "appidacr", "azpacr", "acr"})
"""Claims that Entra ID writes as strings of digits."""
Site = Annotated[
    str,
    typer.Argument(
        metavar="SITE", help="The app: NAME or GROUP/NAME.", autocompletion=completion.apps
    ),
]


StateDir = Annotated[
    Path | None,
    typer.Option(
        "--state-dir",
        envvar="MIWIRE_LAB",
        help="Folder of the lab; use several to run several labs.",
        metavar="DIR",
    ),
]


@dataclass(frozen=True, kw_only=True)
class InLab:
    """Which lab, and how to print the result."""

    state_dir: StateDir = None
    output: Output = Format.TEXT
    quiet: Quiet = False
    no_color: NoColor = False

    def begin(self) -> Printer:
        """Return what prints the result."""
        configure_logging(verbose=False, debug=False, no_color=self.no_color)
        return Printer(self.output, quiet=self.quiet)

    @property
    def folder(self) -> Path:
        """The lab's folder; raises as `folder_of` does."""
        return folder_of(self.state_dir)

    @property
    def running(self) -> launcher.LabInfo:
        """The lab that runs; raises as `running` does."""
        return running(self.state_dir)


def token(
    site: Site,
    claim: Annotated[
        list[str] | None,
        typer.Option(
            "--claim",
            help=(
                "Claim to set in the token, such as aud=api://ID. VALUE is parsed as "
                "JSON if possible, else used as a string."
            ),
            metavar="NAME=VALUE",
        ),
    ] = None,
    *,
    how: InLab,
) -> int:
    """
    Print a token of an app's identity, with the claims you name, signed by the lab.

    It is signed as Entra ID signs, but its claims need not be true: for tests of APIs. Claims that
    you don't name are those of the app's identity.
    """
    claims = dict(_claim(each) for each in claim or [])
    with translated():
        minted = launcher.minted(how.running, site, claims)
    how.begin().result(LabTokenResult(minted))
    return ExitCode.OK


def requests(how: InLab) -> int:
    """List the requests to the lab since the last reset, oldest first."""
    with translated():
        listed = launcher.asked(how.running, "GET", "requests")["requests"]
    how.begin().result(LabRequestsResult(listed))
    return ExitCode.OK


def faults(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE]",
            help="JSON file that configures the faults; - reads stdin.",
        ),
    ] = None,
    *,
    how: InLab,
) -> int:
    """
    Show the faults that the lab injects, or replace them all with those in FILE.

    The object {} ends every fault.
    """
    document = None if file is None else _document(file)
    with translated():
        now = launcher.faults(how.running, document)
    how.begin().result(LabFaultsResult(now))
    return ExitCode.OK


def clock(
    advance: Annotated[
        str, typer.Option("--advance", help="By how much: 90, 90s, 3m, 1h.", metavar="DURATION")
    ],
    *,
    how: InLab,
) -> int:
    """Move the lab's clock forward, instead of waiting for tokens or lag to end."""
    seconds = duration(advance)
    with translated():
        now = launcher.advanced(how.running, seconds)
    how.begin().result(LabClockResult(now))
    return ExitCode.OK


def url(
    site: Site,
    *,
    how: InLab,
) -> int:
    """Print the URL of an app."""
    with translated():
        found = launcher.site(how.running, site)
    how.begin().result(LabUrlResult(found))
    return ExitCode.OK


def scenes(how: InLab) -> int:
    """List the scenes (works without a running lab)."""
    _ = how.folder
    listed = [each._asdict() for each in names.SCENES]
    how.begin().result(LabScenesResult(listed))
    return ExitCode.OK


def _claim(text: str) -> tuple[str, Any]:
    """Return the name and the value of NAME=VALUE."""
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise BadRequest("Specify the claim as NAME=VALUE.", hint="--claim aud=api://ID")
    try:
        parsed = json.loads(value, parse_constant=_refused)
    except (ValueError, RecursionError):
        return name, value
    is_number = isinstance(parsed, int | float) and not isinstance(parsed, bool)
    return name, value if is_number and name in _TEXTS else parsed


def _document(file: str) -> dict[str, Any]:
    """Return the JSON object in a file, or on stdin."""
    named = "stdin" if file == "-" else file
    try:
        if file == "-":
            raw = sys.stdin.buffer.read(_LARGEST + 1)
        else:
            with Path(file).open("rb") as opened:
                raw = opened.read(_LARGEST + 1)
        if len(raw) > _LARGEST:
            raise BadRequest(f"{named} is larger than 4 MiB.")
        document = json.loads(raw, parse_constant=_refused)
    except OSError as error:
        raise NotFound(f"{named} can't be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"{named} doesn't contain JSON.") from error
    if not isinstance(document, dict):
        raise BadRequest(f"{named} doesn't contain a JSON object.", hint='Such as {"rules": []}')
    return document


def _refused(constant: str) -> None:
    """Refuse NaN and the infinities, which only Python takes for JSON."""
    raise ValueError(constant)


def folder_of(state_dir: Path | None) -> Path:
    """
    Return the folder that was named, or the user's own.

    Raises BadRequest for one that another user owns or can change: nothing in it is read.
    """
    folder = state_dir or user_state_path("miwire") / "lab"
    with translated():
        launcher.check(folder)
    return folder


def running(state_dir: Path | None) -> launcher.LabInfo:
    """Return the lab that runs in a folder; raises Unreachable where none does."""
    folder = folder_of(state_dir)
    with translated():
        info = launcher.running(folder)
    if info is None:
        raise Unreachable(f"No lab is running in {folder}.", hint="Start one: miwire lab up")
    return info


@contextmanager
def translated() -> Iterator[None]:
    """Raise what the launcher raises as an error of the command line."""
    try:
        yield
    except launcher.UnknownSite as error:
        raise NotFound(str(error), hint="miwire lab status") from error
    except launcher.UnknownScene as error:
        raise BadRequest(str(error), hint="miwire lab scenes") from error
    except launcher.GateRefused as error:
        raise BadRequest(str(error), hint="miwire lab attach --help") from error
    except launcher.RequestRefused as error:
        raise BadRequest(str(error)) from error
    except launcher.FolderRefused as error:
        raise BadRequest(
            str(error), hint="Use a folder that only you can write to: --state-dir DIR"
        ) from error
    except launcher.LabError as error:
        raise Unreachable(str(error), hint="miwire lab status") from error
