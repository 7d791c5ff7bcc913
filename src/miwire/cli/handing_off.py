"""Doing what one may, and leaving the rest to somebody else as a script."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from miwire.cli.carrying_out import carried_out
from miwire.errors import BadRequest, Unreachable
from miwire.plan import preflight as rights
from miwire.plan.plan import Planned
from miwire.export.handoff import FIRST_LINES, parted, script

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from miwire.azure.session import Azure
    from miwire.cli.options import Changing
    from miwire.cli.render import Renderer
    from miwire.errors import MiwireError
    from miwire.plan.plan import Plan


def hand_off_what_is_lacked(
    azure: Azure, plan: Plan, file: Path, again: Sequence[str], show: Renderer, how: Changing
) -> None:
    """
    Do what may be done, and write the script for the rest; where nothing is lacked, do neither.

    Raises NotPermitted where something was left: the wiring is not whole, the gate stays as it is.
    """
    left = parted(azure, plan)
    if not left:
        return
    _refuse_foreign(file)
    outcome = carried_out(azure, left.mine, show, "connect", how)
    error: MiwireError = rights.refusal(
        left.lacked, left.mine.purpose, but=f"what is left is in {file}"
    )
    error.hint = f"Give {file} to somebody who may: he reads it, signs in with az and runs it."
    try:
        _write(file, script(azure, outcome.wiring, left, again))
    except Unreachable as unwritten:
        error = unwritten
    error.changes = (*outcome.planned, *(Planned(change, done=False) for change in left.theirs))
    error.run = outcome.run
    raise error


def _refuse_foreign(file: Path) -> None:
    """Write over a script of an earlier run, and over nothing else; find out before any change."""
    if not file.name or not os.access(file.parent, os.W_OK):
        raise BadRequest(
            f"{str(file)!r} cannot be written: its folder is missing, or not yours to write to.",
            hint="Name another file.",
        )
    try:
        # Not through a link, and not from a pipe, which would never answer.
        mode = file.lstat().st_mode
        if stat.S_ISDIR(mode):
            raise BadRequest(f"{file} cannot be written: it is a folder.", hint="Name a file.")
        ours = stat.S_ISREG(mode) and file.read_bytes()[: len(FIRST_LINES)] == FIRST_LINES.encode()
    except FileNotFoundError:
        return
    except OSError as error:
        raise BadRequest(
            f"{file} cannot be read: {error.strerror}.", hint="Name another file."
        ) from error
    if not ours:
        raise BadRequest(f"{file} exists, and miwire did not write it.", hint="Name another file.")


def _write(file: Path, text: str) -> None:
    """Put a new file in its place, for its owner alone, whatever stood there."""
    new = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o700)
        with os.fdopen(descriptor, "w", encoding="utf-8") as script_file:
            script_file.write(text)
        new.replace(file)
    except OSError as error:
        raise Unreachable(
            f"{file} cannot be written: {error.strerror}.", hint="Run it again with another file."
        ) from error
