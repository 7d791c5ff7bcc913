"""miwire version."""

from __future__ import annotations

import platform

import miwire
from miwire.cli.every_command import Format, NoColor, Output, Quiet
from miwire.cli.printer import Printer
from miwire.cli.results import VersionResult
from miwire.cli.streams import configure_logging
from miwire.errors import ExitCode


def version(output: Output = Format.TEXT, quiet: Quiet = False, no_color: NoColor = False) -> int:
    """Show the version."""
    configure_logging(verbose=False, debug=False, no_color=no_color)
    versions = VersionResult(miwire.__version__, platform.python_version())
    Printer(output, quiet=quiet).result(versions)
    return ExitCode.OK
