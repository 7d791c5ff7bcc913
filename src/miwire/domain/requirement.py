"""What a target's authentication settings must say, and how to get there without losing a thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from miwire.domain import auth_settings as at
from miwire.errors import BadRequest

if TYPE_CHECKING:
    from miwire.domain.auth_settings import AuthSettings
    from miwire.domain.cloud import Issuers

LIST_LIMIT = 500
"""Characters in all of one list, by Microsoft's documentation of the Microsoft provider."""


class Mode(StrEnum):
    """How far a target is closed."""

    CLOSED = "closed"
    """Only who is named gets in, and nobody is sent to a sign-in page."""
    KEEP_SIGN_IN = "keep-sign-in"
    """People go on signing in; callers are added to what restricts already."""
    ANY_IN_TENANT = "any-in-tenant"
    """Every identity of the tenant gets in: authentication without authorization."""


@dataclass(frozen=True, slots=True)
class GateRequirement:
    """The settings that a plan asks for, as values that do not depend on what is there."""

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

    def applied_to(self, settings: AuthSettings) -> AuthSettings:
        """
        Return *settings* as they must be; all that this does not speak of stays as it is.

        Raises BadRequest where a list would outgrow Azure's limit.
        """
        newcomer = settings.client_id is None or settings.effective(at.AAD_ENABLED) is False
        wanted = settings.having(at.ENABLED, value=True).having(at.AAD_ENABLED, value=True)
        if settings.client_id is None:
            wanted = wanted.having(at.CLIENT_ID, self.app_id)
        if self.mode is not Mode.KEEP_SIGN_IN:
            wanted = wanted.having(at.REQUIRE, value=True).having(at.ACTION, "Return401")
        if newcomer or self.mode is not Mode.KEEP_SIGN_IN:
            wanted = self._trusting(wanted)
        wanted = wanted.joined_by(at.AUDIENCES, f"api://{self.app_id}", self.app_id)
        wanted = wanted.joined_by(at.EXCLUDED_PATHS, *self.excluded_paths)
        return _within_limits(self._let_in(wanted, newcomer=newcomer))

    def _let_in(self, settings: AuthSettings, *, newcomer: bool) -> AuthSettings:
        if self.mode is Mode.ANY_IN_TENANT:
            return settings.without(at.APPLICATIONS).without(at.IDENTITIES)
        applications = settings.listed(at.APPLICATIONS)
        checked = settings.listed(at.CHECKED_APPLICATIONS)
        identities = settings.listed(at.IDENTITIES)
        wanted = settings
        if checked:
            wanted = wanted.joined_by(at.CHECKED_APPLICATIONS, *self.client_ids)
        if applications:
            wanted = wanted.joined_by(at.APPLICATIONS, *self.client_ids)
        elif newcomer or self.mode is Mode.CLOSED:
            # An empty list means everybody to some runtimes and nobody to others; who was let in
            # by another list stays in, because Azure wants a caller in every list there is.
            joined = (*checked, *self.counterparts, *self.client_ids)
            wanted = wanted.joined_by(at.APPLICATIONS, *(joined or (self.app_id,)))
        if identities:
            wanted = wanted.joined_by(at.IDENTITIES, *self.principal_ids)
        elif (newcomer or self.mode is Mode.CLOSED) and not (applications or checked):
            # Where clients are listed already, a second list would shut them out.
            wanted = wanted.joined_by(at.IDENTITIES, *(self.principal_ids or (self.principal_id,)))
        return wanted

    def _trusting(self, settings: AuthSettings) -> AuthSettings:
        """Set the tenant's issuer, unless one of its forms is set: Azure takes each for both."""
        issuer = settings.at(at.ISSUER)
        if isinstance(issuer, str) and issuer.lower().rstrip("/") in self.issuers.forms:
            return settings
        return settings.having(at.ISSUER, self.issuers.v2)


def _within_limits(settings: AuthSettings) -> AuthSettings:
    for path, what in ((at.AUDIENCES, "audiences"), (at.IDENTITIES, "identities")):
        length = sum(map(len, settings.listed(path)))
        if length > LIST_LIMIT:
            raise BadRequest(
                f"The allowed {what} would take {length} characters, and Azure takes {LIST_LIMIT}.",
                hint="Take out entries that nobody uses, or let several callers share one "
                "user-assigned identity.",
            )
    return settings
