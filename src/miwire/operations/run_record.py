"""The record of a run: what was before its first change, and what is after each, for undo."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from miwire.domain.image import image
from miwire.errors import NotFound, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from miwire.domain.wiring import Wiring
    from miwire.operations.change import Plan

SCHEMA_VERSION = 2


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
        """Write down that so many changes were made, and what is now."""
        for number, change in enumerate(self.document["changes"]):
            change["done"] = number < done
        self.document["after"] = image(wiring)
        self._write()

    def ended(self) -> None:
        """Write down that the run came to its end."""
        self.document["ended"] = True
        self._write()

    def _write(self) -> None:
        """Replace the file at once: whoever is killed meanwhile leaves the old one or the new."""
        path = self.folder / f"{self.name}.json"
        new = self.folder / f".{self.name}.new"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(self.document, file, indent=2)
            new.replace(path)
        except OSError as error:
            raise Unreachable(
                f"The record of this run cannot be written to {self.folder}: {error.strerror}.",
                hint="Make the folder writable, or set XDG_STATE_HOME; then run it again.",
            ) from error


@dataclass(frozen=True, slots=True)
class Run:
    """A run as its record tells of it."""

    name: str
    started_at: str
    command: str
    source_id: str | None
    target_id: str
    undoes: str | None
    ended: bool
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    """What was after the last change that is known to have been made."""
    planned: tuple[str, ...]
    """The authentication settings that it was going to change."""
    summaries: tuple[str, ...]
    done: int


def listed(folder: Path) -> tuple[Run, ...]:
    """Return every run that can be read, the newest first."""
    found = (_read(folder, each.stem) for each in folder.glob("*.json"))
    runs = (each for each in found if each is not None)
    # Not by name: two runs of one second differ in a random suffix.
    return tuple(sorted(runs, key=lambda run: run.started_at, reverse=True))


def found(folder: Path, name: str | None) -> Run:
    """
    Return the run of that name; None: the newest that is no undo and was not undone.

    Raises NotFound where there is none.
    """
    runs = listed(folder)
    if name is None:
        gone = undone(runs)
        candidates = [each for each in runs if each.undoes is None and each.name not in gone]
    else:
        candidates = [each for each in runs if each.name == name]
    if not candidates:
        told = f"named {name}" if name else "left to undo"
        raise NotFound(
            f"There is no recorded run {told}.", hint="miwire undo --list shows those there are."
        )
    return candidates[0]


def undone(runs: Iterable[Run]) -> frozenset[str]:
    """Return the names of the runs that another one took back."""
    return frozenset(each.undoes for each in runs if each.undoes and each.ended)


def _read(folder: Path, name: str) -> Run | None:
    try:
        document = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        if document["schemaVersion"] != SCHEMA_VERSION:
            return None
        changes = document["changes"]
        return Run(
            name=document["run"],
            started_at=document["startedAt"],
            command=document["command"],
            source_id=document["source"],
            target_id=document["target"],
            undoes=document["undoes"],
            ended=document["ended"],
            before=document["before"],
            after=document["after"],
            planned=tuple(document["planned"]),
            summaries=tuple(each["summary"] for each in changes),
            done=sum(each["done"] for each in changes),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None  # somebody else's file, or one of another version


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
            "source": source.ref.id if source else None,
            "target": start.the_target.ref.id,
            "tenantId": start.tenant_id,
            "undoes": undoes,
            "ended": False,
            "before": image(start),
            "after": image(start),
            "planned": [difference.path for difference in plan.differences],
            "changes": [
                {"action": change.action, "summary": change.summary, "done": False}
                for change in plan.changes
            ],
        },
    )
    record._write()  # noqa: SLF001  its own module
    return record
