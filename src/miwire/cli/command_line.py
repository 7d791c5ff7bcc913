"""The words of a command line before Typer reads them: which command, which format, what order."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from miwire.cli.completion import CURRENT
from miwire.cli.every_command import Format, options_with_a_value
from miwire.cli.root import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Sequence

_WITH_OWN_COMMANDS = "lab"
_COMPLETION = ("--install-completion", "--show-completion")
_VERSION = "--version"
_FORMAT_IN_ONE_WORD = re.compile(r"(?:-[a-np-z]*o|--output=)(\w+)")
_FORMAT_IN_TWO_WORDS = re.compile(r"-[a-np-z]*o|--output")


def arranged(arguments: Sequence[str]) -> list[str]:
    """
    Return the words with the options before a command moved behind its name.

    So they are read once, by the command that has them, and what stands after the command wins.
    """
    before, rest = _split(arguments)
    if not rest or _VERSION in before:
        return _with_shell(arguments)
    command, after = rest[:1], list(rest[1:])
    if command[0] == _WITH_OWN_COMMANDS:
        if not after or after[0].startswith("-"):
            return [*command, *after]
        command, after = rest[:2], list(rest[2:])
    if any(each == "--wait" or each.startswith("--wait=") for each in after):
        before = [each for each in before if each != "--no-wait"]
    return [*command, *before, *after]


def command_of(arguments: Sequence[str]) -> str:
    """Return the command that was typed, such as `lab up`; empty where there is none."""
    match [each for each in _split(arguments)[1] if not each.startswith("-")]:
        case ["lab", command, *_]:
            return f"lab {command}"
        case [command, *_] if command in COMMANDS:
            return command
    return ""


def format_of(arguments: Sequence[str]) -> Format:
    """Return the output format, even if the rest of the command line is invalid."""
    chosen = ""
    words = arranged(arguments)
    for option, value in zip(words, [*words[1:], ""], strict=True):
        if option == "--":
            break
        if _FORMAT_IN_TWO_WORDS.fullmatch(option):
            chosen = value
        elif found := _FORMAT_IN_ONE_WORD.fullmatch(option):
            chosen = found[1]
    return Format.JSON if chosen == "json" else Format.TEXT


def _split(arguments: Sequence[str]) -> tuple[list[str], Sequence[str]]:
    """Return the options before the command, and the command with all that follows it."""
    at = 0
    while at < len(arguments) and _is_option(arguments[at]):
        at += 2 if _takes_the_next_word(arguments[at]) else 1
    before = list(arguments[:at])
    if at < len(arguments) and arguments[at] == "--":
        at += 1
    return before, arguments[at:]


def _is_option(word: str) -> bool:
    return word.startswith("-") and word not in {"-", "--"}


@cache
def _valued() -> frozenset[str]:
    return options_with_a_value() | set(_COMPLETION)


def _takes_the_next_word(option: str) -> bool:
    if option.startswith("--"):
        return option in _valued()
    # In a cluster such as -vo, an option with a value takes the rest of the word, if there is one.
    valued = (n for n in range(1, len(option)) if f"-{option[n]}" in _valued())
    return next(valued, 0) == len(option) - 1


def _with_shell(arguments: Sequence[str]) -> list[str]:
    """Return the words of a line without a command; completion without a shell is this one's."""
    if arguments and arguments[-1] in _COMPLETION:
        return [*arguments, CURRENT]
    return list(arguments)
