"""miwire revoke."""

from __future__ import annotations

from miwire.cli import parsing
from miwire.cli.confirm import carried_out
from miwire.cli.options import Changing, Where
from miwire.cli.parsing import Identity, Source, Target
from miwire.cli.results import AccessResult
from miwire.observe import target as observe
from miwire.observe.callers import ObserveRequest
from miwire.operations import revoke as operation


def revoke(
    source: Source,
    target: Target,
    identity: Identity = None,
    *,
    where: Where,
    how: Changing,
) -> int:
    """
    Revoke SOURCE's access to TARGET; other callers are unaffected.

    Removes all identities of SOURCE (or only the one in --identity) from the allowed callers, and
    their app role assignments. No list is left empty. --subscription and -g apply to both apps,
    --slot to TARGET.
    """
    show = how.begin()
    named = ObserveRequest(
        sources=(where.app_beside(source),),
        identity=parsing.identity(identity),
        leaving=True,
    )
    name = where.app(target)
    with how.changed_azure(show) as azure:
        with show.step(f"Reading {source} and {target}"):
            wiring = observe.target(azure, name, named)
        plan = operation.plan(wiring, identity_named=named.identity is not None)
        outcome = carried_out(azure, plan, show, "revoke", how)
        if not how.dry_run:
            operation.refuse_half(outcome)
    code = how.code_of(plan)
    show.result(
        AccessResult(command="revoke", outcome=outcome, exit_code=code, dry_run=how.dry_run)
    )
    return code
