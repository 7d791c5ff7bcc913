"""What a target's authentication settings must say, and how to get there without losing a thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from miwire.errors import BadRequest
from miwire.model import auth_settings as at
from miwire.model import issuer as issuers
from miwire.model.issuer import IssuerGroup, classified

if TYPE_CHECKING:
    from miwire.model.auth_settings import AuthSettings
    from miwire.model.cloud import Issuers

LIST_LIMIT = 500
"""Characters in all of one list, by Microsoft's documentation of the Microsoft provider."""


_LENGTH_OF_AN_ID = 36


class Mode(StrEnum):
    """How far a target is closed."""

    CLOSED = "closed"
    """Allow only the listed callers, without a sign-in page."""
    KEEP_SIGN_IN = "keep-sign-in"
    """People go on signing in; callers are added to what restricts already."""
    JOINING = "joining"
    """Callers are added to those who are allowed; nothing else changes."""
    ANY_IN_TENANT = "any-in-tenant"
    """Allow every identity of the tenant: authentication without authorization."""

    @property
    def keeps(self) -> bool:
        """Whether what restricts today stays what restricts."""
        return self in {Mode.KEEP_SIGN_IN, Mode.JOINING}


@dataclass(frozen=True, slots=True)
class GateRequirement:
    """The settings that a plan asks for, as values that do not depend on what is there."""

    tenant_id: str
    issuers: Issuers
    app_id: str
    principal_id: str
    """Object id of the registration's own service principal: with *app_id* it fills empty lists."""
    client_ids: tuple[str, ...] = ()
    principal_ids: tuple[str, ...] = ()
    counterparts: tuple[str, ...] = ()
    """Client ids of the identities that are listed already, as far as the directory knows them."""
    excluded_paths: tuple[str, ...] = ()
    mode: Mode = Mode.CLOSED
    registered: bool = False
    """Whether *app_id* is known to be a registration: it replaces a client id that is none."""

    def applied_to(self, settings: AuthSettings) -> AuthSettings:
        """
        Return *settings* as they must be; all that this does not speak of stays as it is.

        Raises BadRequest where a list would outgrow Azure's limit.
        """
        newcomer = is_newcomer(settings)
        wanted = settings.with_value(at.ENABLED, value=True).with_value(at.AAD_ENABLED, value=True)
        other = (settings.client_id or "").casefold() != self.app_id.casefold()
        if settings.client_id is None or (self.registered and other):
            wanted = wanted.with_value(at.CLIENT_ID, self.app_id)
        if not self.mode.keeps:
            wanted = wanted.with_value(at.REQUIRE, value=True).with_value(at.ACTION, "Return401")
        if newcomer or not self.mode.keeps:
            wanted = self._trusting(wanted)
        wanted = wanted.with_added(at.EXCLUDED_PATHS, *self.excluded_paths)
        wanted = self._let_in(wanted, newcomer=newcomer)
        if self.mode.keeps and not newcomer and not settings.differences(wanted):
            # Any write may make Azure add an empty list, which shuts others out (FACTS, fact 3);
            # the client id is an accepted audience without being listed.
            return settings
        return within_limits(wanted.with_added(at.AUDIENCES, f"api://{self.app_id}", self.app_id))

    def _let_in(self, settings: AuthSettings, *, newcomer: bool) -> AuthSettings:
        if self.mode is Mode.ANY_IN_TENANT:
            return settings.without(at.APPLICATIONS).without(at.IDENTITIES)
        applications = settings.listed(at.APPLICATIONS)
        checked = settings.listed(at.CHECKED_APPLICATIONS)
        identities = settings.listed(at.IDENTITIES)
        wanted = settings
        if checked:
            wanted = wanted.with_added(at.CHECKED_APPLICATIONS, *self.client_ids)
        if applications:
            wanted = wanted.with_added(at.APPLICATIONS, *self.client_ids)
        elif newcomer or self.mode is Mode.CLOSED:
            # An empty list means everybody to some runtimes and nobody to others; who was allowed
            # by another list stays in, because Azure wants a caller in every list there is.
            joined = (*checked, *self.counterparts, *self.client_ids)
            wanted = wanted.with_added(at.APPLICATIONS, *(joined or (self.app_id,)))
        if identities:
            wanted = wanted.with_added(at.IDENTITIES, *self.principal_ids)
        elif (newcomer or self.mode is Mode.CLOSED) and not (applications or checked):
            # Where clients are listed already, a second list would shut them out.
            wanted = wanted.with_added(at.IDENTITIES, *(self.principal_ids or (self.principal_id,)))
        return wanted

    def _trusting(self, settings: AuthSettings) -> AuthSettings:
        """
        Set the tenant's issuer where it is missing, no issuer, or the other token version's.

        A deliberate other one stays (plans refuse it); so does a domain, which may be another's.
        """
        issuer = classified(settings.at(at.ISSUER), self.tenant_id, self.issuers)
        own = issuer.group is IssuerGroup.TENANT
        # Where a runtime compares strictly, v1's issuer rejects the v2 tokens of a closed target.
        fits = own and (issuer.is_v2 or self.mode.keeps)
        if fits or issuer.group is IssuerGroup.OTHER or issuer.form is issuers.DOMAIN:
            return settings
        return settings.with_value(at.ISSUER, self.issuers.v2)


def is_newcomer(settings: AuthSettings) -> bool:
    """Return whether nobody signs in with Entra ID yet, so that even a joining plan sets it up."""
    return settings.client_id is None or settings.effective(at.AAD_ENABLED) is False


@dataclass(frozen=True, slots=True)
class GateRemoval:
    """The callers to remove from every allow-list; none is left empty."""

    client_ids: tuple[str, ...]
    principal_ids: tuple[str, ...]
    app_id: str
    principal_id: str
    """Object id of the registration's own service principal: with *app_id* it fills empty lists."""

    def __post_init__(self) -> None:
        """Raise ValueError for an empty id: that caller would stay allowed unnoticed."""
        if not all((*self.client_ids, *self.principal_ids)):
            raise ValueError("the caller to remove has no ID")

    def applied_to(self, settings: AuthSettings) -> AuthSettings:
        """Return *settings* without them; an empty list would let everybody or nobody in."""
        for path, ids, alone in (
            (at.APPLICATIONS, self.client_ids, self.app_id),
            (at.CHECKED_APPLICATIONS, self.client_ids, self.app_id),
            (at.IDENTITIES, self.principal_ids, self.principal_id),
        ):
            settings = _without(settings, path, ids, alone)
        return settings


def _without(settings: AuthSettings, path: str, ids: tuple[str, ...], alone: str) -> AuthSettings:
    listed = settings.listed(path)
    gone = {each.casefold() for each in ids} - {alone.casefold()}
    left = [each for each in listed if each.casefold() not in gone]
    if len(left) == len(listed):
        return settings
    return settings.with_value(path, left or [alone])


def within_limits(settings: AuthSettings) -> AuthSettings:
    """Return *settings*; raise BadRequest where a list has outgrown what Azure takes."""
    for path, what in ((at.AUDIENCES, "audiences"), (at.IDENTITIES, "identities")):
        length = sum(map(_length, settings.listed(path)))
        if length > LIST_LIMIT:
            raise BadRequest(
                f"The allowed {what} would be {length} characters long; Azure accepts "
                f"{LIST_LIMIT}.",
                hint=(
                    "Remove unused entries, or let several callers share one user-assigned "
                    "identity."
                ),
            )
    return settings


def _length(entry: str) -> int:
    """Return the characters of an entry; words stand for an id that is not made yet."""
    before, words, _ = entry.partition("(")
    return len(before) + _LENGTH_OF_AN_ID if words else len(entry)
