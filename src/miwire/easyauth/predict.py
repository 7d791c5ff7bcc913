"""
What Easy Auth will answer, and the rule that decides it: a judgement from settings and token alone.

It follows the decision procedure of FACTS 5.2 to 5.8. What is uncertain there is not guessed: each
open question leads two ways, and where these end in different statuses the verdict is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from miwire.easyauth import authentication as gate_validation
from miwire.easyauth import authorization as gate_policy
from miwire.easyauth import paths
from miwire.easyauth.model import FAILED, LET_THROUGH, GateVerdict, Objection, Rule, warmup_path
from miwire.finding import Verdict
from miwire.model import auth_settings as at
from miwire.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.easyauth.model import Gate, GateRequest
    from miwire.model.auth_settings import AuthSettings
    from miwire.tokens.access_token import AccessToken


_BY_ACTION = {
    401: Rule.NO_TOKEN_RETURN401,
    403: Rule.NO_TOKEN_RETURN403,
    404: Rule.NO_TOKEN_RETURN404,
}
_NO_JWT = Objection(Rule.NOT_A_TOKEN, "the bearer token isn't a JWT")
_REDIRECT = "RedirectToLoginPage"
_ANONYMOUS = "AllowAnonymous"


@dataclass(frozen=True, slots=True)
class _Way:
    """One way that a request may end; *only_if* names the open question, empty: it ends so."""

    status: int | None
    rule: Rule
    sentence: str
    only_if: str = ""
    expected: bool = True

    def hanging_on(self, objection: Objection) -> _Way:
        """Return this way, gone only if the objection is made."""
        if not objection.only_if:
            return self
        return replace(
            self, only_if=objection.only_if, expected=self.expected and objection.expected
        )


def predicted(gate: Gate, request: GateRequest) -> GateVerdict:
    """Return what *gate* will answer to *request*."""
    ways = list(_until_certain(_ways(gate, request)))
    likely = next(way for way in ways if way.expected)
    doubts = dict.fromkeys(way.only_if for way in ways[:-1] if way.status != ways[-1].status)
    before = (gate.elsewhere, *map(_unreadable, gate.settings.unreadable))
    doubts = {**dict.fromkeys(each for each in before if each), **doubts}
    told = f"{likely.sentence}; not certain ({'; '.join(doubts)})" if doubts else likely.sentence
    status = None if doubts else likely.status
    return GateVerdict(status, likely.rule, told, likely.status, tuple(doubts))


def _until_certain(ways: Iterator[_Way]) -> Iterator[_Way]:
    """Yield ways up to the first that hangs on nothing: none behind it is ever gone."""
    for way in ways:
        yield way
        if not way.only_if:
            return


def _ways(gate: Gate, request: GateRequest) -> Iterator[_Way]:
    """Yield how a request may end, in the order of FACTS 5.2; the first certain way is the last."""
    settings = gate.settings
    if not settings.enabled:
        yield _Way(LET_THROUGH, Rule.PLATFORM_OFF, "authentication is off (platform.enabled)")
    elif (endpoint := _endpoint(settings, request.path)) is not None:
        yield from _of_the_gate(settings, request.method, endpoint)
    elif not request.over_https and settings.effective(at.REQUIRE_HTTPS) is not False:
        told = "http redirects to https (httpSettings.requireHttps)"
        yield _Way(301, Rule.REQUIRE_HTTPS, told, only_if="301 or 302", expected=False)
        yield _Way(302, Rule.REQUIRE_HTTPS, told)
    elif request.unreadable:
        yield from _unauthenticated(gate, request, _NO_JWT)
    elif request.token is None:
        yield from _unauthenticated(gate, request, None)
    else:
        yield from _judged(gate, request, request.token)


def _judged(gate: Gate, request: GateRequest, token: AccessToken) -> Iterator[_Way]:
    against = gate_validation.objections(gate, token, request.signature, request.at)
    for objection in against:
        if objection.fails:
            yield _Way(FAILED, objection.rule, objection.sentence).hanging_on(objection)
            continue
        for way in _until_certain(_unauthenticated(gate, request, objection)):
            yield way.hanging_on(objection)
    for objection in gate_policy.objections(gate, token):
        yield _Way(403, objection.rule, objection.sentence).hanging_on(objection)
    yield _Way(LET_THROUGH, Rule.PASSES, "the token and its caller meet the settings")


def _unauthenticated(
    gate: Gate, request: GateRequest, objection: Objection | None
) -> Iterator[_Way]:
    """Yield how a request without an identity ends: none was given, or it was objected to."""
    settings = gate.settings
    yield from _excluded(settings.listed(at.EXCLUDED_PATHS), _path(request.path))
    yield from _warmed_up(gate, _path(request.path))
    required, action = settings.effective(at.REQUIRE), settings.effective(at.ACTION)
    open_by = (required is False, action == _ANONYMOUS)
    if any(open_by):
        yield _Way(
            LET_THROUGH,
            Rule.ANONYMOUS_ALLOWED,
            (
                f"no token is required (requireAuthentication {str(required).lower()}, "
                f"unauthenticatedClientAction {printable(action)})"
            ),
            # One of them alone contradicts the other (FACTS 5.2); in practice the open one wins.
            only_if="" if all(open_by) else "requireAuthentication or unauthenticatedClientAction",
        )
    if objection is None:
        yield _without_token(settings, browser=request.browser)
    else:
        yield from _not_taken(settings.refusal_status, objection)


def _without_token(settings: AuthSettings, *, browser: bool) -> _Way:
    action, status = settings.effective(at.ACTION), settings.refusal_status
    told = f"no token was sent (unauthenticatedClientAction {printable(action)})"
    if action == _REDIRECT:
        return _Way(302 if browser else status, Rule.NO_TOKEN_REDIRECT, told)
    return _Way(status, _BY_ACTION[status], told)


def _not_taken(status: int, objection: Objection) -> Iterator[_Way]:
    """Yield how a token that is not taken ends; beside Return401, FACTS 5.2 and 5.3 differ."""
    if status != 401:  # noqa: PLR2004  the status that the table of FACTS 5.3 has for all actions
        only_if = f"{status} or 401 for a rejected token"
        yield _Way(401, objection.rule, objection.sentence, only_if=only_if, expected=False)
    yield _Way(status, objection.rule, objection.sentence)


def _excluded(entries: tuple[str, ...], path: str) -> Iterator[_Way]:
    """Yield how an excluded path opens the gate; more than equality is uncertain (FACTS 1.5)."""
    for entry in entries:
        told = f"excludedPaths contains {printable(entry)}"
        match paths.opened_by(entry, path):
            case Verdict.PASS:
                yield _Way(LET_THROUGH, Rule.EXCLUDED_PATH, told)
            case Verdict.UNKNOWN:
                yield _Way(
                    LET_THROUGH,
                    Rule.EXCLUDED_PATH,
                    f"{told}, which may match {printable(path)}",
                    only_if="excludedPaths",
                    expected=paths.is_covered(entry, path),
                )


def _warmed_up(gate: Gate, path: str) -> Iterator[_Way]:
    """Yield how the path that starts the app may pass; sources differ on whether it does."""
    opened = warmup_path(gate.app_settings)
    if opened is not None and opened.casefold() == unquote(path).casefold():
        yield _Way(
            LET_THROUGH,
            Rule.WARMUP_PATH,
            f"WEBSITE_WARMUP_PATH is {printable(opened)}",
            only_if="WEBSITE_WARMUP_PATH",
            expected=False,
        )


def _path(target: str) -> str:
    return target.partition("?")[0]


def _endpoint(settings: AuthSettings, target: str) -> str | None:
    """Return the part of a path below the gate's own prefix; None where the app is meant."""
    prefix = str(settings.at("httpSettings.routes.apiPrefix") or "/.auth").rstrip("/")
    path = unquote(_path(target))
    below = f"{path}/".casefold().startswith(f"{prefix}/".casefold())
    return path[len(prefix) :] if below else None


def _of_the_gate(settings: AuthSettings, method: str, endpoint: str) -> Iterator[_Way]:
    told = "the path is an endpoint of App Service authentication itself"
    signs_in = settings.client_id is not None and settings.effective(at.AAD_ENABLED) is not False
    if (method, endpoint) == ("GET", "/login/aad") and signs_in:
        yield _Way(302, Rule.GATE_ENDPOINT, told)
    else:
        yield _Way(None, Rule.GATE_ENDPOINT, f"{told}, whose responses miwire doesn't predict")


def _unreadable(path: str) -> str:
    return f"{path} is neither true nor false"
