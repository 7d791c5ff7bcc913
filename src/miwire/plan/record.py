"""The record of a run: what was before its first change, and what is after each, for undo."""

from __future__ import annotations

import json
import os
import secrets
import stat
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from miwire.errors import NotFound, Unreachable
from miwire.model.run_record import SCHEMA_VERSION, Run, image
from miwire.remedy import Fix, Remedy

if TYPE_CHECKING:
    from pathlib import Path

    from miwire.model.wiring import Wiring
    from miwire.plan.plan import Plan

_LARGEST = 4 << 20
"""Bytes."""
_NO_LINK: int = getattr(os, "O_NOFOLLOW", 0)
"""Flags that Windows does not have."""
_NO_WAIT: int = getattr(os, "O_NONBLOCK", 0)


@dataclass(slots=True)
class RunRecord:
    """
    One file, readable by its owner only, written before the first change and after each.

    It holds settings and ids: no token and no secret (see `domain.image`).
    """

    folder: Path
    name: str
    document: dict[str, Any] = field(repr=False)

    def made(self, done: int, wiring: Wiring) -> None:
        """Write down that so many changes were made, and what is once the next one is, too."""
        for number, change in enumerate(self.document["changes"]):
            change["done"] = number < done
        self.document["after"] = image(wiring)
        self._write()

    def ended(self) -> None:
        """Write down that the run came to its end."""
        self.document["ended"] = True
        self._write()

    def _write(self) -> None:
        """Replace the file at once: a process killed meanwhile leaves the old one or the new."""
        path = self.folder / f"{self.name}.json"
        new = self.folder / f".{self.name}.new"
        try:
            for folder in (self.folder.parent, self.folder):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NO_LINK, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(self.document, file, indent=2)
            new.replace(path)
        except OSError as error:
            raise Unreachable(
                f"Couldn't write the record of this run to {self.folder}: {error.strerror}.",
                hint=(
                    "Make the folder writable, or set MIWIRE_LAB or XDG_STATE_HOME to "
                    "another one. Then run the command again."
                ),
            ) from error


@dataclass(frozen=True, slots=True)
class Runs:
    """Every recorded run, the newest first, and the files that are no record."""

    readable: tuple[Run, ...] = ()
    unreadable: tuple[str, ...] = ()
    """Names of files, left aside."""

    @property
    def undone(self) -> frozenset[str]:
        """The names of the runs that another one took back, which was not itself taken back."""
        undone: set[str] = set()
        for each in self.readable:  # the newest first
            if each.undoes and each.ended and each.name not in undone:
                undone.add(each.undoes)
        return frozenset(undone)

    def found(self, name: str | None) -> Run:
        """
        Return the run of that name; None: the newest that is no undo and was not undone.

        Raises NotFound where there is none, or where its record cannot be read.
        """
        if name is not None:
            candidates = [each for each in self.readable if each.name == name]
        else:
            gone = self.undone
            candidates = [
                each for each in self.readable if each.undoes is None and each.name not in gone
            ]
        if candidates:
            return candidates[0]
        if f"{name}.json" in self.unreadable:
            raise NotFound(f"Couldn't read the record of {name}.", fix=Fix(Remedy.LIST_RUNS))
        told = f"named {name}" if name else "left to undo"
        raise NotFound(f"No recorded run {told}.", fix=Fix(Remedy.LIST_RUNS))


def listed(folder: Path) -> Runs:
    """Read every record in a folder."""
    readable, unreadable = [], []
    for path in sorted(folder.glob("*.json")):
        try:
            readable.append(_read(path))
        except (OSError, ValueError, RecursionError):
            unreadable.append(path.name)
    # Not by name: two runs of one second differ in a random suffix.
    newest = sorted(readable, key=lambda run: (run.started_at, run.name), reverse=True)
    return Runs(tuple(newest), tuple(unreadable))


def _read(path: Path) -> Run:
    # A pipe would be waited for, and another user's file would say what is put back.
    with os.fdopen(os.open(path, os.O_RDONLY | _NO_LINK | _NO_WAIT), "rb") as file:
        found = os.fstat(file.fileno())
        is_own = os.name != "posix" or found.st_uid == os.geteuid()
        if not stat.S_ISREG(found.st_mode) or not is_own or found.st_size > _LARGEST:
            raise ValueError("it wasn't written by miwire")
        return Run.parse(json.loads(file.read(_LARGEST)), path.stem)


def begin(folder: Path, command: str, plan: Plan, undoes: str | None = None) -> RunRecord:
    """
    Write down what a plan starts from and return the record.

    Raises Unreachable where it cannot be written: without a record nothing should be changed.
    """
    start, now = plan.start, datetime.now(UTC)
    name = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    source = start.source
    record = RunRecord(
        folder,
        name,
        {
            "schemaVersion": SCHEMA_VERSION,
            "run": name,
            "startedAt": f"{now:%Y-%m-%dT%H:%M:%S.%fZ}",
            "command": command,
            "source": source.site.ref.id if source else None,
            "target": start.the_target.ref.id,
            "tenantId": start.tenant_id,
            "undoes": undoes,
            "ended": False,
            "before": image(start),
            "after": image(plan.preview(0, start)),
            "planned": [difference.path for difference in plan.differences()],
            "changes": [
                {"action": change.action, "summary": change.summary, "done": False}
                for change in plan.changes
            ],
        },
    )
    record._write()  # noqa: SLF001  its own module
    return record
