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
import struct
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from miwire.lab.process import ownership
from miwire.lab.process.ownership import NotOwn

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
SOCKETS = "sockets"
"""Where those programs listen."""
RUNS = "runs"
TURNS = "turns"
"""What clients of the lab, such as miwire, keep about it: it goes with the lab."""
_FILES = (CA, CA_BUNDLE, CLOUD, LOG, LAB)
_FOLDERS = (AZURE_CONFIG, PROGRAMS, SOCKETS, RUNS, TURNS)
_LARGEST = 1 << 20
"""Bytes of lab.json."""
_FLOCK = (
    ("qqihh", ("start", "length", "pid", "type", "whence"))
    if sys.platform == "darwin"
    else ("hhqqi4x", ("type", "whence", "start", "length", "pid"))
)
"""How `struct flock` lies in memory, on macOS and on Linux."""
_LOCK_SECONDS = 1.0
"""Seconds: longer than `is_locked` of another process can hold the lock while it looks."""


class LabError(Exception):
    """Something that a lab cannot do; the message is one sentence."""


class FolderRefused(LabError):
    """A folder cannot be a lab's; the message says why."""


@dataclass(frozen=True, slots=True)
class StateFolder:
    """The folder at *path*, which need not exist."""

    path: Path

    def file(self, name: str) -> Path:
        """Return the path of a file in it."""
        return self.path / name

    def prepare(self) -> None:
        """
        Make the folder and those above it with mode 0700, or make sure that it is fit.

        Raises FolderRefused as `check` does, or because it holds files under a lab's names that no
        lab made.
        """
        self.check()
        try:
            for each in reversed((self.path, *self.path.parents)):
                each.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise FolderRefused(f"{self.path} cannot be used: {error.strerror}.") from error
        self.check()
        if self.described() is None:
            taken = [name for name in (*_FILES, *_FOLDERS) if os.path.lexists(self.file(name))]
            if taken:
                raise FolderRefused(f"{self.path} holds {taken[0]}, which no lab made.")

    def check(self) -> None:
        """
        Raise FolderRefused unless the folder is this user's own, or is not there yet.

        What another user could have written is not read: it would say which process is to end,
        which address gets the secrets and what a shell runs.
        """
        try:
            ownership.check_folder(self.path)
        except NotOwn as error:
            raise FolderRefused(str(error)) from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock, as a lab does as long as it lives; raises FolderRefused if it is held."""
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            deadline = time.monotonic() + _LOCK_SECONDS
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
        """
        Return what the lab wrote about itself; None where no lab did.

        Raises FolderRefused for what `check` refuses, and for a file that is not the user's own.
        """
        self.check()
        try:
            found = json.loads(ownership.read(self.file(LAB), _LARGEST))
        except NotOwn as error:
            raise FolderRefused(str(error)) from error
        except (OSError, ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) and isinstance(found.get("pid"), int) else None

    def holder(self) -> int | None:
        """Return the process that holds lab.json (see `write_held`), as the kernel tells it."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            handle = os.open(self.file(LAB), flags)
        except OSError:
            return None
        try:
            return _lock_holder(handle)
        finally:
            os.close(handle)

    def write(self, name: str, content: bytes) -> None:
        """Write a file with mode 0600; a reader sees all of it or nothing of it."""
        os.close(self._written(name, content, held=False))

    def write_held(self, content: bytes) -> None:
        """
        Write lab.json as `write` does, and hold it for as long as this process lives.

        It is a lock of POSIX's, for which the kernel tells who holds it: only that process is ever
        sent a signal, whatever number is in the file. Nothing else in the process may open the
        file, since that would give the lock back.
        """
        self._written(LAB, content, held=True)

    def _written(self, name: str, content: bytes, *, held: bool) -> int:
        """Write a file, which is locked before anybody can see it if *held*; return its handle."""
        draft = self.file(f".{name}.{os.getpid()}")
        handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        if held:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        left = memoryview(content)
        while left:
            left = left[os.write(handle, left) :]
        draft.replace(self.file(name))
        return handle

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


def _lock_holder(handle: int) -> int | None:
    """Return which other process holds a lock of POSIX's on a file, None where none does."""
    layout, fields = _FLOCK
    asked = dict.fromkeys(fields, 0) | {"type": fcntl.F_RDLCK, "whence": os.SEEK_SET}
    packed = struct.pack(layout, *(asked[each] for each in fields))
    told = dict(
        zip(fields, struct.unpack(layout, fcntl.fcntl(handle, fcntl.F_GETLK, packed)), strict=True)
    )
    return told["pid"] if told["type"] != fcntl.F_UNLCK and told["pid"] > 1 else None


def _try_lock(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
