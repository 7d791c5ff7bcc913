"""A command that takes no empty word: it is what a shell makes of a variable that is not set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.core import TyperCommand, TyperGroup

from miwire.cli import help_page
from miwire.cli.coercion import use_plain_values
from miwire.errors import BadRequest

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter, Parameter


class StrictGroup(TyperGroup):
    """A group of commands, with the help of `help_page`."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Parse as Typer does, without pydantic for what is text already."""
        use_plain_values(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the help."""
        help_page.write(self, ctx, formatter)


class StrictCommand(TyperCommand):
    """
    A command whose options and arguments are not empty where they are given.

    An empty one would pass for one that is not given: `--slot "$SLOT"` would mean production. An
    empty environment variable stays unset, as everywhere.
    """

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the help, which ends with examples."""
        help_page.write(self, ctx, formatter)

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Parse as Typer does; raise BadRequest for an empty word of the command's own."""
        use_plain_values(self.get_params(ctx))
        typed, *_ = self.make_parser(ctx).parse_args(list(args))
        for parameter in self.get_params(ctx):
            # The words of a program that is to be run are that program's.
            foreign = parameter.nargs == -1 and not ctx.allow_interspersed_args
            if parameter.name in typed and not foreign and _is_empty(typed[parameter.name]):
                raise BadRequest(
                    f"{_name(parameter)} is empty.",
                    hint="Give it a value, or omit it. Is a shell variable unset?",
                )
        return super().parse_args(ctx, args)


def _is_empty(typed: object) -> bool:
    """Say whether a word is empty, or one of several."""
    return typed == "" or (isinstance(typed, list | tuple) and "" in typed)


def _name(parameter: Parameter) -> str:
    """Return an option as it is typed, or an argument as the help names it."""
    if parameter.param_type_name == "option":
        return max(parameter.opts, key=len)
    return (parameter.metavar or str(parameter.name)).strip("[]")
