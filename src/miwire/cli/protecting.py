"""The options of commands that protect a target; others don't pay for what they need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from miwire.cli import parsing
from miwire.cli.parsing import AppRole
from miwire.cli.remedies import SIGN_IN_HINT
from miwire.errors import BadRequest
from miwire.operations.protect import Protection


@dataclass(frozen=True, kw_only=True)
class Protecting:
    """Options that say how to protect a target."""

    app_id: Annotated[
        str | None, typer.Option(help="Use this existing app registration.", metavar="CLIENT_ID")
    ] = None
    app_role: AppRole = "Caller"
    exclude_path: Annotated[
        list[str] | None,
        typer.Option(
            help="Don't require a token for this path, such as /health (repeatable).",
            metavar="PATH",
        ),
    ] = None
    replace_sign_in: Annotated[
        bool,
        typer.Option(
            "--replace-sign-in",
            help=(
                "Require tokens even if the app has user sign-in configured (users "
                "lose the sign-in page)."
            ),
        ),
    ] = False
    close: Annotated[bool, typer.Option("--close", hidden=True)] = False
    keep_sign_in: Annotated[
        bool, typer.Option("--keep-sign-in", help="Keep existing user sign-in; only add SOURCE.")
    ] = False
    service_management_reference: Annotated[
        str | None,
        typer.Option(
            help=(
                "Service management reference (GUID), if your tenant requires one on "
                "app registrations."
            ),
            metavar="GUID",
        ),
    ] = None

    def asked(self, *, prepare: bool = False, any_in_tenant: bool = False) -> Protection:
        """Return it, checked; raises BadRequest for what has no form or contradicts itself."""
        replaces = self.replace_sign_in or self.close
        if replaces and self.keep_sign_in:
            raise BadRequest(
                "--replace-sign-in and --keep-sign-in can't be combined.",
                hint=SIGN_IN_HINT,
            )
        reference = self.service_management_reference
        return Protection(
            app_role=parsing.role(self.app_role),
            excluded_paths=tuple(parsing.path(each) for each in self.exclude_path or ()),
            close=replaces,
            keep_sign_in=self.keep_sign_in,
            prepare=prepare,
            any_in_tenant=any_in_tenant,
            service_management_reference=parsing.guid(reference, "a GUID") if reference else None,
        )

    def registration(self) -> str | None:
        """Return the client id of the registration to use, checked."""
        return parsing.guid(self.app_id, "a client id") if self.app_id else None
