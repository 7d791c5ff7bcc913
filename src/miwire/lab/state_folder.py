"""
The folder in which a lab keeps its files: who may use it, what is in it, and how it is emptied.

A running lab holds a lock on the folder. The kernel gives the lock back however the lab ends, so
that neither a stale file nor a reused process id is ever taken for a lab.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAB = "lab.json"
CA = "ca.pem"
CA_BUNDLE = "ca-bundle.pem"
CLOUD = "cloud.json"
LOG = "lab.log"
AZURE_CONFIG = "empty-azure-config"
PROGRAMS = "programs"
RUNS = "runs"
TURNS = "turns"
"""What clients of the lab, such as miwire, keep about it: it goes with the lab."""
_FILES = (CA, CA_BUNDLE, CLOUD, LOG, LAB)
_FOLDERS = (AZURE_CONFIG, PROGRAMS, RUNS, TURNS)
_LOCK_PATIENCE = 1.0
"""Seconds: longer than `is_locked` of another process can hold the lock while it looks."""


class FolderRefused(Exception):
    """A folder cannot be a lab's; the message is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class StateFolder:
    """The folder at *path*, which need not exist."""

    path: Path

    def file(self, name: str) -> Path:
        """Return the path of a file in it."""
        return self.path / name

    def prepare(self) -> None:
        """
        Make the folder with mode 0700, or make sure that it is fit.

        Raises FolderRefused: it is a link, somebody else's, writable by others, or holds files
        under a lab's names that no lab made.
        """
        with _refusing(self.path):
            if not self.path.is_symlink():
                self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = self.path.lstat()
        if not stat.S_ISDIR(found.st_mode):
            raise FolderRefused(f"{self.path} is not a folder but a link or a file.")
        if found.st_uid != os.geteuid():
            raise FolderRefused(f"{self.path} belongs to somebody else.")
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise FolderRefused(f"{self.path} can be written to by others.")
        if self.described() is None:
            taken = [name for name in (*_FILES, *_FOLDERS) if os.path.lexists(self.file(name))]
            if taken:
                raise FolderRefused(f"{self.path} holds {taken[0]}, which no lab made.")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock, as a lab does as long as it lives; raises FolderRefused if it is held."""
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            deadline = time.monotonic() + _LOCK_PATIENCE
            while not _try_lock(folder, fcntl.LOCK_EX):
                if time.monotonic() > deadline:
                    raise FolderRefused(f"Another lab runs in {self.path}.")
                time.sleep(0.02)
            yield
        finally:
            os.close(folder)

    def is_locked(self) -> bool:
        """Say whether a lab lives in the folder."""
        try:
            folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            return False
        try:
            return not _try_lock(folder, fcntl.LOCK_SH)
        finally:
            os.close(folder)

    def described(self) -> dict[str, Any] | None:
        """Return what the lab wrote about itself; None where no lab did."""
        try:
            found = json.loads(self.file(LAB).read_bytes())
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) and isinstance(found.get("pid"), int) else None

    def write(self, name: str, content: bytes) -> None:
        """Write a file with mode 0600; a reader sees all of it or nothing of it."""
        draft = self.file(f".{name}.{os.getpid()}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        draft.replace(self.file(name))

    def empty(self) -> None:
        """Remove what labs make; what says that it is a lab's goes last."""
        for name in _FOLDERS:
            shutil.rmtree(self.file(name), ignore_errors=True)
        for name in _FILES:
            self.file(name).unlink(missing_ok=True)

    def forget_runs(self) -> None:
        """Remove what clients wrote down of an Azure that is no more."""
        shutil.rmtree(self.file(RUNS), ignore_errors=True)

    def remove_if_unused(self) -> None:
        """Remove what a lab that is gone left behind, unless another lives here already."""
        with suppress(FileNotFoundError, FolderRefused), self.locked():
            self.remove()

    def remove(self) -> None:
        """Remove what labs make and then the folder, unless somebody else's files are in it."""
        self.empty()
        with suppress(OSError):
            self.path.rmdir()


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FolderRefused(f"{path} cannot be used: {error.strerror}.") from error


def _try_lock(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
