"""miwire revoke."""

from __future__ import annotations

from miwire.cli import parsing
from miwire.cli.confirm import carried_out
from miwire.cli.options import Changing, Where
from miwire.cli.parsing import Identity, Source, Target
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
    Let SOURCE in to TARGET no more, at once, and leave everybody else as they are.

    Every identity of SOURCE is taken from the lists and loses its app role, or only the one that
    --identity names. No list is left empty. -s and -g are for both apps, --slot is TARGET's.
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
    show.access("revoke", outcome, code, dry_run=how.dry_run)
    return code
