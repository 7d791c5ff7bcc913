"""The options that several commands share, in groups: see `spelling_out`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Self

import typer

from miwire.azure.session import Azure
from miwire.azure.waiter import Waiter
from miwire.cli.every_command import (
    Cloud,
    Debug,
    DryRun,
    ExitCodeOption,
    Format,
    NoColor,
    NoWait,
    Output,
    Quiet,
    Verbose,
    Wait,
    Yes,
)
from miwire.cli.parsing import cloud, duration, turns_folder
from miwire.cli.printer import Printer
from miwire.cli.streams import configure_logging
from miwire.errors import BadRequest, ExitCode
from miwire.model.site import AppName
from miwire.plan.apply import Progress

if TYPE_CHECKING:
    from miwire.plan.plan import Plan

_SEGMENT = re.compile(r"[\w-]{1,64}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Where:
    """Options that complete the names of apps."""

    group: Annotated[
        str | None,
        typer.Option("--resource-group", "-g", help="Resource group to look in."),
    ] = None
    subscription: Annotated[
        str | None,
        typer.Option(
            "--subscription",
            envvar="AZURE_SUBSCRIPTION_ID",
            help="Subscription to look in (default: all subscriptions you can see).",
        ),
    ] = None
    slot: Annotated[str | None, typer.Option("--slot", "-s", help="Deployment slot.")] = None

    def app(self, text: str) -> AppName:
        """Return the app that was typed, filled in."""
        name = AppName.parse(text).agreeing(self.group, self.slot)
        return name.within(self._known(), self.group, self.slot)

    def app_beside(self, text: str) -> AppName:
        """Return SOURCE, filled in: --slot belongs to TARGET."""
        return AppName.parse(text).within(self._known(), self.group)

    def _known(self) -> str | None:
        """Return the subscription, as long as it can be one."""
        if self.subscription and _SEGMENT.fullmatch(self.subscription) is None:
            raise BadRequest(
                f"{self.subscription!r} isn't a valid subscription ID.",
                hint="Check --subscription or AZURE_SUBSCRIPTION_ID: az account list -o table",
            )
        return self.subscription


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Which cloud to use, and how to print the result."""

    cloud: Cloud = "AzureCloud"
    output: Output = Format.TEXT
    quiet: Quiet = False
    verbose: Verbose = False
    debug: Debug = False
    no_color: NoColor = False

    def begin(self) -> Printer:
        """Set up logging to stderr, and return what prints the result."""
        configure_logging(verbose=self.verbose, debug=self.debug, no_color=self.no_color)
        return Printer(self.output, quiet=self.quiet)

    def azure(self) -> Azure:
        """Return the session for a command that only reads."""
        return Azure(cloud(self.cloud), Waiter())

    def changed_azure_within(self, seconds: float, show: Printer) -> Azure:
        """
        Return the Azure that is changed, for so long at most; *show* is told of every wait.

        Other runs of this machine's user that would change the same app wait until this one ends.
        """
        return Azure(cloud(self.cloud), Waiter(seconds, tell=show.waiting), locks=turns_folder())


@dataclass(frozen=True, kw_only=True)
class TracksChanges(Asking):
    """The same for a command whose changes are in whatever error ends it."""

    progress: Progress = field(default_factory=Progress, init=False, repr=False, compare=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.progress.__exit__(*ended)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Changing(TracksChanges):
    """The same for a command that changes something."""

    dry_run: DryRun = False
    exit_code: ExitCodeOption = False
    yes: Yes = False
    wait: Wait = "3m"
    no_wait: NoWait = False

    def begin(self) -> Printer:
        """Reject --exit-code alone: without --dry-run the command would make the changes."""
        show = super().begin()
        if self.exit_code and not self.dry_run:
            raise BadRequest(
                "--exit-code requires --dry-run.", hint="Add --dry-run, or omit --exit-code."
            )
        return show

    def changed_azure(self, show: Printer) -> Azure:
        """Return the Azure that is changed, and locked unless nothing is to be changed."""
        seconds = 0.0 if self.no_wait else duration(self.wait)
        if self.dry_run:
            return Azure(cloud(self.cloud), Waiter(seconds, tell=show.waiting))
        return self.changed_azure_within(seconds, show)

    def code_of(self, plan: Plan) -> ExitCode:
        """Return the exit code: with --dry-run --exit-code a plan that is not empty is 1."""
        asked = self.dry_run and self.exit_code
        return ExitCode.DOES_NOT_HOLD if asked and plan else ExitCode.OK
