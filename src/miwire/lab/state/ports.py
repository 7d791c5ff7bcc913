"""Seats: where apps can stand. Each is a gate's port and the secret of an identity endpoint."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


class NoSeatLeft(Exception):
    """Every gate that listens is some app's."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where an app can stand: the port of its gate and the secret of its identity endpoint."""

    gate_port: int
    identity_header: str = field(default_factory=lambda: secrets.token_hex(16).upper(), repr=False)


@dataclass(slots=True)
class Seats:
    """
    The seats of a lab, which has no more gates than it opened at its start.

    An app keeps its seat through every reset, so that its URL and environment stay.
    """

    free: list[Seat] = field(default_factory=list)
    taken: dict[str, Seat] = field(default_factory=dict)
    """By the app's resource id in lower case."""

    def of(self, resource_id: str, present: Collection[str]) -> Seat:
        """
        Return the seat of an app: the one it had, or a free one.

        *present* are the apps there are, by resource id in lower case. Where no seat is free, the
        newest app that is gone gives up its own. Raises NoSeatLeft where none is gone.
        """
        key = resource_id.lower()
        if key not in self.taken:
            self.taken[key] = self.free.pop(0) if self.free else self._given_up(present)
        return self.taken[key]

    def _given_up(self, present: Collection[str]) -> Seat:
        for key in reversed(self.taken):
            if key not in present:
                return self.taken.pop(key)
        raise NoSeatLeft
