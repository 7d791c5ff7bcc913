"""
The help of a command as plain text, in the order in which people read: usage, options, examples.

Without rich, which would take longer to import than everything else that `--help` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.core import TyperArgument, TyperGroup

from miwire.cli.examples import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer._click import Command, Context, HelpFormatter, Parameter

_ARGUMENTS = "Arguments"
_OPTIONS = "Options"
_WIDEST_NAME = 28
_NOW_CALLED = {"gate": "attach"}
"""Older names of commands, whose examples are those of the new one."""


def write(command: Command, context: Context, page: HelpFormatter) -> None:
    """Write the help of a command."""
    page.write_usage(context.command_path, " ".join(_usage(command, context)))
    command.format_help_text(context, page)
    commands = _commands(command, context) if isinstance(command, TyperGroup) else []
    sections = {"Commands": commands, _ARGUMENTS: [], _OPTIONS: []}
    for parameter in command.get_params(context):
        if isinstance(parameter, TyperArgument):
            sections[_ARGUMENTS].append((_word(parameter), parameter.help or ""))
        elif record := parameter.get_help_record(context):
            section = getattr(parameter, "rich_help_panel", None) or _OPTIONS
            sections.setdefault(section, []).append((_spelling(parameter), record[1]))
    for title, rows in sections.items():
        if rows:
            with page.section(title):
                page.write_dl(rows, col_max=_WIDEST_NAME)
    _write_examples(page, name_of(context))


def name_of(context: Context) -> str:
    """Return a command's name below miwire, such as `lab up`."""
    return context.command_path.partition(" ")[2]


def _usage(command: Command, context: Context) -> Iterator[str]:
    yield "[OPTIONS]"
    for parameter in command.get_params(context):
        if isinstance(parameter, TyperArgument):
            word = _word(parameter)
            yield word if parameter.required or word.startswith("[") else f"[{word}]"
    if isinstance(command, TyperGroup):
        yield "COMMAND …"


def _word(argument: TyperArgument) -> str:
    return argument.metavar or str(argument.name).upper()


def _spelling(option: Parameter) -> str:
    """Return how an option is typed: the short form first, then the value that it takes."""
    spelled = ", ".join(sorted(option.opts, key=len))
    if option.secondary_opts:
        spelled += f"/{option.secondary_opts[0]}"
    if getattr(option, "is_flag", False):
        return spelled
    described = getattr(option, "type_descriptor", None)
    choices = "|".join(str(each.value) for each in getattr(described, "choices", None) or ())
    return f"{spelled} {option.metavar or choices or str(option.name).upper()}"


def _commands(group: TyperGroup, context: Context) -> list[tuple[str, str]]:
    named = ((name, group.get_command(context, name)) for name in group.list_commands(context))
    return [
        (name, (command.help or "").partition("\n")[0])
        for name, command in named
        if command is not None and not command.hidden
    ]


def _write_examples(page: HelpFormatter, name: str) -> None:
    examples = EXAMPLES.get(" ".join(_NOW_CALLED.get(word, word) for word in name.split()), ())
    if not examples:
        return
    with page.section("Examples"):
        for purpose, line in examples:
            page.write(f"  # {purpose}\n  {line}\n")
