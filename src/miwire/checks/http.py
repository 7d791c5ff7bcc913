"""MIW4xx: what came back over HTTP, and from whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.checks.registry import Check, Judgement, doubtful, holds, run, skipped
from miwire.easyauth.model import POLICY, VALIDATION, Rule
from miwire.finding import Severity, Verdict
from miwire.probe.model import FORGED, OPERATOR, SOURCE, WITH_TOKEN, WITHOUT_TOKEN
from miwire.probe.signatures import Origin
from miwire.probe.speaker import PLATFORM
from miwire.remedy import Fix, Remedy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from miwire.finding import Finding
    from miwire.probe.model import ProbeCase

_CURED_BY_PROTECT = frozenset({Rule.PLATFORM_OFF, Rule.ANONYMOUS_ALLOWED})
_CURED_BY_GRANT = frozenset({Rule.ALLOWED_APPLICATIONS, Rule.ALLOWED_IDENTITIES})
_FORBIDDEN = 403
_OPEN = ("MIW112", "MIW101", "MIW102", "MIW103", "MIW111")
"""Claims about the app and its settings without which no request is rejected by the platform."""
_NO_TOKEN = ("MIW201", "MIW207", "MIW230", "MIW233")
"""Claims about the directory without which nobody gets a token."""
_DEPENDS = "it depends on who answered, so a finding has its own where one cures it"


def refused_without_token(case: ProbeCase) -> Judgement | None:
    """
    Require a rejection: otherwise anyone who knows the address can call the app.

    A redirect to a sign-in page isn't a rejection: programs follow it and get HTML and a 200. What
    comes from somebody in front of the app, or from a server that failed, shows neither.
    """
    if case.name != WITHOUT_TOKEN:
        return None
    if case.ok is None:
        return Judgement(Verdict.UNKNOWN, f"{case.status}: {case.why}")
    if str(case.status) == case.expected:
        return Judgement(Verdict.PASS, str(case.status))
    seen, opens = f"{case.status}: {case.why}", case.origin is Origin.APP
    return Judgement(Verdict.FAIL, seen, _closing(case), opens)


def let_in_with_token(case: ProbeCase) -> Judgement | None:
    """
    Require that a request with the caller's own token is allowed.

    Any answer of the app itself shows that; one that is not a success is told as a warning, since
    the path may be the wrong one.
    """
    if case.name == SOURCE and case.status is None:
        return skipped(_expected_of(case))
    if case.name not in {WITH_TOKEN, SOURCE}:
        return None
    seen = case.why or str(case.status)
    match case.ok:
        case None:
            return Judgement(Verdict.UNKNOWN, seen)
        case True:
            return Judgement(Verdict.WARN if case.why else Verdict.PASS, seen)
    return Judgement(Verdict.FAIL, seen, _granting(case))


def _expected_of(case: ProbeCase) -> str:
    """Say what the app that calls will get, where only its own code could see it."""
    verdict = case.predicted
    if verdict is None:
        told = case.why or "unknown"
    elif verdict.lets_through:
        told = "allowed"
    else:
        told = f"{verdict.status or 'unknown'} ({verdict.rule}): {verdict.sentence}"
    return f"Only the app itself has the token. Predicted: {told.rstrip('.')}."


def refused_by_the_platform(case: ProbeCase) -> Judgement | None:
    """
    Require a rejection by App Service authentication, before the app runs; a 401 of the app isn't.

    Its challenge names the host as realm, or an Entra authorization_uri with the app's client id
    as resource_id. Where settings that can be read suppress the challenge
    (`disableWWWAuthenticate`) or name another status, that status without a body shows it.
    """
    if case.name != WITHOUT_TOKEN or str(case.status) != case.expected:
        return None
    if case.origin is Origin.PLATFORM:
        return Judgement(Verdict.PASS, case.evidence)
    return Judgement(Verdict.UNKNOWN, case.why)


def as_predicted(case: ProbeCase) -> Judgement | None:
    """
    Compare the answer with the one that follows from the settings, and from the token sent.

    If they differ, the settings that were read are not (yet) the ones in effect, or
    Azure does not decide as its documentation says. Nothing is said where the settings could not
    be read, or where somebody in front of the app answered; what hangs on something uncertain is
    unknown.
    """
    prediction = case.predicted
    if prediction is None or case.status is None or case.origin is Origin.NETWORK:
        return None
    if prediction.unknown:
        return Judgement(Verdict.UNKNOWN, f"{case.name}: {prediction.sentence}")
    if case.origin is Origin.UNKNOWN:
        return Judgement(
            Verdict.UNKNOWN, f"{case.name}: the response doesn't show who answered {case.status}"
        )
    through = case.origin is Origin.APP
    if through if prediction.lets_through else case.status == prediction.status:
        return holds(f"{case.name}: {case.status} by {prediction.rule}")
    came = "the request was allowed" if through else f"the response was {case.status}"
    return doubtful(
        f"{case.name}: predicted {prediction.status} by {prediction.rule} "
        f"({prediction.sentence}); {came}, as by {_rule_behind(case)}"
    )


def _rule_behind(case: ProbeCase) -> str:
    """Name the rules that answer so."""
    bare = case.name == WITHOUT_TOKEN
    match case.status:
        case _ if case.origin is Origin.APP:
            return Rule.PASSES
        case 401:
            return Rule.NO_TOKEN_RETURN401 if bare else " or ".join(VALIDATION)
        case 403:
            return Rule.NO_TOKEN_RETURN403 if bare else " or ".join(POLICY)
    return Rule.NO_TOKEN_REDIRECT


def refused_if_forged(case: ProbeCase) -> Judgement | None:
    """
    Demand that a token which Entra ID did not sign as it is opens nothing.

    Any 401 or 403 will do: it shows that the token was refused, not why. One case changes a genuine
    token, and says nothing where none could be had.
    """
    if case.name not in FORGED:
        return None
    match case.ok:
        case None:
            return Judgement(Verdict.UNKNOWN, f"{case.name}: {case.why}")
        case True:
            return holds(f"{case.name}: {case.status}")
    return Judgement(Verdict.FAIL, f"{case.name}: {case.status}, {case.why}", _closing(case))


def operator_as_wanted(case: ProbeCase) -> Judgement | None:
    """
    Require that the one who runs miwire is allowed only as an allowed caller.

    An identity that is in no list and holds no app role has to be refused; that it gets no token
    shows this too, if the reason is the missing assignment.
    """
    if case.name != OPERATOR:
        return None
    seen = case.why or str(case.status)
    match case.ok:
        case None:
            return Judgement(Verdict.UNKNOWN, seen)
        case True:
            return holds(seen)
    strange = case.origin is Origin.APP
    return Judgement(Verdict.FAIL, seen, Fix(Remedy.ALLOW_CALLER) if strange else "", strange)


def shows_who_answered(case: ProbeCase) -> Judgement | None:
    """
    Require that the answer shows who gave it: App Service authentication, or the app.

    A front end, gateway or proxy that answers in their place says nothing about either, and neither
    does a server that fails. [Who answered](who-answered.md) lists the signs.
    """
    if case.status is None or case.origin in {None, Origin.PLATFORM, Origin.APP}:
        return None
    fix = Fix(Remedy.START) if case.reason.endswith(" Stopped") else ""
    shown = f" ({case.evidence})" if case.evidence and case.evidence not in case.why else ""
    seen_in_front = case.reason or case.origin is Origin.NETWORK
    verdict = Verdict.WARN if seen_in_front else Verdict.UNKNOWN
    return Judgement(verdict, f"{case.name}: {case.status}, {case.why}{shown}", fix)


def answers(case: ProbeCase) -> Judgement | None:
    """
    Require that the target answers at all.

    Where no answer comes (DNS, TLS, a closed network), nothing was learned about it: the app that
    calls may reach it nevertheless, as from a virtual network.
    """
    if case.name != WITHOUT_TOKEN or case.status is None:
        return None
    return holds(f"{case.status} after {case.elapsed_ms} ms")


def issuer_is_one(case: ProbeCase) -> Judgement | None:
    """
    Require an issuer in the settings whose OpenID Connect metadata can be downloaded.

    Where `openIdIssuer` isn't an issuer, App Service authentication itself answers 500 to every
    bearer token: "Unable to download OpenID Connect Configuration."
    """
    if case.speaker != PLATFORM or case.origin is not Origin.UNKNOWN:
        return None
    return Judgement(
        Verdict.FAIL,
        f"{case.name}: {case.status}, {case.evidence} Likely cause: openIdIssuer in the "
        "authentication settings isn't an issuer",
    )


def _closing(case: ProbeCase) -> Fix | str:
    """Return the command that makes an open app require a token, where that is the cause."""
    open_by = case.predicted
    if case.origin is not Origin.APP:
        return ""
    cured = open_by is None or (not open_by.unknown and open_by.rule in _CURED_BY_PROTECT)
    return Fix(Remedy.ALLOW_CALLER) if cured else ""


def _granting(case: ProbeCase) -> Fix | str:
    """Return the command that allows the caller, where that it isn't allowed is the cause."""
    missing = case.predicted
    if case.origin is not Origin.PLATFORM or case.status != _FORBIDDEN:
        return ""
    cured = missing is None or missing.rule in _CURED_BY_GRANT
    return Fix(Remedy.GRANT) if cured else ""


REACHABLE: Check[ProbeCase] = Check(
    "MIW409",
    "the target answers",
    answers,
    no_fix="why no answer came is in the finding",
    severity=Severity.HIGH,
)
ALL: tuple[Check[ProbeCase], ...] = (
    Check(
        "MIW401",
        "a request without a token is rejected",
        refused_without_token,
        no_fix=_DEPENDS,
        severity=Severity.HIGH,
        after=_OPEN,
        opens=True,
    ),
    Check(
        "MIW402",
        "a request with a token is allowed",
        let_in_with_token,
        no_fix=_DEPENDS,
        severity=Severity.HIGH,
        blocks=True,
    ),
    Check(
        "MIW403",
        "the rejection comes from App Service authentication",
        refused_by_the_platform,
        no_fix=_DEPENDS,
        severity=Severity.HIGH,
        after=_OPEN,
    ),
    Check(
        "MIW404",
        "the response matches the authentication settings",
        as_predicted,
        Remedy.PROBE_AGAIN,
        after=("MIW101", "MIW102", "MIW120"),
    ),
    Check(
        "MIW405",
        "a forged token is rejected",
        refused_if_forged,
        no_fix=_DEPENDS,
        severity=Severity.HIGH,
    ),
    Check(
        "MIW406",
        "only allowed callers are allowed",
        operator_as_wanted,
        no_fix=_DEPENDS,
        severity=Severity.HIGH,
        opens=True,
        after=(
            "MIW101",
            "MIW102",
            "MIW103",
            "MIW106",
            "MIW111",
            "MIW201",
            "MIW207",
            "MIW230",
            "MIW233",
        ),
    ),
    Check(
        "MIW407",
        "the issuer in the settings is one",
        issuer_is_one,
        no_fix="which issuer was meant is for the owner to say",
        severity=Severity.HIGH,
        after=("MIW120",),
    ),
    Check(
        "MIW408",
        "the response shows who answered",
        shows_who_answered,
        no_fix=_DEPENDS,
        after=("MIW112",),
    ),
    REACHABLE,
)
"""In reading order; of what explains a failure, the likeliest comes first."""
_OF_ANY_STATUS = tuple(
    check for check in ALL if check.judge in {as_predicted, issuer_is_one, shows_who_answered}
)


def judged(cases: Iterable[ProbeCase]) -> Iterator[Finding]:
    """Return what each case says; with --expect it shows nothing about the settings."""
    for case in cases:
        yield from run(_OF_ANY_STATUS if case.exact else ALL, case)
