"""Fault rules: which requests they match, how often, and what happens to these."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from miwire.lab.faults.validation import (
    SERVICES,
    FaultsRefused,
    bounded,
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
    from collections.abc import Mapping

_MEMBERS = ("service", "method", "path", "part", "skip", "times", "chance", "effect")
_EFFECTS = ("status", "drop", "cut", "delay", "hang", "exclusiveLock")
_WHEN = ("before", "after")
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
        sent = members(value, name, _MEMBERS)
        for required in ("service", "effect"):
            if required not in sent:
                raise FaultsRefused(f"{name} needs the member {required!r}.")
        rule = cls(
            service=one_of(sent["service"], f"{name}.service", SERVICES),
            effect=_effect(sent["effect"], f"{name}.effect"),
            method=text(sent["method"], f"{name}.method").upper() if "method" in sent else None,
            path=pattern(sent["path"], f"{name}.path") if "path" in sent else None,
            part=pattern(sent["part"], f"{name}.part") if "part" in sent else None,
            skip=whole(sent.get("skip", 0), f"{name}.skip", 0),
            times=whole(sent["times"], f"{name}.times", 1) if "times" in sent else None,
            chance=_chance(sent.get("chance", 1), f"{name}.chance"),
        )
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
        sent = members(value, name, ("every", "retryAfter", "services"))
        where = f"{name}.services"
        services = strings(sent.get("services", list(_THROTTLING)), where)
        return cls(
            every=whole(sent.get("every"), f"{name}.every", 1),
            retry_after=(
                seconds(sent["retryAfter"], f"{name}.retryAfter") if "retryAfter" in sent else None
            ),
            services=tuple(one_of(each, where, SERVICES) for each in services),
        )

    @property
    def answer(self) -> Answered:
        """What a request that is one too many gets."""
        headers = {} if self.retry_after is None else {"Retry-After": f"{self.retry_after:g}"}
        return Answered(429, headers)


def _effect(value: Any, name: str) -> Effect:  # noqa: ANN401
    sent = members(value, name, (*_EFFECTS, "headers", "body"))
    kinds = [each for each in _EFFECTS if each in sent]
    if len(kinds) != 1 or (kinds != ["status"] and len(sent) > 1):
        raise FaultsRefused(f"{name} must be one of {', '.join(_EFFECTS)}.")
    (kind,) = kinds
    given, where = sent[kind], f"{name}.{kind}"
    match kind:
        case "status":
            return _answered(sent, name)
        case "drop":
            return Dropped(one_of(given, where, _WHEN) == "after")
        case "hang":
            return Hung(one_of(given, where, _WHEN) == "after")
        case "delay":
            return Delayed(seconds(given, where))
        case _:
            if not flag(given, where):
                raise FaultsRefused(f"{where} can only be true.")
            return Cut() if kind == "cut" else ExclusiveLock()


def _answered(sent: dict[str, Any], name: str) -> Answered:
    status = whole(sent["status"], f"{name}.status", _LEAST_STATUS)
    if status > _MOST_STATUS:
        raise FaultsRefused(f"{name}.status must be at most {_MOST_STATUS}.")
    headers = sent.get("headers", {})
    if not isinstance(headers, dict):
        raise FaultsRefused(f"{name}.headers must be an object.")
    bounded(headers, f"{name}.headers")
    for header, value in headers.items():
        line = text(header, f"{name}.headers") + text(value, f"{name}.headers.{header[:50]}")
        if not line.isascii() or not line.isprintable():
            raise FaultsRefused(f"{name}.headers holds characters that no header can.")
    return Answered(status, headers, sent.get("body"))


def _chance(value: Any, name: str) -> float:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise FaultsRefused(f"{name} must be a number from 0 to 1.")
    return float(value)
