"""
Groups of options as one parameter of a command.

Typer knows no groups: it is shown a command that has their options one by one. A group that is a
context manager lasts as long as the command.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from dataclasses import fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from dataclasses import Field


def spelt_out(command: Callable[..., int]) -> Callable[..., int]:
    """
    Return a command for Typer: each parameter that is a dataclass is replaced by its fields.

    When it is called, *command* gets the dataclass, made of what was given for its fields.
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}

    def parameters() -> Iterator[Parameter]:
        for name, parameter in signature(command).parameters.items():
            if name in groups:
                yield from _fields_of(groups[name])
            else:
                yield parameter.replace(kind=Parameter.KEYWORD_ONLY, annotation=hints[name])

    @wraps(command)
    def called(**given: Any) -> int:  # noqa: ANN401  what a command line may hold
        made = {
            name: group(**{field.name: given.pop(field.name) for field in _options(group)})
            for name, group in groups.items()
        }
        with ExitStack() as lasting:
            for each in made.values():
                if isinstance(each, AbstractContextManager):
                    lasting.enter_context(each)
            return command(**given, **made)

    spelt = Signature(list(parameters()))
    called.__signature__ = spelt  # type: ignore[attr-defined]
    called.__annotations__ = {name: each.annotation for name, each in spelt.parameters.items()}
    return called


def _fields_of(group: Any) -> Iterator[Parameter]:  # noqa: ANN401  a dataclass
    hints = get_type_hints(group, include_extras=True)
    for field in _options(group):
        yield Parameter(
            field.name,
            Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=hints[field.name],
        )


def _options(group: Any) -> Iterator[Field[Any]]:  # noqa: ANN401  a dataclass
    return (field for field in fields(group) if field.init)
