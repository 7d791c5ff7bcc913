"""Ports for apps, each with the secret of its app's identity endpoint."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


class NoPortLeft(Exception):
    """Every port that listens is some app's."""


@dataclass(frozen=True, slots=True)
class AppPort:
    """Where an app answers: the port of its authentication, and its identity endpoint's secret."""

    gate_port: int
    identity_header: str = field(default_factory=lambda: secrets.token_hex(16).upper(), repr=False)


@dataclass(slots=True)
class AppPorts:
    """
    The app ports of a lab, which opens no port after its start.

    An app keeps its port through every reset, so that its URL and environment stay.
    """

    free: list[AppPort] = field(default_factory=list)
    taken: dict[str, AppPort] = field(default_factory=dict)
    """By the app's resource id in lower case."""

    def of(self, resource_id: str, present: Collection[str]) -> AppPort:
        """
        Return the port of an app: the one it had, or a free one.

        *present* are the apps there are, by resource id in lower case. Where none is free, the
        newest app that is gone gives up its own. Raises NoPortLeft where none is gone.
        """
        key = resource_id.lower()
        if key not in self.taken:
            self.taken[key] = self.free.pop(0) if self.free else self._given_up(present)
        return self.taken[key]

    def _given_up(self, present: Collection[str]) -> AppPort:
        for key in reversed(self.taken):
            if key not in present:
                return self.taken.pop(key)
        raise NoPortLeft
