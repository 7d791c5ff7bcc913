"""Fault rules: which requests they match, how often, and what happens to these."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from miwire.lab.faults.readers import (
    SERVICES,
    FaultsRefused,
    Member,
    bounded,
    choice,
    declared,
    flag,
    members,
    one_of,
    pattern,
    seconds,
    strings,
    text,
    whole,
)

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping

_THROTTLING = ("arm", "graph")
_LEAST_STATUS, _MOST_STATUS = 200, 599


@dataclass(frozen=True, slots=True)
class Answered:
    """Somebody else answers; a body of None is the service's own for this status."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """The connection closes without an answer, before or after the request took effect."""

    after: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """The request takes effect, and the connection closes in the middle of the answer."""


@dataclass(frozen=True, slots=True)
class Delayed:
    """The request waits, by the machine's clock, and is then served as usual."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hung:
    """The request is never answered, before or after it took effect."""

    after: bool


@dataclass(frozen=True, slots=True)
class ExclusiveLock:
    """
    A write takes effect behind a 504; the next same one finds the site locked (429).

    Recorded of Microsoft.Web: the third one is served as usual.
    """


Effect = Answered | Dropped | Cut | Delayed | Hung | ExclusiveLock


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of trouble for one service."""

    service: str
    effect: Effect
    method: str | None = None
    path: re.Pattern[str] | None = None
    part: re.Pattern[str] | None = None
    """Of Graph's $batch: the rule, with its method, is about inner requests with such a URL."""
    skip: int = 0
    times: int | None = None
    chance: float = 1.0

    @classmethod
    def of(cls, value: Any, name: str) -> Rule:  # noqa: ANN401 - JSON is any value
        """Read a rule; raises FaultsRefused."""
        found = declared(value, name, RULE, f"{name}.")
        for required in ("service", "effect"):
            if required not in found:
                raise FaultsRefused(f"{name} needs the member {required!r}.")
        rule = cls(**found)
        if rule.part is not None:
            if rule.service != "graph":
                raise FaultsRefused(f"{name}.part is for the service graph alone.")
            if not isinstance(rule.effect, Answered):
                raise FaultsRefused(f"{name}.part goes with the effect status alone.")
        return rule

    def matches(self, service: str, method: str, target: str) -> bool:
        """Say whether the rule is about a request; *target* is its path with the query."""
        return (
            service == self.service
            and (self.part is not None or self.method in {None, method})
            and (self.path is None or self.path.search(target) is not None)
        )

    def matches_part(self, method: str, url: str) -> bool:
        """Say whether the rule is about a request inside of a batch."""
        found = self.part is not None and self.part.search(url) is not None
        return found and self.method in {None, method.upper()}


@dataclass(frozen=True, slots=True)
class Throttle:
    """Every n-th request to some services is one too many."""

    every: int
    retry_after: float | None = None
    services: tuple[str, ...] = _THROTTLING

    @classmethod
    def of(cls, value: Any, name: str) -> Throttle:  # noqa: ANN401 - JSON is any value
        """Read it; raises FaultsRefused."""
        sent = members(value, name, [each.name for each in THROTTLE])
        return cls(**declared({"every": None, **sent}, name, THROTTLE, f"{name}."))

    @property
    def answer(self) -> Answered:
        """What a request that is one too many gets."""
        headers = {} if self.retry_after is None else {"Retry-After": f"{self.retry_after:g}"}
        return Answered(429, headers)


def _effect(value: Any, name: str) -> Effect:  # noqa: ANN401 - JSON is any value
    kinds = {each.name: each.read for each in EFFECTS}
    sent = members(value, name, (*kinds, "headers", "body"))
    named = [each for each in kinds if each in sent]
    if len(named) != 1 or (named != ["status"] and len(sent) > 1):
        raise FaultsRefused(f"{name} must be one of {', '.join(kinds)}.")
    (kind,) = named
    effect: Effect = kinds[kind](sent[kind], f"{name}.{kind}")
    if isinstance(effect, Answered):
        return Answered(effect.status, _headers(sent.get("headers", {}), name), sent.get("body"))
    return effect


def _answered(given: Any, name: str) -> Answered:  # noqa: ANN401
    status = whole(given, name, _LEAST_STATUS)
    if status > _MOST_STATUS:
        raise FaultsRefused(f"{name} must be at most {_MOST_STATUS}.")
    return Answered(status)


def _headers(headers: Any, name: str) -> dict[str, str]:  # noqa: ANN401
    if not isinstance(headers, dict):
        raise FaultsRefused(f"{name}.headers must be an object.")
    bounded(headers, f"{name}.headers")
    for header, value in headers.items():
        line = text(header, f"{name}.headers") + text(value, f"{name}.headers.{header[:50]}")
        if not line.isascii() or not line.isprintable():
            raise FaultsRefused(f"{name}.headers holds characters that no header can.")
    return headers


def _after(given: Any, name: str) -> bool:  # noqa: ANN401
    return one_of(given, name, ("before", "after")) == "after"


def _when_true(effect: Effect) -> Callable[[Any, str], Effect]:
    """Return a reader of `true`, the only value, which means *effect*."""

    def read(given: Any, name: str) -> Effect:  # noqa: ANN401
        if not flag(given, name):
            raise FaultsRefused(f"{name} can only be true.")
        return effect

    return read


def _chance(value: Any, name: str) -> float:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise FaultsRefused(f"{name} must be a number from 0 to 1.")
    return float(value)


def _services(value: Any, name: str) -> tuple[str, ...]:  # noqa: ANN401
    return tuple(one_of(each, name, SERVICES) for each in strings(value, name))


EFFECTS = (
    Member(
        "status",
        "",
        _answered,
        "The request gets this status, with `headers` and a `body`, or the service's own words for"
        " it.",
    ),
    Member(
        "drop",
        "",
        lambda given, name: Dropped(_after(given, name)),
        "The connection closes without an answer, `before` or `after` the request took effect.",
    ),
    Member(
        "cut",
        "",
        _when_true(Cut()),
        "The request takes effect, and the connection closes in the middle of the answer.",
    ),
    Member(
        "delay",
        "",
        lambda given, name: Delayed(seconds(given, name)),
        "The request waits that many seconds of real time, and is served.",
    ),
    Member(
        "hang",
        "",
        lambda given, name: Hung(_after(given, name)),
        "The request gets no answer, `before` or `after` it took effect; a reset closes the"
        " connection.",
    ),
    Member(
        "exclusiveLock",
        "",
        _when_true(ExclusiveLock()),
        "A write takes effect behind a 504, the next same one gets 429 and does nothing, then"
        " requests are served again.",
    ),
)
RULE = (
    Member(
        "service",
        "service",
        choice(*SERVICES),
        f"One of {', '.join(f'`{each}`' for each in SERVICES)}; required.",
    ),
    Member("effect", "effect", _effect, "What happens to the request; required."),
    Member(
        "method", "method", lambda given, name: text(given, name).upper(), "Only this HTTP method."
    ),
    Member(
        "path",
        "path",
        pattern,
        "Only requests in whose path and query this regular expression is found, ignoring case.",
    ),
    Member(
        "part",
        "part",
        pattern,
        "Only single requests of Graph's `$batch` in whose URL this regular expression is found.",
    ),
    Member("skip", "skip", partial(whole, least=0), "How many matching requests to serve first."),
    Member(
        "times", "times", partial(whole, least=1), "How often to apply the rule (default: always)."
    ),
    Member("chance", "chance", _chance, "Probability from 0 to 1 (default: 1)."),
)
THROTTLE = (
    Member("every", "every", partial(whole, least=1), "Which request gets 429: every n-th."),
    Member("retryAfter", "retry_after", seconds, "Seconds in the header Retry-After."),
    Member("services", "services", _services, "Which services count (default: arm and graph)."),
)
