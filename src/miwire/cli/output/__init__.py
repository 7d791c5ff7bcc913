"""Renderers: two modules with the same functions, one for people and one for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


def of(output: str) -> ModuleType:
    """Return the renderer of a format; rich is imported only where text is wanted."""
    if output == "json":
        from miwire.cli.output import json as renderer  # noqa: PLC0415
    else:
        from miwire.cli.output import text as renderer  # type: ignore[no-redef]  # noqa: PLC0415
    return renderer
