"""A setting before and after, in one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from miwire.cli.render.terminal import show_rows, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from miwire.model.auth_settings import Difference
    from miwire.plan.plan import Outcome


def print_differences(outcome: Outcome) -> None:
    """Print on stdout, setting by setting, what a plan changes."""
    show_rows(rows(outcome.differences))


def rows(differences: Iterable[Difference]) -> list[tuple[str, str]]:
    """Return settings before and after as cells of markup."""
    return [
        (
            f"     [quiet]{shown(_short(each.path))}[/quiet]",
            shown(f"{_shown(each.before)} → {_shown(each.after)}"),
        )
        for each in differences
    ]


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
