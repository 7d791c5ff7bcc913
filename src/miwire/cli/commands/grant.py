"""miwire grant."""

from __future__ import annotations

from miwire.cli import parsing
from miwire.cli.confirm import carried_out
from miwire.cli.options import Changing, Where
from miwire.cli.parsing import AppRole, Identity, ScopeSetting, Source, Target
from miwire.cli.results import AccessResult
from miwire.observe import target as observe
from miwire.observe.callers import ObserveRequest
from miwire.operations import grant as operation


def grant(
    source: Source,
    target: Target,
    identity: Identity = None,
    app_role: AppRole = "Caller",
    scope_setting: ScopeSetting = None,
    *,
    where: Where,
    how: Changing,
) -> int:
    """
    Allow SOURCE to call an already protected TARGET, in addition to existing callers.

    Assigns the app role and adds SOURCE to each allow-list that is in use. Nothing else changes,
    except the app setting in --scope-setting. --subscription and -g apply to both apps, --slot to
    TARGET.
    """
    show = how.begin()
    named = ObserveRequest(
        sources=(where.app_beside(source),),
        identity=parsing.identity(identity),
        looks_inside=True,
        scope_setting=parsing.app_setting(scope_setting),
    )
    name, role = where.app(target), parsing.role(app_role)
    with how.changed_azure(show) as azure:
        with show.step(f"Reading {source} and {target}"):
            wiring = observe.target(azure, name, named)
        plan = operation.plan(wiring, role)
        outcome = carried_out(azure, plan, show, "grant", how)
    code = how.code_of(plan)
    show.result(AccessResult(command="grant", outcome=outcome, exit_code=code, dry_run=how.dry_run))
    return code
