"""What a token's holder may do in the directory: an app by its permissions, a person by roles."""

from __future__ import annotations

from typing import Any

_READ = "Application.Read.All"
_WRITE = "Application.ReadWrite.All"
_ASSIGN = "AppRoleAssignment.ReadWrite.All"
_OF_DIRECTORY_ROLES = {
    "62e90394-69f5-4237-9190-012177145e10": {_WRITE, _ASSIGN},  # Global Administrator
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": {_WRITE, _ASSIGN},  # Application Administrator
    "158c047a-c907-4556-b7ef-446551a6b5f7": {_WRITE, _ASSIGN},  # Cloud Application Administrator
    "e8611ab8-c189-46e8-94e1-60213ab1f814": {_ASSIGN},  # Privileged Role Administrator
}
"""By template id, as `wids` holds it; in words of application permissions."""


def of(claims: dict[str, Any]) -> frozenset[str]:
    """
    Return what *claims* allow, in words of application permissions.

    A token with `scp` and without `roles` is a person's. What `scp` lists is up to the client, and
    is taken for enough; the rest is the person's: every member reads, and administrators write.
    """
    roles = claims.get("roles")
    if isinstance(roles, list):
        return frozenset(map(str, roles))
    if not isinstance(claims.get("scp"), str):
        return frozenset()
    wids = claims.get("wids")
    held = wids if isinstance(wids, list) else []
    return frozenset({_READ}).union(
        *(_OF_DIRECTORY_ROLES.get(str(each).lower(), set()) for each in held)
    )
