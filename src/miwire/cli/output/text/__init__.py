"""What people read: rich on a terminal, plain lines in a pipe."""

from miwire.cli.output.terminal import step, terminal_width
from miwire.cli.output.text.conversation import changed, error
from miwire.cli.output.text.demo import demo_begins, demo_ends, demo_step, demo_told
from miwire.cli.output.text.identity import identity
from miwire.cli.output.text.lab import (
    lab_down,
    lab_environment,
    lab_gate,
    lab_reset,
    lab_status,
    lab_up,
)
from miwire.cli.output.text.probing import probed
from miwire.cli.output.text.protection import notes, protection
from miwire.cli.output.text.token import token

__all__ = [
    "changed",
    "demo_begins",
    "demo_ends",
    "demo_step",
    "demo_told",
    "error",
    "identity",
    "lab_down",
    "lab_environment",
    "lab_gate",
    "lab_reset",
    "lab_status",
    "lab_up",
    "notes",
    "probed",
    "protection",
    "step",
    "terminal_width",
    "token",
]
