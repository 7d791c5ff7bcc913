"""
Renderers: two folders with the same functions, one for people and one for programs.

A function's module is imported when it is called: a command pays for what it prints.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

MODULES = {
    "lab": (
        "demo_begins",
        "demo_ends",
        "demo_step",
        "demo_told",
        "lab_attached",
        "lab_clock",
        "lab_down",
        "lab_environment",
        "lab_faults",
        "lab_requests",
        "lab_reset",
        "lab_scenes",
        "lab_status",
        "lab_token",
        "lab_up",
        "lab_url",
    ),
    "messages": (
        "changed",
        "error",
        "preview",
        "step",
        "terminal_width",
        "version",
        "waiting",
        "warning",
    ),
    "plan": ("access", "connection", "identity", "protection", "runs", "undoing"),
    "probe": ("probed",),
    "token": ("token",),
}
"""Which functions stand in which module, in either folder."""
_MODULE_OF = {function: module for module, functions in MODULES.items() for function in functions}


_PROGRESS = frozenset({"changed", "preview", "step", "waiting"})


class Renderer:
    """The functions of one format, each found by its name."""

    def __init__(self, output: str, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._folder = f"miwire.cli.render.{'json' if output == 'json' else 'text'}"

    def __getattr__(self, function: str) -> Any:  # noqa: ANN401  each has its own signature
        if self._quiet and function in _PROGRESS:
            return _silence
        return getattr(import_module(f"{self._folder}.{_MODULE_OF[function]}"), function)


@contextmanager
def _silence(*_: object) -> Iterator[None]:
    """Tell nothing of progress: the user wants the result alone."""
    yield


def of(output: str, *, quiet: bool = False) -> Renderer:
    """Return the renderer of a format; rich is imported only where text is wanted."""
    return Renderer(output, quiet=quiet)
