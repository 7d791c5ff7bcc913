"""Plans and results of the commands that change something, for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from miwire.cli.remedies import spelled
from miwire.cli.render.page import Page, Styled, bad, doubt, mark, name, quiet
from miwire.cli.render.text.probe import write_cases
from miwire.finding import InPlan
from miwire.model.site import SiteRef
from miwire.probe.model import SOURCE
from miwire.shell_words import sh

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from miwire.cli.render.page import Line, Part, Screen
    from miwire.cli.results import (
        AccessResult,
        ChangeResult,
        ConnectResult,
        EnableIdentityResult,
        ProtectResult,
        RunsResult,
        UndoResult,
    )
    from miwire.model.auth_settings import Difference
    from miwire.model.cloud import Account
    from miwire.model.directory import ServicePrincipal
    from miwire.model.run_record import Run
    from miwire.model.site import Site
    from miwire.model.wiring import Wiring
    from miwire.operations.snippets import InsideLines
    from miwire.plan.plan import Plan

_WHOLE_PATHS = (
    "identityProviders.azureActiveDirectory.validation.defaultAuthorizationPolicy.",
    "identityProviders.azureActiveDirectory.validation.",
    "identityProviders.azureActiveDirectory.",
    "globalValidation.",
)
"""What every line of a difference would repeat, the longest first."""


def preview(plan: Plan, screen: Screen) -> str:
    """Return what is about to be changed, from what to what, and who notices."""
    page = Page(screen)
    if screen.width is not None and screen.heading:
        write_heading(page, plan.start.account)
    _write_notes(page, plan)
    if screen.width is not None:
        _write_changes(page, plan, plan.differences())
    _write_questions(page, plan, "confirmation required:")
    return str(page)


def enable_identity(result: EnableIdentityResult, screen: Screen) -> str:
    """Return the identities of the app."""
    if result.dry_run:
        return _plan(result, screen)
    page, source = _begun(result, screen), result.outcome.wiring.the_source
    state = "it has" if result.outcome.plan else "nothing to change: it has"
    page.line(name(str(source.ref)), f": {state} {source.site.identity.type}")
    page.rows(_identities(source.site, source.principal), indent=2)
    return str(page)


def protect(result: ProtectResult, screen: Screen) -> str:
    """Return how the target is protected, and who may call it."""
    if result.dry_run:
        return _plan(result, screen)
    page, wiring, changed = _begun(result, screen), result.outcome.wiring, bool(result.outcome.plan)
    target = wiring.the_target
    state: Part = "protected" if changed else "protected already; nothing to change"
    if target.settings.is_open:
        state = bad("configured, but accepts anonymous requests")
    page.line(name(str(target.ref)), ": ", state)
    if screen.heading:
        _write_differences(page, result.outcome.differences)
    page.rows(_scope_and_callers(wiring))
    if changed and not screen.quiet:
        page.line(quiet("next:"), f" miwire probe {sh(str(target.ref))} --without-token")
    return str(page)


def access(result: AccessResult, screen: Screen) -> str:
    """Return what became of one caller's access."""
    if result.dry_run:
        return _plan(result, screen)
    page = _begun(result, screen)
    now = {"grant": "now allowed", "revoke": "access revoked"}[result.command]
    state = now if result.outcome.plan else f"{now} already; nothing to change"
    page.line(*_pair(result.outcome.wiring), f": {state}")
    if screen.heading:
        _write_differences(page, result.outcome.differences)
    _write_way_back(page, result.outcome.run)
    return str(page)


def connect(result: ConnectResult, screen: Screen) -> str:
    """Return whether SOURCE can call TARGET, the proof, and what to do next."""
    if result.dry_run:
        return _plan(result, screen)
    page, outcome = _begun(result, screen), result.outcome
    done = "prepared" if result.prepared else "connected"
    state = done if outcome.plan else f"{done} already; nothing to change"
    verdict = mark("pass" if result.proof.holds else "fail")
    page.line(verdict, " ", *_pair(outcome.wiring), f": {state}")
    source = outcome.wiring.the_source.name
    write_cases(page, result.proof.cases, {SOURCE: source})
    if any(case.name == SOURCE and case.ok is None for case in result.proof.cases):
        page.line(f"To check what is predicted, run a line below inside {source}.")
    if result.lines is not None and not screen.quiet:
        _write_next(page, result, result.lines)
    return str(page)


def undo(result: UndoResult, screen: Screen) -> str:
    """Return what was undone."""
    if result.dry_run:
        return _plan(result, screen)
    page = _begun(result, screen)
    state = "undone" if result.outcome.plan else "nothing to undo"
    page.line(name(result.run.name), f" ({result.run.command}): {state}")
    if screen.heading:
        _write_differences(page, result.outcome.differences)
    _write_way_back(page, result.outcome.run)
    return str(page)


def runs(result: RunsResult, screen: Screen) -> str:
    """Return every recorded run, the newest first."""
    page, found = Page(screen), result.runs
    if not found.readable:
        page.line("No runs recorded.")
        return str(page)
    head = tuple(quiet(word) for word in ("run", "started", "changes", "what"))
    page.rows([head, *(_run(each, found.undone) for each in found.readable)])
    return str(page)


def _write_notes(page: Page, plan: Plan) -> None:
    """Write what people should know of a plan, and below each note what to do about it."""
    for each in plan.findings:
        if each.in_plan is InPlan.NOTE:
            page.line(each.seen)
            if each.fix:
                page.line(quiet("fix"), f"  {spelled(each.fix)}", indent=2)


def _write_questions(page: Page, plan: Plan, label: str) -> None:
    """Write what has to be agreed to, and below each question the way without the loss."""
    for question in plan.questions:
        page.line(doubt(label), " ", question)
        if question.fix is not None:
            page.line(quiet("fix"), f"  {spelled(question.fix)}", indent=2)


def _plan(result: ChangeResult, screen: Screen) -> str:
    """Return a plan that was not applied, and setting by setting what it would change."""
    page, plan = _begun(result, screen), result.outcome.plan
    if not screen.quiet:
        _write_notes(page, plan)
    if not plan:
        page.line("Nothing to change.")
        return str(page)
    _write_questions(page, plan, "asks for confirmation:")
    _write_changes(page, plan, result.outcome.differences)
    page.line(quiet("Nothing was changed (--dry-run)."))
    return str(page)


def _begun(result: ChangeResult, screen: Screen) -> Page:
    """Return a page that begins with where and as whom."""
    page = Page(screen)
    if screen.heading and not screen.quiet:
        write_heading(page, result.outcome.plan.start.account)
    return page


def write_heading(page: Page, account: Account | None) -> None:
    """Write where and as whom something was read."""
    if account is None:
        return
    subscription = account.subscription_id
    if account.subscription_name:
        subscription = f"{account.subscription_name} ({subscription})"
    page.line(quiet(f"{account.cloud} · tenant {account.tenant_id}"))
    who = f"signed in as {account.signed_in_as}"
    whole = f"{subscription} · {who}" if account.signed_in_as else subscription
    if page.fits(whole):
        page.line(quiet(whole))
    else:
        page.line(quiet(subscription))
        page.line(quiet(who))
    page.blank()


def _write_changes(page: Page, plan: Plan, differences: Iterable[Difference]) -> None:
    numbered = enumerate(plan.changes, start=1)
    page.rows([(f"{n:3}", each.summary) for n, each in numbered])
    _write_differences(page, differences)


def _write_differences(page: Page, differences: Iterable[Difference]) -> None:
    page.rows(
        [
            (quiet(_short(each.path)), f"{_value(each.before)} → {_value(each.after)}")
            for each in differences
        ],
        indent=5,
    )


def _short(path: str) -> str:
    for whole in _WHOLE_PATHS:
        if path.startswith(whole):
            return path.removeprefix(whole).replace("enabled", "azureActiveDirectory.enabled")
    return path


def _value(value: object) -> str:
    return "absent" if value is None else json.dumps(value, ensure_ascii=False)


def _write_next(page: Page, result: ConnectResult, lines: InsideLines) -> None:
    wiring = result.outcome.wiring
    source = wiring.the_source.name
    if result.prepared:
        again = f"miwire connect {sh(str(wiring.the_source.ref))} {sh(str(wiring.the_target.ref))}"
        page.line(quiet("next:"), f" once {source} sends tokens: {again}")
    page.line(quiet(f"in the code of {source}:"))
    page.verbatim(lines.python)
    page.line(quiet(f"inside {source} without miwire, in bash:"))
    page.verbatim(lines.bash)
    page.line(quiet("or in PowerShell:"))
    page.verbatim(lines.powershell)
    _write_way_back(page, result.outcome.run)


def _write_way_back(page: Page, run: str | None) -> None:
    if run and not page.screen.quiet:
        page.line(quiet("To undo:"), f" miwire undo {sh(run)}")


def _pair(wiring: Wiring) -> tuple[Part, ...]:
    return name(str(wiring.the_source.ref)), " → ", name(str(wiring.the_target.ref))


def _scope_and_callers(wiring: Wiring) -> Iterator[tuple[Line, ...]]:
    target = wiring.the_target
    if target.registration is not None:
        yield "scope", target.registration.scope(target.settings.audiences)
    for caller in wiring.callers:
        ids = quiet(f"client id {caller.client_id}, oid {caller.principal_id}")
        yield "allowed", (caller.name, "  ", ids)


def _identities(site: Site, principal: ServicePrincipal | None) -> Iterator[tuple[Line, ...]]:
    system = site.identity.system
    if system is not None:
        client_id = principal.app_id if principal else "not known yet (not found in the directory)"
        yield quiet("object ID"), (system.principal_id, "  ", quiet("oid in tokens"))
        yield quiet("client ID"), (client_id, "  ", quiet("appid or azp in tokens"))
        yield quiet("tenant"), system.tenant_id
    for each in site.identity.user_assigned:
        ids = quiet(f"client id {each.client_id}")
        yield quiet("user-assigned"), (each.id.rpartition("/")[2], "  ", ids)


def _run(run: Run, undone: Collection[str]) -> tuple[Line, ...]:
    started = run.started_at.replace("T", " ").partition(".")[0]
    apps = " → ".join(str(SiteRef.parse(each)) for each in (run.source_id, run.target_id) if each)
    state: Styled | None = None if run.ended else doubt("incomplete ")
    if run.name in undone:
        state = quiet("undone ")
    what: list[Part] = [*((state,) if state else ()), f"{run.command} {apps}"]
    if run.undoes:
        what.append(quiet(f" (undoes {run.undoes})"))
    return run.name, started, f"{run.done} of {len(run.summaries)}", tuple(what)
