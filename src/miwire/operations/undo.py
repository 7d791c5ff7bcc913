"""Back to what was before a recorded run, in so far as it can go back."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from miwire.checks import removal
from miwire.checks.registry import refuse
from miwire.checks.registry import run as run_checks
from miwire.checks.removal import GoingBack
from miwire.errors import NotFound, NotYetVisible, StateChanged
from miwire.model.directory import DirectoryView, registration_name, unique_name
from miwire.model.run_diff import RunDiff
from miwire.model.site import AppName
from miwire.model.wiring import Source, Target, Wiring
from miwire.observe.apps import find, find_locked
from miwire.observe.target import observed, refuse_what_is_not_enforced
from miwire.plan.changes.app_role import ReassignAppRole, unassignment
from miwire.plan.changes.app_settings import RestoreAppSetting, StayWithSlot
from miwire.plan.changes.auth_settings import RestoreSettings
from miwire.plan.changes.identity import RemoveIdentity
from miwire.plan.changes.registration import DeleteRegistration, RestoreDeleted, RetractApi
from miwire.plan.changes.service_principal import DeleteServicePrincipal, RequireAssignment
from miwire.plan.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from miwire.azure.session import Azure
    from miwire.model.auth_settings import AuthSettings
    from miwire.model.run_record import Run
    from miwire.model.site import Site, SiteRef
    from miwire.observe.apps import Found
    from miwire.plan.plan import Change

_TOO_NEW = 60.0
"""Seconds for which the directory may not know what it was told."""


def observe(azure: Azure, run: Run) -> Wiring:
    """
    Read what a run may have changed, as it is now.

    Raises NotFound where the target is gone; a source that is gone has nothing to go back to.
    Raises BadRequest where the gate goes by other settings by now than those that can be written.
    """
    found = find_locked(partial(_apps, azure, run), _to_lock)
    azure, (site, *sources) = found.azure, found.sites
    source = sources[0] if sources else None
    settings = azure.sites.auth_settings(site.ref)
    refuse_what_is_not_enforced(site, settings)
    view = _directory(azure, site, settings, run)
    written = run.before["appSetting"] or run.after["appSetting"]
    setting = observed(azure, source.ref, written["name"]) if source and written else None
    return Wiring(
        tenant_id=azure.tenant_id or "",
        account=found.account,
        target=Target(
            site,
            settings=settings,
            registration=view.registration,
            service_principal=view.service_principal,
            assignments=view.assignments,
            owners=view.owners,
        ),
        source=Source(source, scope_setting=setting) if source else None,
    )


def _directory(azure: Azure, site: Site, settings: AuthSettings, run: Run) -> DirectoryView:
    """
    Return the registration that the run left.

    Where the directory does not know it, it was deleted, or is too new: that is waited out.
    """
    registered = run.after["registration"] or run.before["registration"] or {}
    app_id = registered.get("appId") or settings.client_id

    def look() -> DirectoryView | None:
        view = azure.directory.look(app_id=app_id, unique_name=unique_name(site.ref))
        if view.registration is not None or run.after["registration"] is None:
            return view
        gone = azure.directory.look(
            unique_name=unique_name(site.ref), display_name=registration_name(site)
        )
        return DirectoryView() if gone.registration is not None else None

    try:
        return azure.waiter.until(
            look, for_what="the directory to know the registration", at_most=_TOO_NEW
        )
    except NotYetVisible:
        return DirectoryView()


def _apps(azure: Azure, run: Run) -> Found:
    """Return the target of a run, and its source where that is still there."""
    found = find(azure, [AppName.parse(run.target_id)])
    if run.source_id is None:
        return found
    try:
        source = find(found.azure, [AppName.parse(run.source_id)])
    except NotFound:
        return found
    return replace(found, sites=(*found.sites, *source.sites))


def _to_lock(sites: Sequence[Site]) -> Iterator[SiteRef]:
    """Yield the target, the source, and the production app that holds a slot source's names."""
    target, *sources = sites
    yield target.ref
    for each in sources:
        yield from (each.ref, each.ref.production)


def plan(wiring: Wiring, run: Run, *, force: bool = False, remove_identity: bool = False) -> Plan:
    """
    Plan back to what was before *run*: additions first, then the gate, then what goes.

    What is back already needs nothing, whatever others did since. Raises StateChanged where the
    live state isn't as the run left it, unless *force* overrules: then what others have changed
    since stays, and only what the run changed goes back.
    """
    diff = RunDiff(wiring, run)
    back = (*_additions(diff), *_gate(diff), *_app_setting(diff), *_removals(diff))
    if (back or diff.app_setting_moved) and not force:
        refuse((removal.NOT_MOVED,), GoingBack(diff), StateChanged)
    identity = _identity(diff) if remove_identity else None
    changes = (*back, *([identity] if identity else []))
    step = GoingBack(diff, identity.system, identity.user_assigned) if identity else GoingBack(diff)
    asked = removal.UNDO_QUESTIONS if changes else ()
    return Plan(
        wiring,
        changes,
        tuple(run_checks((*removal.UNDO_NOTES, *asked), step)),
        purpose=f"undo {run.name}",
    )


def _additions(diff: RunDiff) -> Iterator[Change]:
    """Yield what a run took away: it is there again before the gate asks for it."""
    target, before = diff.wiring.the_target, diff.run.before
    made, principal = before["registration"], before["servicePrincipal"]
    if target.registration is None and made is not None:
        yield RestoreDeleted(made["objectId"], principal["objectId"] if principal else None)
    elif target.service_principal is None or principal is None:
        return
    for pair in diff.lost_assignments:
        yield ReassignAppRole(*pair)
    live, required = target.service_principal, diff.required_assignment
    if live is not None and required is not None and live.assignment_required != required:
        yield RequireAssignment(required)


def _gate(diff: RunDiff) -> Iterator[Change]:
    if not diff.settings_are_back:
        yield RestoreSettings(diff.wiring.the_target.name, diff.settings_changed)


def _app_setting(diff: RunDiff) -> Iterator[Change]:
    """Yield what takes the source's app setting back; what somebody else wrote since stays."""
    live = diff.wiring.scope_setting
    before, after = diff.run.before["appSetting"], diff.run.after["appSetting"]
    if live is None or before is None or after is None:
        return
    source = diff.wiring.the_source.site
    written = after["value"] != before["value"] and live.value == after["value"]
    if written and not live.holds_other:
        yield RestoreAppSetting(source.display_name, live.name, before["value"])
    stays = before["slotSetting"]
    if stays != after["slotSetting"] == live.is_slot_setting and stays is not None:
        yield StayWithSlot(source, live.name, stays=stays)


def _removals(diff: RunDiff) -> Iterator[Change]:
    """Yield what a run made and nobody needs any more once the gate is as before."""
    wiring, run = diff.wiring, diff.run
    registration = wiring.the_target.registration
    if registration is None:
        return
    if run.before["registration"] is None:
        ours = registration.unique_name == unique_name(wiring.the_target.ref)
        if ours and run.made("registration", registration.object_id):
            yield DeleteRegistration(registration.display_name)
        return
    principal = wiring.the_target.service_principal
    if principal is not None and run.made("servicePrincipal", principal.object_id):
        yield DeleteServicePrincipal(registration.display_name)
    else:
        for principal_id, role_id in diff.added_assignments:
            yield unassignment(wiring, principal_id, principal_id, role_id)
    added = RetractApi(diff.added_role_ids, diff.added_uris, diff.token_version_back)
    if added.role_ids or added.uris or added.token_version != registration.token_version:
        yield added


def _identity(diff: RunDiff) -> RemoveIdentity | None:
    """Return the change that takes away what the run gave, where that is still there."""
    system, attached = diff.enabled_identity, diff.attached_identities
    if diff.wiring.source is None or not (system or attached):
        return None
    return RemoveIdentity(diff.wiring.source.name, system, attached)
