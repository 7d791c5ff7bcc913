"""The options that several commands share, in groups: see `spelling_out`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Self

import typer

from miwire.azure.session import Azure
from miwire.azure.waiter import Waiter
from miwire.cli import parsing
from miwire.cli.parsing import (
    EVERY_COMMAND,
    AppRole,
    Debug,
    Format,
    NoColor,
    Output,
    Verbose,
    cloud,
    configure_logging,
    duration,
    turns_folder,
)
from miwire.cli.render import formats as renderers
from miwire.errors import BadRequest, ExitCode
from miwire.model.site import AppName
from miwire.operations.protect import CLOSE_OR_KEEP, Protection
from miwire.plan.apply import Progress

if TYPE_CHECKING:
    from miwire.cli.render.formats import Renderer
    from miwire.plan.plan import Plan

_SEGMENT = re.compile(r"[\w-]{1,64}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Where:
    """What fills in the names of apps."""

    group: Annotated[
        str | None,
        typer.Option(
            "--resource-group", "-g", help="The resource group of apps named without one."
        ),
    ] = None
    subscription: Annotated[
        str | None,
        typer.Option(
            "--subscription",
            "-s",
            envvar="AZURE_SUBSCRIPTION_ID",
            help="The subscription of apps named without one; else all that are visible.",
        ),
    ] = None
    slot: Annotated[str | None, typer.Option("--slot", help="The deployment slot.")] = None

    def app(self, text: str) -> AppName:
        """Return the app that was typed, filled in."""
        name = AppName.parse(text).agreeing(self.group, self.slot)
        return name.within(self._known(), self.group, self.slot)

    def app_beside(self, text: str) -> AppName:
        """Return an app that is named beside the one that --slot belongs to."""
        return AppName.parse(text).within(self._known(), self.group)

    def _known(self) -> str | None:
        """Return the subscription, as long as it can be one."""
        if self.subscription and _SEGMENT.fullmatch(self.subscription) is None:
            raise BadRequest(
                f"{self.subscription!r} isn't the id of a subscription.",
                hint="Check --subscription or AZURE_SUBSCRIPTION_ID: az account list -o table",
            )
        return self.subscription


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Which Azure is asked, and how the answer is told."""

    cloud: Annotated[
        str,
        typer.Option(
            "--cloud",
            envvar="MIWIRE_CLOUD",
            help="A cloud's name, or a file as `az cloud show` prints it.",
            metavar="NAME|FILE",
            rich_help_panel=EVERY_COMMAND,
        ),
    ] = "AzureCloud"
    output: Output = Format.TEXT
    verbose: Verbose = False
    debug: Debug = False
    no_color: NoColor = False

    def begin(self) -> Renderer:
        """Say on stderr as much as was asked for, and return the renderer of the answer."""
        configure_logging(verbose=self.verbose, debug=self.debug, no_color=self.no_color)
        return renderers.of(self.output)

    def azure(self) -> Azure:
        """Return the Azure that is asked."""
        return Azure(cloud(self.cloud), Waiter())


@dataclass(frozen=True, kw_only=True)
class Changing(Asking):
    """The same for a command that changes something; what it changed is told however it ends."""

    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan and change nothing.")
    ] = False
    exit_code: Annotated[
        bool,
        typer.Option("--exit-code", help="With --dry-run: exit 1 if the plan is not empty."),
    ] = False
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Answer yes where somebody would lose something.")
    ] = False
    wait: Annotated[
        str,
        typer.Option(
            "--wait",
            help="How long to wait for Azure to converge: 90, 90s, 3m, 1h.",
            metavar="TIME",
        ),
    ] = "3m"
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Do not wait for Azure to converge.")
    ] = False
    progress: Progress = field(default_factory=Progress, init=False, repr=False, compare=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.progress.__exit__(*ended)  # type: ignore[arg-type]

    def begin(self) -> Renderer:
        """Refuse --exit-code alone: who forgot --dry-run would change what he meant to look at."""
        show = super().begin()
        if self.exit_code and not self.dry_run:
            raise BadRequest(
                "--exit-code goes with --dry-run.", hint="Add --dry-run, or leave it out."
            )
        return show

    def changed_azure(self, show: Renderer) -> Azure:
        """
        Return the Azure that is changed; *show* is told of every wait.

        Other runs of this machine's user that would change the same app wait until this one ends.
        """
        seconds = 0.0 if self.no_wait else duration(self.wait)
        locks = None if self.dry_run else turns_folder()
        return Azure(cloud(self.cloud), Waiter(seconds, tell=show.waiting), locks=locks)

    def code_of(self, plan: Plan) -> ExitCode:
        """Return the exit code: with --dry-run --exit-code a plan that is not empty is 1."""
        asked = self.dry_run and self.exit_code
        return ExitCode.DOES_NOT_HOLD if asked and plan else ExitCode.OK


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
            app_role=parsing.role(self.app_role),
            excluded_paths=tuple(parsing.path(each) for each in self.exclude_path or ()),
            close=self.close,
            keep_sign_in=self.keep_sign_in,
            prepare=prepare,
            any_in_tenant=any_in_tenant,
            service_management_reference=parsing.guid(reference, "a GUID") if reference else None,
        )

    def registration(self) -> str | None:
        """Return the client id of the registration to use, checked."""
        return parsing.guid(self.app_id, "a client id") if self.app_id else None
