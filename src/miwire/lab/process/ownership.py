"""
Whose a folder or a file is: what another user of this machine could have put there is not used.

A path is trusted if nobody but this user and root can change what is at its end. That is so if
every folder and every symbolic link on the way belongs to one of the two, and no other user may
write there; a folder such as /tmp, whose sticky bit keeps others' entries apart, will do.

Only the standard library is imported, and nothing is done where there are no user ids (Windows).
"""

from __future__ import annotations

import errno
import os
import stat
from collections import deque
from pathlib import Path
from typing import BinaryIO

_MOST_LINKS = 40
"""As many as Linux follows in one path."""
_ROOT = 0


class NotOwn(Exception):
    """A path cannot be trusted, or not be used; the message is one sentence that says why."""


def check_folder(path: Path) -> None:
    """
    Raise NotOwn unless *path* is a folder of this user's own, to be trusted, or is not there yet.

    It is no symbolic link itself, and neither its group nor anybody else may write to it.
    """
    if os.name != "posix":
        return
    _check_way(path.absolute().parent, end=True)
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise _unusable(path, error) from error
    if not stat.S_ISDIR(found.st_mode):
        raise NotOwn(f"{path} is not a folder but a link or a file.")
    _check_own(path, found)


def check_place(folder: Path) -> None:
    """
    Raise NotOwn unless a file that this user writes to *folder* stays what was written.

    That holds for a folder of this user's own or root's, and for one with a sticky bit.
    """
    if os.name == "posix":
        _check_way(folder.absolute(), end=True)


def read(path: Path, most: int) -> bytes:
    """
    Return the content of this user's own file at *path*.

    Raises FileNotFoundError, or NotOwn: it is another user's, others may write to it or swap it,
    it is larger than *most* bytes, or it is no regular file but a link, a device or a pipe.
    """
    if os.name != "posix":
        return _limited(path, path.read_bytes(), most)
    _check_way(path.absolute().parent, end=True)
    with _opened(path, os.O_NOFOLLOW) as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise NotOwn(f"{path} is not a regular file.")
        _check_own(path, found)
        return _limited(path, file.read(most + 1), most)


def read_of_root_too(path: Path, most: int) -> bytes:
    """
    Return the content of a file that only this user and root can change.

    *path* may be a link, or a pipe that a shell made (`<(…)`): what counts is where it leads.
    Raises as `read` does.
    """
    if os.name != "posix":
        return _limited(path, path.read_bytes(), most)
    _check_way(path.absolute(), end=False)
    with _opened(path) as file:
        found = os.fstat(file.fileno())
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISFIFO(found.st_mode)):
            raise NotOwn(f"{path} is not a regular file.")
        _check_owner(path, found, (os.geteuid(), _ROOT))
        if _others_may_write(found):
            raise NotOwn(f"{path} can be written to by others (mode {_mode(found)}).")
        os.set_blocking(file.fileno(), True)
        return _limited(path, file.read(most + 1), most)


def _opened(path: Path, more_flags: int = 0) -> BinaryIO:
    """Open a file without waiting for the other end, should it be a pipe."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | more_flags)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise _unusable(path, error) from error
    if stat.S_ISDIR(os.fstat(handle).st_mode):
        os.close(handle)
        raise NotOwn(f"{path} is a folder, not a file.")
    return os.fdopen(handle, "rb")


def _limited(path: Path, content: bytes, most: int) -> bytes:
    if len(content) > most:
        raise NotOwn(f"{path} is larger than {most} bytes.")
    return content


def _check_way(path: Path, *, end: bool) -> None:
    """Raise NotOwn unless each folder and link on *path* is trusted, and with *end* its end."""
    here, left, links = Path(path.anchor), deque(path.parts[1:]), 0
    while left:
        part = left.popleft()
        if part == "..":
            here = here.parent
            continue
        here /= part
        try:
            found = here.lstat()
            target = here.readlink() if stat.S_ISLNK(found.st_mode) else None
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            raise _unusable(path, error) from error
        if not left and target is None and not end:
            return
        _check_owner(here, found, (os.geteuid(), _ROOT))
        if target is not None:
            links += 1
            if links > _MOST_LINKS:
                raise NotOwn(f"{path} cannot be used: {os.strerror(errno.ELOOP)}.")
            left.extendleft(reversed(target.parts[1:] if target.is_absolute() else target.parts))
            here = Path(target.anchor) if target.is_absolute() else here.parent
        elif _others_may_write(found) and not found.st_mode & stat.S_ISVTX:
            raise NotOwn(f"{path} is below {here}, which can be written to by others.")


def _check_own(path: Path, found: os.stat_result) -> None:
    _check_owner(path, found, (os.geteuid(),))
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise NotOwn(f"{path} can be written to by others (mode {_mode(found)}).")


def _check_owner(path: Path, found: os.stat_result, owners: tuple[int, ...]) -> None:
    if found.st_uid not in owners:
        raise NotOwn(f"{path} belongs to another user (uid {found.st_uid}).")


def _others_may_write(found: os.stat_result) -> bool:
    """Return whether another user may write; this user's own group and root's do not count."""
    if found.st_mode & stat.S_IWOTH:
        return True
    if not found.st_mode & stat.S_IWGRP or found.st_gid == _ROOT:
        return False
    import grp  # noqa: PLC0415 - there are no groups on Windows
    import pwd  # noqa: PLC0415

    try:
        group, user = grp.getgrgid(found.st_gid), pwd.getpwuid(os.geteuid())
    except KeyError:
        return True
    return group.gr_name != user.pw_name or not set(group.gr_mem) <= {user.pw_name}


def _mode(found: os.stat_result) -> str:
    return f"{stat.S_IMODE(found.st_mode):04o}"


def _unusable(path: Path, error: OSError | ValueError) -> NotOwn:
    reason = error.strerror if isinstance(error, OSError) else "it holds a null character"
    return NotOwn(f"{path} cannot be used: {reason}.")
