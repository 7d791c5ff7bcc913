"""A setting before and after, in one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from miwire.cli.output.terminal import show_rows
from miwire.operations import gate_change

if TYPE_CHECKING:
    from miwire.domain.auth_settings import Difference
    from miwire.operations.change import Outcome


def print_differences(outcome: Outcome) -> None:
    """Print on stdout, setting by setting, what a plan changes."""
    show_rows(
        (
            f"  [quiet]{escape(_short(difference.path))}[/quiet]",
            escape(f"{_shown(difference.before)} → {_shown(difference.after)}"),
        )
        for difference in gate_change.written(outcome)
    )


def told(difference: Difference) -> str:
    """Return one setting, before and after."""
    before, after = _shown(difference.before), _shown(difference.after)
    return f"{_short(difference.path)}: {before} → {after}"


def _short(path: str) -> str:
    """Leave out what every line would repeat."""
    for whole in (
        "identityProviders.azureActiveDirectory.validation.defaultAuthorizationPolicy.",
        "identityProviders.azureActiveDirectory.validation.",
        "identityProviders.azureActiveDirectory.",
        "globalValidation.",
    ):
        if path.startswith(whole):
            return path.removeprefix(whole).replace("enabled", "azureActiveDirectory.enabled")
    return path


def _shown(value: Any) -> str:  # noqa: ANN401  a JSON value is anything
    return "absent" if value is None else json.dumps(value, ensure_ascii=False)
