"""The versioned contract: one document on stdout, every key written out by hand."""

from miwire.cli.output.json.demo import demo_begins, demo_ends, demo_step, demo_told
from miwire.cli.output.json.envelope import changed, error, step, terminal_width
from miwire.cli.output.json.identity import identity
from miwire.cli.output.json.lab import (
    lab_down,
    lab_environment,
    lab_gate,
    lab_reset,
    lab_status,
    lab_up,
)
from miwire.cli.output.json.probing import probed
from miwire.cli.output.json.protection import notes, protection
from miwire.cli.output.json.token import token

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
