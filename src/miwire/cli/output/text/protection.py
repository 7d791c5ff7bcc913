"""protect for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from miwire.cli.output.terminal import show_rows, stderr, stdout
from miwire.cli.output.text.plan import plan as print_plan
from miwire.operations import gate_change

if TYPE_CHECKING:
    from miwire.errors import ExitCode
    from miwire.operations.change import Outcome


def protection(outcome: Outcome, exit_code: ExitCode, *, dry_run: bool) -> None:
    """Print what protect did, or would do."""
    del exit_code
    console = stdout()
    if dry_run:
        print_plan(outcome)
        _print_differences(outcome)
        return
    wiring = outcome.wiring
    target = wiring.the_target
    if wiring.settings.is_open:
        state = "[bad]wired, and open to anybody[/bad]"
    else:
        state = "protected" if outcome.plan else "protected already; nothing to do"
    console.print(f"[name]{escape(str(target.ref))}[/name]: {state}")
    _print_differences(outcome)
    if wiring.registration is not None:
        console.print(f"scope   {wiring.registration.uri}/.default")
    for caller in wiring.callers:
        ids = f"[quiet]client id {caller.client_id}, oid {caller.principal_id}[/quiet]"
        console.print(f"let in  {escape(caller.name)}  {ids}")
    if outcome.plan:
        without = f"miwire probe {escape(str(target.ref))} --without-token"
        console.print(f"[quiet]next:[/quiet] {without}, and inside a caller --with-token")
    for note in gate_change.aftermath(outcome):
        stderr().print(f"[doubt]{escape(note)}[/doubt]")


def _print_differences(outcome: Outcome) -> None:
    show_rows(
        (
            f"  [quiet]{escape(_short(difference.path))}[/quiet]",
            escape(f"{_shown(difference.before)} → {_shown(difference.after)}"),
        )
        for difference in gate_change.written(outcome)
    )


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
