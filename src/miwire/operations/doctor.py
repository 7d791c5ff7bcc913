"""Diagnose a target, or a source and a target: read once, judge with every check, then call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from miwire.checks import (
    allow_lists,
    auth_settings,
    callers,
    directory,
    http,
    reachability,
    source,
    source_tokens,
    target,
)
from miwire.checks.registry import unknown
from miwire.errors import MiwireError, NotPermitted, NotSignedIn
from miwire.finding import Category, Verdict
from miwire.model import auth_settings as at
from miwire.model.wiring import Part
from miwire.observe.callers import ObserveRequest
from miwire.observe.diagnosis import observe
from miwire.observe.target import target as read_target
from miwire.operations import connect, protect
from miwire.operations.proof import calls, probe_target
from miwire.operations.protect import Protection
from miwire.probe.model import SOURCE
from miwire.remedy import Fix, Remedy
from miwire.text import is_among

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from miwire.azure.session import Azure
    from miwire.checks.registry import Check
    from miwire.finding import Finding
    from miwire.model.cloud import Account
    from miwire.model.site import AppName, Site
    from miwire.model.wiring import Wiring
    from miwire.observe.diagnosis import Observation
    from miwire.plan.plan import Plan
    from miwire.probe.model import ProbeCase

_OF_SITE = source.IDENTITY
_OF_SOURCE: tuple[Check[Any], ...] = (
    source.SELECTED,
    source.CLIENT_ID_SETTING,
    source.CREDENTIAL,
    source.ENDPOINT,
    source_tokens.SCOPES,
    source_tokens.SLOTS,
)
_OF_TARGET: tuple[Check[Any], ...] = (
    *reachability.ALL,
    *target.STILL_OPEN,
    target.REQUIRES_ENTRA_ID,
    target.RETURNS_401,
    target.CHALLENGE,
    target.NO_EMPTY_LIST,
    target.NO_GROUPS,
    target.WEBHOOKS,
    target.SLOTS,
)
_OF_DIRECTORY: tuple[Check[Any], ...] = (
    directory.HAS_PRINCIPAL,
    directory.API_ENABLED,
    directory.IDENTIFIER_URI,
    directory.ASSIGNMENT_REQUIRED,
    *allow_lists.ALL,
)
_OF_OWN: tuple[Check[Any], ...] = (directory.API_ONLY,)
_OF_CALLERS: tuple[Check[Any], ...] = (directory.HOLDS_ROLE, directory.CALLERS_ENABLED)
_ORDER = tuple(Category)
CHECKS: tuple[Check[Any], ...] = (
    *_OF_SITE,
    *_OF_SOURCE,
    *target.IN_FORCE,
    *_OF_TARGET,
    *auth_settings.ALL,
    *callers.ALL,
    directory.REGISTRATION,
    *_OF_DIRECTORY,
    *_OF_OWN,
    *_OF_CALLERS,
    *http.ALL,
)
"""Every check of a diagnosis, in the order in which it is told."""
_BY_ID = {check.id: check for check in CHECKS}
_FOR_SOURCE = {check.id for check in (*_OF_SITE, *_OF_SOURCE, *callers.ALL, *_OF_CALLERS)}
_NOT_IN_EFFECT = {check.id for check in target.IN_FORCE}
_FROM_MIWIRE = {
    Remedy.ALLOW_CALLER,
    Remedy.CONNECT,
    Remedy.ENABLE_IDENTITY,
    Remedy.GRANT,
    Remedy.PROTECT,
}
"""What `connect` or `protect` does, so that one plan does all of it."""
_PLACEHOLDER = Fix(Remedy.CONNECT).target
_ASKS = {Remedy.ALLOW_CALLER, Remedy.CONNECT, Remedy.PROTECT}
"""What takes a choice where people sign in to the target."""


@dataclass(frozen=True, slots=True)
class DoctorRequest:
    """What to diagnose, and with which checks."""

    target: AppName
    source: AppName | None = None
    only: frozenset[str] = frozenset()
    """Ids of the only checks to run; empty: all of them."""
    skip: frozenset[str] = frozenset()
    """Ids of checks to leave out."""

    def wants(self, identifier: str) -> bool:
        """Return whether a check is to be run."""
        return identifier not in self.skip and (not self.only or identifier in self.only)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What every check said, and what it took."""

    findings: tuple[Finding, ...]
    target: Site | None = None
    source: Site | None = None
    account: Account | None = None
    requests: int = 0
    """To ARM and Microsoft Graph."""
    refusal: NotPermitted | None = None
    """Why the settings of TARGET, or an app itself, couldn't be read at all."""
    left_out: int = 0
    """How many checks the command line left out."""
    only_source: bool = False
    """Whether the settings allow nobody but the source and the API itself."""
    chosen: str | None = None
    """Resource id of the user-assigned identity that the source's settings choose."""

    def of(self, *verdicts: Verdict) -> tuple[Finding, ...]:
        """Return the findings of these verdicts."""
        return tuple(each for each in self.findings if each.verdict in verdicts)

    @property
    def causes(self) -> tuple[Finding, ...]:
        """The failures that follow from no other."""
        return tuple(each for each in self.of(Verdict.FAIL) if not each.follows)

    @property
    def consequences(self) -> tuple[Finding, ...]:
        """What follows from a failure."""
        return tuple(each for each in self.findings if each.follows)

    @property
    def is_open(self) -> bool:
        """Whether somebody who wasn't named may call, by a claim that fails."""
        return any(each.opens for each in self.of(Verdict.FAIL))

    @property
    def is_blocked(self) -> bool:
        """Whether the source is rejected or gets no token, by a claim that fails."""
        failed = (*self.of(Verdict.FAIL), *self.consequences)
        return any(_BY_ID[each.id].blocks for each in failed)

    @property
    def fixable(self) -> bool:
        """Whether a command of miwire cures something of it."""
        return any(fix.remedy in _FROM_MIWIRE for fix in self._fixes)

    @property
    def needs_a_choice(self) -> bool:
        """Whether a fix takes the sign-in page from people, which somebody has to choose."""
        return any(fix.replaces_sign_in for fix in self._fixes)

    @property
    def _fixes(self) -> list[Fix]:
        troubles = self.of(Verdict.FAIL, Verdict.WARN)
        return [each.fix for each in troubles if isinstance(each.fix, Fix)]

    def holds(self, *, strict: bool = False) -> bool:
        """Return whether no claim fails; *strict*: and none is doubtful or unknown either."""
        bad = (Verdict.FAIL, Verdict.WARN, Verdict.UNKNOWN) if strict else (Verdict.FAIL,)
        return not self.of(*bad)


def run(azure: Azure, request: DoctorRequest) -> Diagnosis:
    """
    Diagnose, and go on after each failure.

    Raises MiwireError where an app doesn't exist, nobody is signed in or ARM doesn't answer; what
    may not be read is a finding.
    """
    before = azure.requests
    try:
        seen = observe(azure, request.target, request.source)
    except NotPermitted as refusal:
        return Diagnosis(
            tuple(_all_unknown(request, refusal)),
            requests=azure.requests - before,
            refusal=refusal,
        )
    wiring = seen.wiring
    read = tuple(each for each in _judged(seen) if request.wants(each.id))
    called = tuple(each for each in _called(azure, wiring, request) if request.wants(each.id))
    found = _with_consequences([_completed(each, wiring) for each in (*read, *called)])
    why = wiring.the_target.unread.get(Part.AUTH_SETTINGS)
    return Diagnosis(
        tuple(sorted(found, key=lambda each: _ORDER.index(each.category))),
        wiring.the_target.site,
        wiring.source.site if wiring.source else None,
        wiring.account,
        azure.requests - before,
        NotPermitted(why) if why else None,
        sum(not request.wants(check.id) for check in CHECKS),
        _only_source(wiring),
        seen.chosen,
    )


def fixes(
    azure: Azure,
    request: DoctorRequest,
    found: Diagnosis,
    choose: Callable[[Wiring, Protection], Protection],
) -> Plan:
    """
    Return what `connect`, or `protect` where no source is named, would change.

    *found* knows which identity the source's settings choose; *choose* makes the choice that a
    target with user sign-in needs. Raises as planning does.
    """
    if request.source is None:
        asked = Protection()
        wiring = read_target(azure, request.target, ObserveRequest(closes=asked.closes))
        return protect.plan(wiring, choose(wiring, asked))
    pair = connect.ConnectRequest(request.source, request.target, identity=found.chosen)
    wiring = read_target(azure, request.target, pair.reads)
    return connect.plan(wiring, choose(wiring, pair.protection))


def _judged(seen: Observation) -> Iterator[Finding]:
    """Judge what was read."""
    wiring = seen.wiring
    if wiring.source is not None:
        # Where its settings choose an identity, it is known with which the app calls.
        of_site = _OF_SITE[:1] if wiring.callers else _OF_SITE
        yield from _told(of_site, wiring.source.site, wiring)
        yield from _told(_OF_SOURCE, wiring, wiring)
    yield from _told(target.IN_FORCE, seen.in_force, wiring)
    yield from _told(_OF_TARGET, wiring.the_target, wiring)
    yield from _told(auth_settings.ALL, wiring, wiring)
    if wiring.source is not None:
        yield from _told(callers.ALL, wiring, wiring)
    if seen.registration is not None:
        yield from _told((directory.REGISTRATION,), seen.registration, wiring)
    elif Part.DIRECTORY in wiring.unread:
        yield _unread(directory.REGISTRATION, Part.DIRECTORY, wiring)
    yield from _told(_OF_DIRECTORY, wiring.the_target, wiring)
    if Part.DIRECTORY not in wiring.unread:
        yield from _told(_OF_OWN, wiring.the_target, wiring)
    if wiring.source is not None:
        yield from _told(_OF_CALLERS, wiring, wiring)


def _told(checks: tuple[Check[Any], ...], subject: Any, wiring: Wiring) -> Iterator[Finding]:  # noqa: ANN401
    """Judge a subject; of what couldn't be read, say why."""
    for check in checks:
        missing = next((part for part in check.needs if part in wiring.unread), None)
        if missing is None:
            yield from check.findings(subject)
        else:
            yield _unread(check, missing, wiring)


def _unread(check: Check[Any], part: Part, wiring: Wiring) -> Finding:
    why = wiring.unread[part]
    return check.finding(unknown(f"Couldn't read {part}. {why}".rstrip()))


def _called(azure: Azure, wiring: Wiring, request: DoctorRequest) -> Iterator[Finding]:
    """Call the target and judge the answers; that no answer comes is a finding, too."""
    if not any(request.wants(check.id) for check in http.ALL):
        return
    place = probe_target(wiring)
    if Part.AUTH_SETTINGS in wiring.unread:
        place = replace(place, gate=None)
    try:
        cases = calls(azure.for_tenant(wiring.tenant_id), wiring, place)
    except NotSignedIn:
        raise
    except MiwireError as error:
        yield http.REACHABLE.finding(unknown(f"No answer came: {error.message}"))
        return
    yield from http.judged(_without_prediction(each, wiring) for each in cases)


def _without_prediction(case: ProbeCase, wiring: Wiring) -> ProbeCase:
    """Predict nothing for SOURCE where a part is missing that the prediction needs."""
    if case.name == SOURCE and case.status is None and Part.DIRECTORY in wiring.unread:
        return replace(case, predicted=None, ok=None, why=f"unknown ({Part.DIRECTORY} is unread)")
    return case


def _all_unknown(request: DoctorRequest, refusal: NotPermitted) -> Iterator[Finding]:
    for check in CHECKS:
        if request.wants(check.id) and (request.source or check.id not in _FOR_SOURCE):
            yield check.finding(unknown(refusal.message))


def _completed(finding: Finding, wiring: Wiring) -> Finding:
    """Write the apps into a fix; without a source, `protect` is what miwire can do."""
    fix = finding.fix
    if not isinstance(fix, Fix):
        return finding
    remedy = fix.remedy
    replaces = remedy is Remedy.REPLACE_SIGN_IN
    if replaces:
        remedy = Remedy.CONNECT
    if wiring.source is None and remedy in {Remedy.ALLOW_CALLER, Remedy.CONNECT}:
        remedy = Remedy.PROTECT
    if remedy is Remedy.GRANT and wiring.source is None:
        return replace(finding, fix="")
    site = wiring.the_target.site
    completed = replace(
        fix,
        remedy=remedy,
        source=str(wiring.source.ref) if wiring.source else fix.source,
        target=fix.target if fix.target != _PLACEHOLDER else str(site.ref),
        replaces_sign_in=replaces
        or (remedy in _ASKS and protect.needs_a_choice(wiring) is not None),
    )
    if remedy is Remedy.START:
        completed = replace(completed, name=site.ref.id)
    return replace(finding, fix=completed)


def _with_consequences(found: list[Finding]) -> Iterator[Finding]:
    """Tell which failures follow from which: what comes of another is skipped, not failed."""
    failed = {each.id: each for each in found if each.verdict is Verdict.FAIL}
    blocking = next((id_ for id_ in failed if _BY_ID[id_].blocks), "")
    for each in found:
        cause = next((id_ for id_ in _BY_ID[each.id].after if id_ in failed and id_ != each.id), "")
        if each.verdict is Verdict.SKIP and blocking:
            yield replace(each, seen=f"Follows from {blocking}.", follows=blocking)
        elif cause and each.verdict in {Verdict.FAIL, Verdict.UNKNOWN, Verdict.WARN}:
            seen = "what ARM shows isn't in effect." if cause in _NOT_IN_EFFECT else each.seen
            seen = f"Follows from {cause}: {seen}"
            yield replace(each, verdict=Verdict.SKIP, seen=seen, fix="", follows=cause)
        else:
            yield each


def _only_source(wiring: Wiring) -> bool:
    """Return whether the lists name nobody but the source and the API itself."""
    settings, principal = wiring.the_target.settings, wiring.the_target.service_principal
    clients = [each.client_id for each in wiring.callers if each.client_id]
    identities = [each.principal_id for each in wiring.callers]
    own = [principal.object_id] if principal else []
    return bool(settings.other_clients) and all(
        (
            *(is_among(each, clients) for each in settings.other_clients),
            *(is_among(each, [*identities, *own]) for each in settings.listed(at.IDENTITIES)),
        )
    )
