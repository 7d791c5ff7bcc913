"""What a target's authentication settings must say, and how to get there without losing a thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from miwire.domain import auth_settings as at
from miwire.errors import BadRequest

if TYPE_CHECKING:
    from miwire.domain.auth_settings import AuthSettings

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

    tenant_id: str
    issuer: str
    app_id: str
    principal_id: str
    """Object id of the registration's own service principal: with *app_id* it fills empty lists."""
    client_ids: tuple[str, ...] = ()
    principal_ids: tuple[str, ...] = ()
    excluded_paths: tuple[str, ...] = ()
    mode: Mode = Mode.CLOSED

    def applied_to(self, settings: AuthSettings) -> AuthSettings:
        """
        Return *settings* as they must be; all that this does not speak of stays as it is.

        Raises BadRequest where a list would outgrow Azure's limit.
        """
        newcomer = settings.client_id is None
        wanted = settings.having(at.ENABLED, value=True).having(at.AAD_ENABLED, value=True)
        if newcomer:
            wanted = wanted.having(at.CLIENT_ID, self.app_id)
        if self.mode is not Mode.KEEP_SIGN_IN:
            wanted = wanted.having(at.REQUIRE, value=True).having(at.ACTION, "Return401")
        if newcomer or (self.mode is not Mode.KEEP_SIGN_IN and not self._trusted(settings)):
            wanted = wanted.having(at.ISSUER, self.issuer)
        wanted = wanted.joined_by(at.AUDIENCES, f"api://{self.app_id}", self.app_id)
        wanted = wanted.joined_by(at.EXCLUDED_PATHS, *self.excluded_paths)
        return _within_limits(self._let_in(wanted, newcomer=newcomer))

    def _let_in(self, settings: AuthSettings, *, newcomer: bool) -> AuthSettings:
        if self.mode is Mode.ANY_IN_TENANT:
            return settings.without(at.APPLICATIONS).without(at.IDENTITIES)
        restrict = newcomer or self.mode is Mode.CLOSED
        for path, named, placeholder in (
            (at.APPLICATIONS, self.client_ids, self.app_id),
            (at.IDENTITIES, self.principal_ids, self.principal_id),
        ):
            present = settings.listed(path)
            if present:
                settings = settings.joined_by(path, *named)
            elif restrict:
                # An empty list means everybody to some runtimes and nobody to others.
                settings = settings.joined_by(path, *(named or (placeholder,)))
        if settings.listed(at.CHECKED_APPLICATIONS):
            settings = settings.joined_by(at.CHECKED_APPLICATIONS, *self.client_ids)
        return settings

    def _trusted(self, settings: AuthSettings) -> bool:
        """Say whether the issuer that is set is this tenant's: Azure accepts both its forms."""
        issuer = settings.at(at.ISSUER)
        return isinstance(issuer, str) and self.tenant_id.lower() in issuer.lower().split("/")


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
