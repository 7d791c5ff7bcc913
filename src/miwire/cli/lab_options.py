"""What the `lab` commands share: where the lab's folder is, which lab runs there, its errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_state_path

from miwire.cli import render as renderers
from miwire.cli.parsing import Format, talk
from miwire.errors import BadRequest, NotFound, Unreachable
from miwire.lab import launcher

StateDir = Annotated[
    Path | None,
    typer.Option(
        "--state-dir",
        envvar="MIWIRE_LAB",
        help="The lab's own folder; several labs run side by side in several folders.",
        metavar="DIR",
    ),
]


def renderer(output: Format, *, no_color: bool) -> renderers.Renderer:
    """Return the renderer of a format, without colors where *no_color* says so."""
    talk(verbose=False, debug=False, no_color=no_color)
    return renderers.of(output)


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
        raise Unreachable(f"No lab runs in {folder}.", hint="Start one: miwire lab up")
    return info


@contextmanager
def translated() -> Iterator[None]:
    """Raise what the launcher raises as an error of the command line."""
    try:
        yield
    except launcher.UnknownSite as error:
        raise NotFound(str(error), hint="miwire lab status lists the apps.") from error
    except launcher.UnknownScene as error:
        raise BadRequest(str(error), hint="miwire lab scenes lists them.") from error
    except launcher.GateRefused as error:
        raise BadRequest(str(error), hint="miwire lab attach --help") from error
    except launcher.RequestRefused as error:
        raise BadRequest(str(error)) from error
    except launcher.FolderRefused as error:
        raise BadRequest(
            str(error), hint="Use a folder that only you can change: --state-dir DIR"
        ) from error
    except launcher.LabError as error:
        raise Unreachable(str(error), hint="miwire lab status") from error
