"""Turns: one run at a time may change an app, among those of one user on one machine."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from miwire.errors import Unreachable

if TYPE_CHECKING:
    from pathlib import Path

    from miwire.azure.waiter import Waiter
    from miwire.model.site import SiteRef


def taken(folder: Path, ref: SiteRef, waiter: Waiter) -> tuple[FileLock, bool]:
    """
    Return the lock of an app once it is held, and whether another run had to end first.

    It ends with the process at the latest.

    Raises WaitTimeout where another run holds it for too long, Unreachable where the folder
    cannot be used.
    """
    name = hashlib.sha256(ref.key.encode()).hexdigest()[:32]
    tries = 0
    lock = FileLock(folder / f"{name}.lock", mode=0o600, thread_local=False)

    def held() -> FileLock | None:
        nonlocal tries
        tries += 1
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return None
        return lock

    try:
        for each in (folder.parent, folder):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        waiter.until(held, for_what=f"another miwire run to finish with {ref}")
    except OSError as error:
        raise Unreachable(
            f"The folder {folder} cannot be used: {error.strerror}.",
            hint=(
                "Nothing was changed. Make the folder writable, or set MIWIRE_LAB or "
                "XDG_STATE_HOME to another one."
            ),
        ) from error
    return lock, tries > 1
