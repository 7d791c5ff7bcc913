"""What calls an app without a token: health probes in front of it, and its functions' triggers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HealthProbe:
    """A request that something in front of an app sends to see whether it is healthy."""

    name: str
    """Of what sends it: its kind and its name."""
    path: str
    takes_401: bool
    """Whether it counts a 401 as healthy."""


@dataclass(frozen=True, slots=True)
class TriggeredFunction:
    """A function of a function app, and what triggers it."""

    name: str
    trigger: str
    """The type of its trigger's binding, such as eventGridTrigger."""
    by_webhook: bool
    """Whether Azure calls it below /runtime/webhooks, without a token."""
