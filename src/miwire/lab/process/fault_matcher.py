"""Which fault a request gets: that of the first rule that applies, or throttling."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from miwire.lab.faults.rules import Answered, ExclusiveLock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from miwire.lab.documents import Document
    from miwire.lab.faults.config import FaultConfig
    from miwire.lab.faults.rules import Effect, Rule

_WRITES = frozenset({"PUT", "PATCH", "POST", "DELETE"})
_LOCK_MESSAGE = (
    "Cannot acquire exclusive lock to create, update or delete this site. Retry the request later."
)
_LOCKED = Answered(
    429,
    {"Content-Type": "application/json"},
    {
        "Code": "429",
        "Message": _LOCK_MESSAGE,
        "Target": None,
        "Details": [{"Message": _LOCK_MESSAGE}, {"Code": "429"}],
        "Innererror": None,
    },
)
"""Recorded of a PUT that follows the 504 of the same PUT, in Microsoft.Web's own shape."""


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """A request, as far as rules look at it."""

    service: str
    method: str
    target: str
    """The path with the query, as it came."""
    parts: tuple[tuple[str, str, str], ...] = ()
    """Of a batch: id, method and URL of each request in it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The fault of a request: which rule, its effect, and which parts of a batch."""

    name: str
    effect: Effect
    parts: tuple[str, ...] = ()


@dataclass(slots=True)
class FaultMatcher:
    """The rules of a fault configuration with their counters and random numbers."""

    config: FaultConfig
    _random: Random = field(init=False)
    _matched: dict[int, int] = field(default_factory=dict)
    _hits: dict[int, int] = field(default_factory=dict)
    _locked: dict[tuple[int, str, str], bool] = field(default_factory=dict)
    """Writes that got their 504, and whether they are still to get their 429."""
    _asked: int = 0
    _throttled: int = 0

    def __post_init__(self) -> None:
        self._random = Random(self.config.seed)  # noqa: S311 - chance, not a secret

    def counts(self) -> Document:
        """Return how often each rule was applied, and throttling."""
        rules = range(len(self.config.rules))
        return {"rules": [self._hits.get(n, 0) for n in rules], "throttle": self._throttled}

    def of(self, asked: RequestInfo) -> Fault | None:
        """Return the fault of this request, and count it."""
        for number, rule in enumerate(self.config.rules):
            if not rule.matches(asked.service, asked.method, asked.target):
                continue
            parts = _parts(rule, asked.parts)
            if rule.part is not None and not parts:
                continue
            effect = self._effect(number, rule, asked)
            if effect is not None:
                self._hits[number] = self._hits.get(number, 0) + 1
                return Fault(f"rules[{number}]", effect, parts)
        return self._throttling(asked.service)

    def _effect(self, number: int, rule: Rule, asked: RequestInfo) -> Effect | None:
        if not isinstance(rule.effect, ExclusiveLock):
            return rule.effect if self._is_due(number, rule) else None
        write = (number, asked.method, asked.target.partition("?")[0].lower())
        match self._locked.get(write):
            case None if asked.method in _WRITES and self._is_due(number, rule):
                self._locked[write] = True
                return rule.effect
            case True:
                self._locked[write] = False
                return _LOCKED
            case _:
                return None

    def _is_due(self, number: int, rule: Rule) -> bool:
        """Say whether a rule that matches a request is applied to it."""
        met = self._matched[number] = self._matched.get(number, 0) + 1
        if met <= rule.skip:
            return False
        if rule.times is not None and self._hits.get(number, 0) >= rule.times:
            return False
        return rule.chance >= 1 or self._random.random() < rule.chance

    def _throttling(self, service: str) -> Fault | None:
        throttle = self.config.throttle
        if throttle is None or service not in throttle.services:
            return None
        self._asked += 1
        if self._asked % throttle.every:
            return None
        self._throttled += 1
        return Fault("throttle", throttle.answer)


def _parts(rule: Rule, parts: Iterable[tuple[str, str, str]]) -> tuple[str, ...]:
    return tuple(part_id for part_id, method, url in parts if rule.matches_part(method, url))
