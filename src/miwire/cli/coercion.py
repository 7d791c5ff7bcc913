"""
Values of the command line as Python values, without pydantic where nothing has to be converted.

Typer imports pydantic to make sure that a string is a string, which takes longer than everything
else that `decode-token` does. What is not plainly right is left to it, errors included.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from typer._coercion import RuntimeParam, build_runtime_param

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typer._click import Context, Parameter
    from typer._coercion import TypeDescriptor
    from typer.core import _TyperParameter


def use_plain_values(parameters: Iterable[Parameter]) -> None:
    """Let parameters take values as they are, where those have the right type already."""
    for each in parameters:
        descriptor = getattr(each, "type_descriptor", None)
        if descriptor is not None and getattr(each, "_runtime_param", descriptor) is None:
            each._runtime_param = PlainValue(  # type: ignore[attr-defined]  # noqa: SLF001
                descriptor.parameter_info, descriptor.annotation, descriptor
            )


@dataclass(frozen=True)
class PlainValue(RuntimeParam):
    """A value that needs no conversion, or else Typer's own conversion."""

    descriptor: TypeDescriptor

    def _coerce_value(self, value: Any, param: _TyperParameter, ctx: Context) -> Any:  # noqa: ANN401
        annotation = self.annotation
        if annotation is str and isinstance(value, str):
            return value
        if (
            annotation == list[str]
            and isinstance(value, list | tuple)
            and all(isinstance(each, str) for each in value)
        ):
            return list(value)
        if isinstance(annotation, type) and issubclass(annotation, Enum):
            known = {str(each.value): each for each in annotation}
            if isinstance(value, str) and value in known:
                return known[value]
        return build_runtime_param(self.descriptor).coerce(value, param, ctx)
