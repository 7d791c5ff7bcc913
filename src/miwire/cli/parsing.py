"""Words of a command line as checked values, and the options that commands share."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_state_path

from miwire.cli import completion
from miwire.errors import BadRequest
from miwire.lab.process import ownership
from miwire.lab.process.ownership import NotOwn
from miwire.model.app_setting import checked_name
from miwire.model.cloud import Cloud, published
from miwire.text import is_guid

_USER_ASSIGNED = re.compile(
    r"/subscriptions/[\w-]{1,64}/resourceGroups/[\w.()-]{1,90}"
    r"/providers/Microsoft\.ManagedIdentity/userAssignedIdentities/[\w-]{1,128}",
    re.IGNORECASE | re.ASCII,
)
_LARGEST_CLOUD = 1 << 20
"""Bytes; az writes some two thousand."""
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
_DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)([smh]?)", re.ASCII)
_PATH = re.compile(r"/(?!.*(//|\.\.))[^\"'\s]*")
_ROLE = re.compile(r"(?!\.)[\w.:/+!#$%&()*,;<=>?@\[\]^{|}~-]{1,120}", re.ASCII)
"""What Graph takes, but for ' and `, which end a word in the script of a hand-off."""
_ROLE_HINT = (
    "Up to 120 characters of A-Z a-z 0-9 and :!#$%&()*+,-./;<=>?@[]^_{|}~, not starting with a dot."
)


def cloud(text: str) -> Cloud:
    """Return the cloud of that name, or the one that the file of that name describes."""
    known = published(text)
    if known is not None:
        return known
    try:
        # As bytes, so that what PowerShell writes (UTF-16, or with a mark) is read, too.
        document = json.loads(ownership.read_of_root_too(Path(text), _LARGEST_CLOUD))
    except NotOwn as error:
        # The file says where tokens go.
        raise BadRequest(
            str(error), hint="Use a file that only you can write to, in a folder of your own."
        ) from error
    except FileNotFoundError as error:
        raise BadRequest(
            f"No cloud and no file is named {text}.",
            hint=(
                "If MIWIRE_CLOUD is left over from a lab, start the lab and run: eval "
                '"$(miwire lab env)"'
            )
            if os.environ.get("MIWIRE_LAB")
            else "Clouds: AzureCloud, AzureUSGovernment, AzureChinaCloud, "
            "or a file as `az cloud show` prints it.",
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else "it isn't JSON"
        raise BadRequest(
            f"Couldn't read {text} as a cloud: {why}.",
            hint="Check --cloud or MIWIRE_CLOUD: "
            "the file should look like the output of `az cloud show`.",
        ) from error
    return Cloud.of_document(document, text)


def duration(text: str) -> float:
    """Return the seconds of `90`, `90s`, `3m` or `1h`."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise BadRequest(f"{text!r} isn't a duration.", hint="Use 90, 90s, 3m or 1h.")
    return float(found[1]) * _UNITS[found[2]]


AppRole = Annotated[str, typer.Option(help="App role to assign to callers.", metavar="NAME")]
Identity = Annotated[
    str | None,
    typer.Option(
        help=("User-assigned identity that SOURCE uses (default: its system-assigned identity)."),
        metavar="RESOURCE_ID",
    ),
]
ScopeSetting = Annotated[
    str | None,
    typer.Option(
        help="Write the scope that SOURCE's code requests to this app setting of SOURCE.",
        metavar="NAME",
    ),
]
Source = Annotated[
    str,
    typer.Argument(metavar="SOURCE", help="The app that calls.", autocompletion=completion.apps),
]
Target = Annotated[
    str,
    typer.Argument(
        metavar="TARGET", help="The app that is called.", autocompletion=completion.apps
    ),
]


def state_folder() -> Path:
    """Return where miwire keeps what it keeps: a lab's in the lab's own folder, to go with it."""
    lab = os.environ.get("MIWIRE_LAB")
    return Path(lab) if lab else user_state_path("miwire")


def runs_folder() -> Path:
    """Return where the records of runs are; raises BadRequest for a folder of another user."""
    return _own(state_folder() / "runs")


def turns_folder() -> Path:
    """Return where runs wait for each other; raises BadRequest for a folder of another user."""
    return _own(state_folder() / "turns")


def _own(folder: Path) -> Path:
    try:
        ownership.check_folder(folder)
    except NotOwn as error:
        hint = "Use a folder that only you can write to: set MIWIRE_LAB (lab) or XDG_STATE_HOME."
        raise BadRequest(str(error), hint=hint) from error
    return folder


def guid(text: str, what: str) -> str:
    """Return a GUID; *what* it is to be is told where it is none."""
    if not is_guid(text):
        raise _no(what, text)
    return text


def path(text: str) -> str:
    """Return a path that a gate may leave open."""
    if _PATH.fullmatch(text) is None:
        raise _no("a path", text)
    return text


def role(text: str) -> str:
    """Return the value of an app role."""
    if _ROLE.fullmatch(text) is None:
        raise BadRequest(f"{text!r} isn't a valid app role value.", hint=_ROLE_HINT)
    return text


def app_setting(text: str | None) -> str | None:
    """Return the name of the app setting that is to hold the scope, if one was named."""
    return checked_name(text) if text is not None else None


def identity(text: str | None) -> str | None:
    """Return the resource id of the user-assigned identity that was named, if one was."""
    return resource_ids([text])[0] if text else None


def resource_ids(typed: list[str]) -> tuple[str, ...]:
    """Return the ids of user-assigned identities; raise BadRequest for anything else."""
    for each in typed:
        if _USER_ASSIGNED.fullmatch(each) is None:
            raise BadRequest(
                f"{each} isn't the resource ID of a user-assigned identity.",
                hint=(
                    "The format is "
                    "/subscriptions/SUB/resourceGroups/GROUP/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME."
                ),
            )
    return tuple(dict.fromkeys(typed))


def _no(what: str, text: str) -> BadRequest:
    return BadRequest(f"{text!r} isn't {what}.", hint="See --help for the arguments.")
