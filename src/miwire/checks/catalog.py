"""Every check, in the order of a request's way; a test compares it with the modules beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miwire.checks import (
    allow_lists,
    audiences,
    auth_settings,
    callers,
    change,
    closing,
    directory,
    health_probes,
    http,
    reachability,
    removal,
    source,
    source_tokens,
    target,
    token,
)

if TYPE_CHECKING:
    from miwire.checks.registry import Check

SOURCE: tuple[Check[Any], ...] = (
    *source.IDENTITY,
    source.CLIENT_ID_SETTING,
    *source.SCOPE_SETTING,
    source.IS_ATTACHED,
    source.CREDENTIAL,
    source.ENDPOINT,
    source.SELECTED,
    *source_tokens.ALL,
)
FAMILIES: tuple[tuple[str, tuple[Check[Any], ...]], ...] = (
    (
        "SOURCE, the app that calls",
        SOURCE,
    ),
    (
        "TARGET, the app that is called",
        (*target.IN_FORCE, *target.ALL, *reachability.ALL, *auth_settings.ALL, *callers.ALL),
    ),
    (
        "The directory",
        (
            directory.REGISTRATION,
            *directory.OWN_REGISTRATION,
            directory.APP_ROLE,
            directory.ROLE_VALUE_FREE,
            directory.NOT_PUBLIC,
            directory.CLIENT_KNOWN,
            directory.API_ENABLED,
            directory.CALLERS_ENABLED,
            directory.HAS_PRINCIPAL,
            directory.ASSIGNMENT_REQUIRED,
            directory.HOLDS_ROLE,
            directory.IDENTIFIER_URI,
            audiences.OF_THE_API,
            *allow_lists.ALL,
        ),
    ),
    ("Tokens", token.ALL),
    ("Calls", http.ALL),
    (
        "Changes: what a plan does to those who use the apps today",
        (
            change.ANONYMOUS,
            change.DORMANT,
            change.NOBODY,
            change.ISSUER_STAYS,
            *change.SETTINGS,
            *change.ASSIGNMENT,
            change.TOKEN_VERSION,
            change.PREPARED,
            *change.SCOPE_SETTING,
            change.UNREAD,
            closing.TRAFFIC,
            closing.QUIET,
            *closing.KEPT,
            *health_probes.ALL,
        ),
    ),
    (
        "Changes: revoking and undoing",
        (
            *removal.REVOKE_NOTES,
            *removal.REVOKE_QUESTIONS,
            removal.NOT_MOVED,
            *removal.UNDO_NOTES,
            *removal.UNDO_QUESTIONS,
        ),
    ),
)
"""Headings of the reference page, and the checks below each."""
ALL: tuple[Check[Any], ...] = tuple(check for _, family in FAMILIES for check in family)
