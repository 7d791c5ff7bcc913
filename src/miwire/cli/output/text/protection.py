"""protect for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.cli.render.terminal import show_doubts, shown, stdout
from miwire.cli.render.text.differences import print_differences
from miwire.cli.render.text.plan import plan as print_plan
from miwire.domain.shell_words import sh
from miwire.plan.changes import auth_settings as gate_change

if TYPE_CHECKING:
    from miwire.errors import ExitCode
    from miwire.plan.plan import Outcome


def protection(outcome: Outcome, exit_code: ExitCode, *, dry_run: bool) -> None:
    """Print what protect did, or would do."""
    del exit_code
    console = stdout()
    if dry_run:
        print_plan(outcome)
        return
    wiring = outcome.wiring
    target = wiring.the_target
    if wiring.settings.is_open:
        state = "[bad]wired, and open to anybody[/bad]"
    else:
        state = "protected" if outcome.plan else "protected already; nothing to do"
    console.print(f"[name]{shown(str(target.ref))}[/name]: {state}")
    print_differences(outcome)
    if wiring.registration is not None:
        scope = wiring.registration.scope(wiring.settings.audiences)
        console.print(f"scope   {shown(scope)}")
    for caller in wiring.callers:
        told = f"client id {caller.client_id}, oid {caller.principal_id}"
        ids = f"[quiet]{shown(told)}[/quiet]"
        console.print(f"let in  {shown(caller.name)}  {ids}")
    if outcome.plan:
        without = f"miwire probe {shown(sh(str(target.ref)))} --without-token"
        console.print(f"[quiet]next:[/quiet] {without}")
    show_doubts(gate_change.aftermath(outcome))
