"""miwire version."""

from __future__ import annotations

import platform

import miwire
from miwire.cli.every_command import Format, NoColor, Output, Quiet
from miwire.cli.parsing import configure_logging
from miwire.cli.render import formats as renderers
from miwire.errors import ExitCode


def version(output: Output = Format.TEXT, quiet: Quiet = False, no_color: NoColor = False) -> int:
    """Show the version."""
    configure_logging(verbose=False, debug=False, no_color=no_color)
    show = renderers.of(output, quiet=quiet)
    show.version(miwire.__version__, platform.python_version())
    return ExitCode.OK
