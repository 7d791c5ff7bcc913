"""What people are told on stderr while a command works, and when it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.cli.render.page import Page, bad, doubt, mark, quiet
from miwire.shell_words import sh

if TYPE_CHECKING:
    from miwire.cli.render.page import Screen
    from miwire.errors import MiwireError
    from miwire.plan.plan import Change


def changed(change: Change, screen: Screen) -> str:
    """Return that a change was made."""
    page = Page(screen)
    page.line(mark("pass"), f" {change.summary}", hanging=2)
    return str(page)


def waiting(reason: str, seconds: float, at_most: float, screen: Screen) -> str:
    """Return what is waited for, since when and how long at most."""
    page = Page(screen)
    page.line(quiet(f"waiting for {reason} ({seconds:.0f} of at most {at_most:.0f} s)"))
    return str(page)


def told(text: str, screen: Screen) -> str:
    """Return what should make somebody look again."""
    page = Page(screen)
    page.line(doubt(text))
    return str(page)


def error(failure: MiwireError, screen: Screen) -> str:
    """Return the sentence and the hint of an error, and how to undo what was done before it."""
    page = Page(screen)
    page.line(bad(f"error[{failure.code}]"), f": {failure.message}")
    if failure.hint:
        page.line(f"hint: {failure.hint}")
    if failure.run:
        page.line(f"To undo: miwire undo {sh(failure.run)}")
    return str(page)
