"""python -m miwire."""

from miwire.cli.main import run

run()
