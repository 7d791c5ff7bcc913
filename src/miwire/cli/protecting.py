"""The options of a protection, which connect and protect share: see `spelling_out`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from miwire.cli import checked
from miwire.cli.parsing import AppRole
from miwire.errors import BadRequest
from miwire.operations.protect import CLOSE_OR_KEEP, Protection


@dataclass(frozen=True, kw_only=True)
class Protecting:
    """How a target is to be protected."""

    app_id: Annotated[
        str | None, typer.Option(help="Use this app registration.", metavar="CLIENT_ID")
    ] = None
    app_role: AppRole = "Caller"
    exclude_path: Annotated[
        list[str] | None,
        typer.Option(help="Leave this path open, such as /health.", metavar="PATH"),
    ] = None
    close: Annotated[
        bool, typer.Option("--close", help="Close a target that signs people in like any other.")
    ] = False
    keep_sign_in: Annotated[
        bool, typer.Option("--keep-sign-in", help="Leave the people who sign in as they are.")
    ] = False
    service_management_reference: Annotated[
        str | None, typer.Option(help="For tenants that demand one.", metavar="GUID")
    ] = None

    def asked(self, *, prepare: bool = False, any_in_tenant: bool = False) -> Protection:
        """Return it, checked; raises BadRequest for what has no form or contradicts itself."""
        if self.close and self.keep_sign_in:
            raise BadRequest("--close and --keep-sign-in exclude each other.", hint=CLOSE_OR_KEEP)
        reference = self.service_management_reference
        return Protection(
            app_role=checked.role(self.app_role),
            excluded_paths=tuple(checked.path(each) for each in self.exclude_path or ()),
            close=self.close,
            keep_sign_in=self.keep_sign_in,
            prepare=prepare,
            any_in_tenant=any_in_tenant,
            service_management_reference=checked.guid(reference, "a GUID") if reference else None,
        )

    def registration(self) -> str | None:
        """Return the client id of the registration to use, checked."""
        return checked.guid(self.app_id, "a client id") if self.app_id else None
